"""What happened, for tests about how journeys are evaluated: everything that a test is not about has a value here."""

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.commands.concept_reading import read_file
from services.experience.domain.assessment import Assessment, assess
from services.experience.domain.concept import ServiceConcept, Standard, Unit
from services.experience.domain.happening import Happening, in_order
from services.experience.domain.track_record import TrackRecords, no_records

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
    records: TrackRecords = no_records,
) -> Assessment:
    """How the journey stands so many minutes after the start."""
    own, seen, concept = in_order(happenings), in_order(store_wide), concept or ServiceConcept()
    assessment = assess(own, seen, concept, now=at(minutes), records=records)
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
    return read_file(CONCEPTS / f"{name}.yaml").concept


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
