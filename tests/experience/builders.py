"""What happened, for tests about how journeys are evaluated: everything that a test is not about has a value here."""

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.commands.main import app
from services.experience.adapters.concept_file import read_concept
from services.experience.domain.assessment import Assessment, assess
from services.experience.domain.concept import ServiceConcept, Standard, Unit
from services.experience.domain.happening import Happening, in_order

CONCEPTS = Path(__file__).parents[2] / "deploy" / "concepts"
START = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
"""Minute 0 of every story here."""
STORE = "riga-1"
VISIT = "visit-1"

_numbers = itertools.count(1)


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def happened(
    kind: str, minutes: float, /, *, journey: str | None = VISIT, id: str | None = None, **data: Any
) -> Happening:
    """Something that happened, for the domain."""
    return Happening(
        identity=(STORE, "/till", id or str(next(_numbers))), kind=kind, at=at(minutes), journey=journey, data=data
    )


def promised(
    minutes: float = 0, *, due: float = 180, promise_id: str = "p", what: str = "goods", **data: Any
) -> Happening:
    """A promise by a unit called warehouse; `due` in minutes after the start."""
    return happened(
        "promise.made", minutes, promise_id=promise_id, what=what, due=at(due), fulfilled_by="warehouse", **data
    )


def standing(
    happenings: Iterable[Happening],
    concept: ServiceConcept | None = None,
    *,
    minutes: float,
    store_wide: Iterable[Happening] = (),
) -> Assessment:
    """How the journey stands so many minutes after the start."""
    assessment = assess(in_order(happenings), in_order(store_wide), concept or ServiceConcept(), now=at(minutes))
    assert assessment is not None
    return assessment


def within(seconds: float, label: str = "service", **changes: Any) -> Standard:
    """A standard for a wait."""
    return Standard(touchpoint=label, label=label, unit=Unit.SECONDS, expected=seconds, **changes)


def rated(expected: float, label: str = "cleanliness", **changes: Any) -> Standard:
    """A standard for a rating."""
    return Standard(touchpoint=label, label=label, unit=Unit.SCORE, expected=expected, **changes)


def concept_file(name: str) -> ServiceConcept:
    """One of the concepts in deploy/concepts."""
    path = CONCEPTS / f"{name}.yaml"
    return read_concept(path.read_text(encoding="utf-8"), name=path.name)


def told(
    kind: str, minutes: float, /, *, journey: str | None = VISIT, store: str = STORE, id: str | None = None, **data: Any
) -> dict[str, Any]:
    """The same as a CloudEvent, as a store system sends it. Instants among `data` are written as text."""
    event = {
        "specversion": "1.0",
        "id": id or str(next(_numbers)),
        "source": "/till",
        "type": f"touchline.{kind}.v1",
        "time": at(minutes).isoformat(),
        "store": store,
        "data": {name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()},
    }
    return event if journey is None else {**event, "subject": journey}


def as_lines(events: Iterable[dict[str, Any]]) -> str:
    """Events as NDJSON."""
    return "".join(json.dumps(event) + "\n" for event in events)


ADEQUATE = 0.8
"""The lower edge of the zone of tolerance in every concept that is shipped."""
ANYWHERE = ("hardware-shop", "restaurant")
"""The concepts for stories that no concept was written for."""
MONTHS = 60 * 24 * 90
"""So many minutes after the start everything is over, whatever the concept."""
ARRIVED = (told("customer.arrived", -8, channel="door"),)
COMES = (*ARRIVED, told("customer.greeted", -7))


def evaluated(events: Iterable[dict[str, Any]], concept: str, minutes: float = MONTHS) -> dict[str, Any]:
    """How the one journey of these events stands so many minutes after the start, by `touchline evaluate`."""
    arguments = [
        "evaluate",
        "-",
        "--concept",
        str(CONCEPTS / f"{concept}.yaml"),
        "--at",
        at(minutes).isoformat(),
        "--json",
    ]
    result = CliRunner().invoke(app, arguments, input=as_lines(events))
    assert result.exit_code == 0, result.output
    journey: dict[str, Any]
    (journey,) = [json.loads(line) for line in result.stdout.splitlines()]
    return journey


def leaves(minutes):
    """The customer leaves, served."""
    return told("customer.left", minutes, outcome="served")


def conduct(minutes, score, aspect="courtesy"):
    """How a customer found that they were treated."""
    return told("conduct.observed", minutes, touchpoint="desk", aspect=aspect, score=score, observer="customer")


def problem(minutes, touchpoint, severity="minor", kind="defect", **more):
    """Something went wrong at a touchpoint."""
    return told(
        "problem.reported",
        minutes,
        problem_id=f"{touchpoint}-{minutes}",
        touchpoint=touchpoint,
        kind=kind,
        severity=severity,
        **more,
    )


def solved(minutes, reported, outcome="restored"):
    """A problem is solved."""
    return told("problem.resolved", minutes, problem_id=reported["data"]["problem_id"], outcome=outcome)


def line(journey, begin):
    """The one line of an evaluated journey whose id begins so."""
    (found,) = [each for each in journey["lines"] if each["line"].startswith(begin)]
    return found


def reasons(journey):
    """Why an evaluated journey asks for attention."""
    return [each["reason"] for each in journey["attention"]]
