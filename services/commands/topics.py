"""`touchline topics plan | apply | acls`: the topics as the contracts state them, and who may do what with them."""

import asyncio
import json
import sys
from collections.abc import Coroutine, Sequence
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.kafka_settings import KafkaSettings
from services.commands.acls import PRINCIPAL, WHO, commands, give, rules
from services.commands.kafka_reading import (
    DEFAULT_SERVERS,
    NoKafka,
    Servers,
    kafka_at,
    let_the_client_be_silent,
    saying_where,
)
from services.commands.topic_plan import DONE, Step, in_words, summary
from services.commands.topic_work import carry_out, plan

SECONDS = 60.0
"""How long Kafka may take for everything together."""
DIFFERS = 2
"""The exit code when Kafka is not as stated."""
WIDE = 200
"""Columns of a table that nobody's terminal bounds."""
COLOURS = {"create": "green", "change": "yellow", "leave": "dim", "by hand": "red"}

Outcome = TypeVar("Outcome")
app = typer.Typer(
    no_args_is_help=True,
    help="Compare Kafka's topics with what the contracts state, put them right, and say who may do what with them.",
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
AddPartitions = Annotated[
    bool,
    typer.Option(
        "--add-partitions",
        help="Also give topics more partitions. Keys move: events of journeys that run at the moment get out of order.",
    ),
]


@app.command("plan")
def plan_topics(
    servers: Servers = DEFAULT_SERVERS, add_partitions: AddPartitions = False, as_json: AsJson = False
) -> None:
    """Say what `apply` would do, and do nothing.

    The exit code is 0 when the topics are as the contracts state them, 2 when there is something to do, here or by
    hand, and 1 when that cannot be found out. Topics of others are not looked at.

    How many replicas there have to be says TOUCHLINE_KAFKA_REPLICATION_FACTOR.
    """
    steps = _run(plan(_kafka(servers), add_partitions=add_partitions), servers)
    _show(steps, as_json=as_json)
    raise typer.Exit(DIFFERS if _differs(steps) else 0)


@app.command("apply")
def apply_topics(
    servers: Servers = DEFAULT_SERVERS, add_partitions: AddPartitions = False, as_json: AsJson = False
) -> None:
    """Create missing topics, and set what the contracts state; other settings and the topics of others stay.

    It asks nothing, and may be run again at any time. Nothing is ever deleted. The exit code is 0 when the topics are
    as stated afterwards, 2 when something is left to be done by hand, and 1 when Kafka did not do it.
    """
    settings = _kafka(servers)
    steps = _run(plan(settings, add_partitions=add_partitions), servers)
    left = _run(carry_out(steps, settings), servers)
    late = [f"{step.topic} {step.about}" for step in left if step.action in ("create", "change")]
    if late:
        _stop(f"Kafka has taken this and does not show it yet: {', '.join(late)}. See `touchline topics plan`.")
    _show(steps, as_json=as_json, done=True)
    raise typer.Exit(DIFFERS if _differs(left) else 0)


@app.command("acls")
def show_acls(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="SERVICE", help=f"Of: {', '.join(WHO)}. Default: all.")
    ] = None,
    servers: Servers = DEFAULT_SERVERS,
    principal: Annotated[
        str, typer.Option(metavar="NAME", help="Kafka's name for a service; {service} stands for its own.")
    ] = PRINCIPAL,
    apply: Annotated[
        bool, typer.Option("--apply", help="Make the rules hold now, as a user who may do so, and print them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the least authority that each service needs, as commands of Kafka's own tool `kafka-acls.sh`.

    They name a file admin.properties, in which Kafka's tool is told how to be let in. With certificates instead of
    users, name services as their certificates do, such as --principal 'User:CN={service},O=Shops'.
    Nothing is taken away: rules that hold beside these stay.
    """
    unknown = [each for each in services or () if each not in WHO]
    if unknown:
        _stop(f"There is no service {unknown[0]!a}. There are: {', '.join(WHO)}.")
    if "{service}" not in principal and len(services or WHO) > 1:
        _stop("--principal must hold {service}, or the services would be told apart by nobody; or name one service.")
    wanted = rules(services or WHO, principal)
    if apply:
        _run(give(wanted, _kafka(servers)), servers)
    if as_json:
        sys.stdout.write(json.dumps([rule.as_json() for rule in wanted], indent=2) + "\n")
    elif apply:
        for rule in wanted:
            sys.stdout.write(f"{rule.principal} may {rule.operation} {rule.resource} {rule.name}\n")
    else:
        sys.stdout.write("\n".join(commands(wanted, servers)) + "\n")


def _kafka(servers: str) -> KafkaSettings:
    let_the_client_be_silent()
    return kafka_at(servers)


def _run(work: Coroutine[Any, Any, Outcome], servers: str) -> Outcome:
    async def bounded() -> Outcome:
        async with asyncio.timeout(SECONDS):
            return await work

    try:
        with saying_where(servers):
            return asyncio.run(bounded())
    except NoKafka as error:
        _stop(str(error))


def _differs(steps: Sequence[Step]) -> bool:
    return any(step.action != "leave" for step in steps)


def _show(steps: Sequence[Step], *, as_json: bool, done: bool = False) -> None:
    if as_json:
        sys.stdout.write(json.dumps([step.as_json() for step in steps], indent=2) + "\n")
        return
    console = Console(highlight=False, markup=False)
    console = console if console.is_terminal else Console(highlight=False, markup=False, width=WIDE)
    console.print(_table(steps, done=done))
    for why in dict.fromkeys(step.why for step in steps if step.why):
        about = ", ".join(f"{step.topic} {step.about}" for step in steps if step.why == why)
        console.print(f"By hand: {about}: {why}.", soft_wrap=True)
    console.print(summary(steps, done=done))


def _table(steps: Sequence[Step], *, done: bool) -> Table:
    table = Table("topic", "about", "in Kafka before" if done else "in Kafka", "stated", "done" if done else "to do")
    for step in steps:
        if step.action != "leave":
            table.add_row(
                step.topic,
                step.about,
                "is missing" if step.about == "topic" else in_words(step.about, step.present),
                step.stated if step.about == "topic" else in_words(step.about, step.stated),
                DONE.get(step.action, step.action) if done else step.action,
                style=COLOURS[step.action],
            )
    for topic in dict.fromkeys(step.topic for step in steps):
        if all(step.action == "leave" for step in steps if step.topic == topic):
            table.add_row(topic, "everything", "as stated", "", "leave", style=COLOURS["leave"])
    return table


def _stop(why: str) -> NoReturn:
    sys.stderr.write(why + "\n")
    raise typer.Exit(1)
