"""`touchline replay FILE`: history through Kafka, until every journey of it is evaluated; for programs too."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import typer

from services.commands.concept import KafkaAway, publish_concepts
from services.commands.kafka_reading import DEFAULT_SERVERS, NoKafka, Servers, TopicReading, reading
from services.commands.replaying.feeding import NotSent, Onlooker, feed, prepare
from services.commands.replaying.outcomes import Outcomes
from services.commands.replaying.progress import Nobody, on_screen
from services.commands.replaying.summary import Summary, summary_of
from services.experience.adapters.concept_file import ConceptError
from touchline_contracts import ALERTS, EVALUATIONS

PATIENCE_SECONDS = 60.0
"""When no journey has been evaluated for this long, nobody is evaluating."""
POLL_SECONDS = 0.2
ALERT_SECONDS = 2.0
"""How long after the last evaluation, or alert, one more alert is waited for: deciding on one takes milliseconds."""


def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="One CloudEvent in JSON per line; `-`: stdin.")],
    servers: Servers = DEFAULT_SERVERS,
    concept: Annotated[
        list[Path] | None,
        typer.Option("--concept", metavar="FILE", help="A service concept that is published first; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Feed past events through Kafka, and wait until every journey in them has been evaluated. Nobody is paged.

    Every event is marked as history. To run it again does no harm: an event counts once, however often it is sent.

    Lines that are no events are named on stderr and left out. The exit code is 1 when there were such lines, when not
    every journey was evaluated, or when anything counted twice or paged somebody; 2 when nothing could be sent at all.
    """
    try:
        with _opened(file) as (lines, size), on_screen(size) as onlooker, _interruptible():
            summary = asyncio.run(replay_events(lines, servers=servers, concepts=concept or (), onlooker=onlooker))
    except (ConceptError, KafkaAway, NoKafka, NotSent) as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{file} cannot be read: {error.strerror}")
    if summary.not_evaluated:
        sys.stderr.write(
            f"No journey has been evaluated for {PATIENCE_SECONDS:g} s. Is the experience service running? "
            "`touchline up` starts it; `touchline dead-letters list` tells what it could not read.\n"
        )
    if as_json:
        sys.stdout.write(json.dumps(summary.as_json()) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in summary.in_words()))
    if not summary.all_well:
        raise typer.Exit(1)


async def replay_events(
    lines: Iterable[bytes],
    *,
    servers: str,
    concepts: Sequence[Path] = (),
    onlooker: Onlooker | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
    alert_seconds: float = ALERT_SECONDS,
) -> Summary:
    """Send the events in `lines` as history, and return once their journeys are evaluated, or nothing happens any more.

    `patience_seconds` bounds how long nothing may happen, `alert_seconds` how long one more alert is waited for.
    Raises NoKafka and KafkaAway when Kafka does not answer, NotSent when it stops, ConceptError for a wrong concept.
    """
    onlooker = onlooker or Nobody()
    await prepare(servers)
    if concepts:
        await publish_concepts(concepts, servers, now=datetime.now(UTC))
    async with reading(ALERTS.name, servers) as alerts:
        async for _ in alerts.until_now():
            pass  # whoever was alerted before was not alerted by us
        began = time.monotonic()
        history, sent = await feed(lines, servers=servers, onlooker=onlooker)
        outcomes = Outcomes(history=history)
        async with reading(EVALUATIONS.name, servers) as evaluations:
            await _wait_for_all(evaluations, outcomes, onlooker, patience_seconds)
            seconds = time.monotonic() - began
            async for records in evaluations.until_now():  # one more than there should be would come now
                for record in records:
                    outcomes.take_evaluation(record)
        while records := await alerts.next(alert_seconds):
            for record in records:
                outcomes.take_alert(record)
    return summary_of(outcomes, events_sent=sent, seconds=seconds)


async def _wait_for_all(
    evaluations: TopicReading, outcomes: Outcomes, onlooker: Onlooker, patience_seconds: float
) -> None:
    """Return when every journey has been evaluated with all of its events, or when that does not go on."""
    total = outcomes.history.evaluable
    heard_at = time.monotonic()
    onlooker.evaluated(0, total)
    while not outcomes.complete and time.monotonic() - heard_at < patience_seconds:
        news = [outcomes.take_evaluation(record) for record in await evaluations.next(POLL_SECONDS)]
        if any(news):
            heard_at = time.monotonic()
            onlooker.evaluated(len(outcomes.done), total)


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The lines of a file, and its size; that of stdin is not known."""
    if file == "-":
        yield sys.stdin.buffer, None
        return
    with Path(file).open("rb") as lines:
        yield lines, Path(file).stat().st_size


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end us also while we wait for the next line of stdin, which asyncio's own way does not."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(why: str) -> NoReturn:
    sys.stderr.write(why + "\n")
    raise typer.Exit(2)
