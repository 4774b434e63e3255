"""`touchline alerts`: what needs somebody, and doing something about it from a terminal."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from services.commands.alert_service import Alert, AlertService, NotDone
from services.commands.alert_table import WIDTH, facts, table, who_has
from services.commands.safe_text import on_one_line
from services.commands.span import Span

DEFAULT_SERVICE = "http://127.0.0.1:8120"

Service = Annotated[
    str, typer.Option("--service", metavar="URL", envvar="TOUCHLINE_ALERTS_URL", help="Where the alert service is.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", envvar="TOUCHLINE_ACTIONS_KEY_FILE", help="A file with the key that the service asks for."
    ),
]
By = Annotated[
    str,
    typer.Option(
        metavar="WHO", envvar="TOUCHLINE_BY", help="Who you are: a role, a pseudonym or an opaque id. Never a name."
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The alert's id, or as much of it as no other begins with.")]
Comment = Annotated[str | None, typer.Option(metavar="TEXT", help="What there is to say, without personal data.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the service tells it.")]

alerts_app = typer.Typer(no_args_is_help=True, help="See which alerts are open, and do something about them.")


@alerts_app.command("list")
def list_alerts(
    service: Service = DEFAULT_SERVICE,
    state: Annotated[
        Literal["open", "resolved", "retracted", "closed", "all"], typer.Option(help="Which ones.")
    ] = "open",
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """List alerts: those first that nobody looks after, and of these the most urgent."""
    with _asking(service, key_file) as asked:
        alerts = asked.list(state)
    if as_json:
        _print_json(alerts)
    elif not alerts:
        sys.stdout.write(f"No alert is {state}.\n" if state != "all" else "There has not been any alert.\n")
    else:
        console = Console(highlight=False, markup=False)
        wide = min(console.width, WIDTH) if console.is_terminal else WIDTH
        Console(highlight=False, markup=False, width=wide).print(table(alerts))


@alerts_app.command("show")
def show(alert: Id, service: Service = DEFAULT_SERVICE, key_file: KeyFile = None, as_json: AsJson = False) -> None:
    """Show one alert: what is wrong, what to do, why, and who has it."""
    with _asking(service, key_file) as asked:
        found = asked.one(alert)
    if as_json:
        _print_json(found)
    else:
        sys.stdout.write("\n".join(facts(found["alert"], found["reports"], found["ledger"])) + "\n")


@alerts_app.command("ack")
def ack(
    alert: Id,
    by: By,
    comment: Comment = None,
    service: Service = DEFAULT_SERVICE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Take an alert: it is not told again, unless it gets worse."""
    with _asking(service, key_file) as asked:
        _print(asked.do("acknowledgement", alert, by=by, comment=comment), as_json=as_json)


@alerts_app.command("release")
def release(
    alert: Id,
    by: By,
    comment: Comment = None,
    service: Service = DEFAULT_SERVICE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Give back an alert that was taken or put off: it needs somebody again."""
    with _asking(service, key_file) as asked:
        _print(asked.do("release", alert, by=by, comment=comment), as_json=as_json)


@alerts_app.command("snooze")
def snooze(
    alert: Id,
    by: By,
    span: Annotated[
        timedelta, typer.Option("--for", metavar="SPAN", parser=Span(), help="For how long, such as 30m or 2h.")
    ],
    comment: Comment = None,
    service: Service = DEFAULT_SERVICE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put an alert off: it is told again then, or as soon as it gets worse."""
    with _asking(service, key_file) as asked:
        until = (datetime.now(UTC) + span).isoformat()
        _print(asked.do("snooze", alert, by=by, comment=comment, until=until), as_json=as_json)


@alerts_app.command("close")
def close(
    alert: Id,
    by: By,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why, without personal data.")],
    service: Service = DEFAULT_SERVICE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put an end to an alert, whatever the facts say. If it gets worse it opens again."""
    with _asking(service, key_file) as asked:
        _print(asked.do("closing", alert, by=by, comment=because), as_json=as_json)


@alerts_app.command("report")
def report(
    alert: Id,
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="What has come of it, such as confirmed; `show` names what can be.")
    ],
    by: By,
    due: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Of what is rescheduled: the time that the customer agrees to."),
    ] = None,
    comment: Comment = None,
    service: Service = DEFAULT_SERVICE,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Report what has come of it: the store's services are told, and the alert ends if all is well."""
    with _asking(service, key_file) as asked:
        _print(asked.do("report", alert, by=by, report=what, due=due, comment=comment), as_json=as_json)


@contextmanager
def _asking(address: str, key_file: Path | None = None) -> Iterator[AlertService]:
    try:
        with AlertService.at(address, key_file) as service:
            yield service
    except NotDone as error:
        sys.stderr.write(on_one_line(str(error)) + "\n")
        raise typer.Exit(1) from error


def _print(alert: Alert, *, as_json: bool) -> None:
    if as_json:
        _print_json(alert)
    else:
        sys.stdout.write(on_one_line(f"{alert['alert_id'][:8]} {alert['headline']}: {who_has(alert)}") + "\n")


def _print_json(told: object) -> None:
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
