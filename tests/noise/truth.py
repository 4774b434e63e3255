"""How each journey ends, by the experience service's own formula: when nobody acts, or as it happened."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.experience.adapters.concept_file import read_concept
from services.experience.domain.assessment import assess
from services.experience.domain.happening import Happening, in_order
from services.experience.domain.surroundings import Surroundings
from services.experience.entrypoints.translation import happening_from
from tests.noise.month import CONCEPT, message_of
from tests.noise.plan import Occurrence
from touchline_contracts import parse_event

AFTERWARDS = timedelta(days=3)
"""By then every journey has closed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a journey ended."""

    kv: float
    lost: bool
    """It ended below adequate."""
    at: datetime
    """The last that happened in it."""


def endings(occurrences: Iterable[Occurrence]) -> dict[str, Ending]:
    """Of each journey in which this happened."""
    concept = read_concept(CONCEPT.read_text(), name=CONCEPT.name)
    surroundings: defaultdict[str, list[Happening]] = defaultdict(list)
    journeys: defaultdict[tuple[str, str], list[Happening]] = defaultdict(list)
    for number, each in enumerate(sorted(occurrences, key=lambda each: each.at)):
        happening = happening_from(parse_event(message_of(each, number).value))
        if each.journey is None:
            surroundings[each.store].append(happening)
        else:
            journeys[each.store, each.journey].append(happening)
    of_store = {store: Surroundings(in_order(seen)) for store, seen in surroundings.items()}
    found = {}
    for (store, journey), own in sorted(journeys.items(), key=lambda each: min(one.at for one in each[1])):
        happenings = in_order(own)
        end = happenings[-1].at
        met = of_store[store].met(happenings[0].at, end + AFTERWARDS) if store in of_store else []
        assessment = assess(happenings, met, concept, now=end + AFTERWARDS)
        kv = assessment.evaluation.kv
        found[journey] = Ending(kv=kv, lost=kv < concept.adequate, at=end.astimezone(UTC))
    return found
