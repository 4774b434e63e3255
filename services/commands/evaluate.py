"""`touchline evaluate`: how journeys stand, from a file of events and a concept alone. No broker, no database."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel
from pydantic_core import to_json
from rich.console import Console

from services.commands.concept_reading import read_file
from services.commands.event_file import NoFile, read_happenings
from services.commands.journeys import Journeys
from services.commands.language import Language
from services.commands.ledger_table import journey_in_words
from services.commands.moment import NoMoment, read_moment
from services.experience.adapters.concept_file import ConceptError
from services.experience.adapters.telling import attention_called_for, journey_evaluated, ledger_line
from services.experience.domain.assessment import Assessment, fewest_to_restore
from services.experience.domain.attention import Attention, attention_for, lines_at_risk
from services.experience.domain.happening import Happening
from touchline_contracts import evaluations as contract
from touchline_contracts.fields import Instant
from touchline_contracts.words import ENGLISH, catalogue


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
            metavar="TIME|SHARE",
            help="Only what had happened by then, as it stood then: a time such as 2026-11-21T13:59:00+02:00, "
            "or a share of each journey's longest promise such as 80%. "
            "Without it: now (the full minute), or the last event's time if that is later.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per journey and line.")] = False,
    language: Language = ENGLISH,
) -> None:
    """Evaluate journeys from a file of events: pure, no broker, no database.

    The order of the lines does not matter, nor does repetition. Events without a subject count for every journey then
    in their store. Journeys come sorted by store and journey; one that has closed is shown as it stood when it closed.

    Lines that cannot be read are named on stderr, the rest is evaluated, and the exit code is 1. It is 2 when there is
    nothing to evaluate with: no file, a concept with mistakes, a time without a zone.
    """
    try:
        moment = None if at is None else read_moment(at)
        the_concept = read_file(concept).concept
        happenings, unreadable = read_happenings(events)
    except (NoMoment, ConceptError, NoFile) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    last = latest(happenings)
    journeys = Journeys(happenings, the_concept, until=moment if isinstance(moment, datetime) else last)
    console, words = Console(soft_wrap=False), catalogue(language)
    without_promise = 0
    for key in journeys:
        now = journeys.instant(key, moment) if isinstance(moment, float) else moment or last
        assessment = None if now is None else journeys.assess(key, now=now)
        without_promise += now is None
        if assessment is None:
            continue
        attention = attention_to(assessment)
        if as_json:
            sys.stdout.write(evaluated(*key, assessment, attention).model_dump_json() + "\n")
        else:
            console.print(journey_in_words(*key, as_published(assessment, attention), words))
    if without_promise:
        who = "journey without a promise is" if without_promise == 1 else "journeys without a promise are"
        typer.echo(f"{without_promise} {who} left out: --at {at} is a share of a promise.", err=True)
    if unreadable:
        raise typer.Exit(1)


def latest(happenings: Sequence[Happening]) -> datetime:
    """Now, to the full minute, or when the last thing happened, if that is later."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return max([now, *(happening.at for happening in happenings)]).astimezone(UTC)


def attention_to(assessment: Assessment) -> list[Attention]:
    """What somebody has to look at, had nobody been told before."""
    return [attention_for(line, assessment, assessment.as_of) for line in lines_at_risk(assessment, {})]


def as_published(assessment: Assessment, attention: Sequence[Attention]) -> contract.JourneyEvaluated:
    """A journey as the experience service would publish it."""
    fields = journey_evaluated(
        assessment, version=1, epoch=0, events=0, late_events=0, attention=attention, retracted=()
    )
    return contract.JourneyEvaluated.model_validate_json(to_json(fields))


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
        attention=[contract.Attention.model_validate_json(to_json(attention_called_for(each))) for each in attention],
        to_restore=fewest_to_restore(assessment),
    )
