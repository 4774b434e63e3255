"""`touchline evaluate`: how journeys stand, from a file of events and a concept alone. No broker, no database."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from pydantic import BaseModel
from pydantic_core import to_json
from rich.console import Console

from services.commands.concept import read_file
from services.commands.event_lines import read_lines
from services.commands.ledger_table import journey_in_words
from services.experience.adapters.concept_file import ConceptError
from services.experience.adapters.telling import ledger_line
from services.experience.domain.assessment import Assessment, assess, fewest_to_restore
from services.experience.domain.attention import Attention, attention_for, lines_at_risk
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening, in_order
from services.experience.domain.surroundings import Surroundings
from services.experience.entrypoints.translation import happening_from
from touchline_contracts import evaluations as contract
from touchline_contracts.fields import Instant

OUR_OWN = ("command", "experience", "alerts")
"""Who tells nothing of what happens in a store: such events in the file are passed over."""


class EvaluatedJourney(BaseModel):
    """One line of the output."""

    journey: str
    store: str
    state: Literal["open", "closed"]
    as_of: Instant
    concept: str
    concept_version: int
    kv: float
    ratio: float | None
    forecast: float
    risk: float
    threshold: float
    adequate: float
    lines: list[contract.LedgerLine]
    attention: list[contract.Attention]
    to_restore: list[str]


def evaluate(
    events: Annotated[str, typer.Argument(metavar="EVENTS.ndjson", help="One CloudEvent per line; `-`: stdin.")],
    concept: Annotated[
        Path, typer.Option("--concept", metavar="FILE", help="The service concept, for every store and date.")
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Only what had happened by then, as it stood then, such as 2026-11-21T13:59:00+02:00. "
            "Without it: now (the full minute), or the last event's time if that is later.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per journey and line.")] = False,
) -> None:
    """Evaluate journeys from a file of events: pure, no broker, no database.

    The order of the lines does not matter, nor does repetition. Events without a subject count for every journey then
    in their store. Journeys come sorted by store and journey; one that has closed is shown as it stood when it closed.

    Lines that cannot be read are named on stderr, the rest is evaluated, and the exit code is 1. It is 2 when there is
    nothing to evaluate with: no file, a concept with mistakes, a time without a zone.
    """
    as_of = None if at is None else _instant(at)
    try:
        the_concept = read_file(concept).concept
    except ConceptError as error:
        _stop(str(error))
    happenings, unreadable = _read(events)
    if as_of is None:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        as_of = max([now, *(happening.at for happening in happenings)]).astimezone(UTC)
    console = Console(soft_wrap=False)
    for store, journey, assessment in assessments(happenings, the_concept, as_of=as_of):
        attention = attention_to(assessment)
        if as_json:
            sys.stdout.write(evaluated(store, journey, assessment, attention).model_dump_json() + "\n")
        else:
            console.print(journey_in_words(store, journey, assessment, attention))
    if unreadable:
        raise typer.Exit(1)


def assessments(
    happenings: Iterable[Happening], concept: ServiceConcept, *, as_of: datetime
) -> Iterator[tuple[str, str, Assessment]]:
    """How each journey stands, with its store and name, sorted by these; one of verdicts alone has no standing."""
    journeys: dict[tuple[str, str], list[Happening]] = defaultdict(list)
    stores: dict[str, list[Happening]] = defaultdict(list)
    for happening in in_order(happenings):
        if happening.at > as_of:
            break
        if happening.journey is None:
            stores[happening.store].append(happening)
        else:
            journeys[happening.store, happening.journey].append(happening)
    surroundings = {store: Surroundings(theirs) for store, theirs in stores.items()}
    none = Surroundings([])
    standing = {}
    for (store, journey), own in journeys.items():  # in the order in which they begin
        met = surroundings.get(store, none).met(own[0].at, _no_longer_than(own, concept, as_of))
        standing[store, journey] = assess(own, met, concept, now=as_of)
    for (store, journey), assessment in sorted(standing.items()):
        if assessment is not None:
            yield store, journey, assessment


def attention_to(assessment: Assessment) -> list[Attention]:
    """What somebody has to look at, had nobody been told before."""
    return [attention_for(line, assessment, assessment.as_of) for line in lines_at_risk(assessment, {})]


def evaluated(store: str, journey: str, assessment: Assessment, attention: Sequence[Attention]) -> EvaluatedJourney:
    """A journey as it is told to programs."""
    concept = assessment.concept
    return EvaluatedJourney(
        journey=journey,
        store=store,
        state="closed" if assessment.closed else "open",
        as_of=assessment.as_of.astimezone(UTC),
        concept=concept.name,
        concept_version=concept.version,
        kv=assessment.evaluation.kv,
        ratio=assessment.ratio,
        forecast=assessment.forecast.kv,
        risk=assessment.risk,
        threshold=concept.costs.threshold,
        adequate=concept.adequate,
        lines=[
            contract.LedgerLine.model_validate_json(to_json(ledger_line(line, assessment))) for line in assessment.lines
        ],
        attention=[contract.Attention(**asdict(each)) for each in attention],
        to_restore=fewest_to_restore(assessment),
    )


def _no_longer_than(own: Sequence[Happening], concept: ServiceConcept, as_of: datetime) -> datetime:
    """A time by which the journey has certainly closed: what happens in the store after that is not met any more."""
    due: list[datetime] = [
        happening.data["due"] for happening in own if happening.kind in ("promise.made", "promise.rescheduled")
    ]
    ended_at = max([own[-1].at, *due]) + max(concept.quiet_time, concept.expires_after)
    return min(as_of, ended_at)


def _read(events: str) -> tuple[list[Happening], int]:
    """What happened, and how many lines could not be read."""
    happenings, unreadable = [], 0
    with ExitStack() as stack:
        try:
            lines = sys.stdin.buffer if events == "-" else stack.enter_context(Path(events).open("rb"))
            for number, event in read_lines(lines):
                if isinstance(event, str):
                    unreadable += 1
                    typer.echo(f"{'stdin' if events == '-' else events}:{number}: {event}", err=True)
                elif event.kind is None or event.kind.teller not in OUR_OWN:
                    happenings.append(happening_from(event))
        except OSError as error:
            _stop(f"{events} cannot be read: {error.strerror}")
    return happenings, unreadable


def _instant(text: str) -> datetime:
    try:
        instant: datetime = datetime.fromisoformat(text)
    except ValueError:
        _stop(f"--at must be a date and time such as 2026-11-21T13:59:00+02:00, got {text!r}")
    if instant.tzinfo is None:
        _stop(f"--at must have a zone, such as {text}+02:00 or {text}Z, got {text!r}")
    return instant.astimezone(UTC)


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)
