"""Mystery shoppers against sensors and staff: what was reported of a visit beside what the shopper found."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import fsum
from typing import NamedTuple

from services.experience.domain.assessment import assess
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening

REPORT = "mystery_visit.reported"
AS_EXPECTED = 4.0
"""What a shopper gives, from 1 to 5, for something that is as expected; a ratio of KP / KL is brought to it."""
CUSTOMERS_OWN = ("customer", "shopper")
"""In the journey of a shopper these are the shopper's own words."""


class Disagreement(NamedTuple):
    """What one observer reported of a touchpoint against what shoppers found there. All scores from 1 to 5."""

    touchpoint: str
    observer: str
    """A kind of observer or of system, never a person: colleague, sensor, greeting, delivery, cleanliness."""
    visits: int
    shoppers: float
    reported: float
    weight: float
    """How much the concept lets the observer count."""
    proposed_weight: float
    """How much these visits say it deserves to."""

    @property
    def difference(self) -> float:
        """Reported less shoppers: above 0, it was reported better than it was."""
        return self.reported - self.shoppers


class Visits(NamedTuple):
    """What the mystery visits to a store have shown."""

    disagreements: list[Disagreement]
    close_at: datetime | None
    """When the next one closes that was reported already: until then nobody may know that it was one."""


Pair = tuple[float, float]
"""What was reported, and what the shopper found."""


def disagreements_in(happenings: Sequence[Happening], concept: ServiceConcept, *, now: datetime) -> Visits:
    """Compare shoppers' reports with what else is known of their visits. Visits that run still are kept secret."""
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    closings: list[datetime] = []
    journeys: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        if happening.journey is not None:
            journeys[happening.journey].append(happening)
    for own in journeys.values():
        reports = [happening for happening in own if happening.kind == REPORT]
        if not reports or reports[-1].at <= now - concept.store.visits_for:
            continue
        journey = assess(own, (), concept, now=now)
        if journey is not None and not journey.closed:
            closings.append(journey.closes_at or now + concept.expires_after)
            continue
        said = list(_said(own, concept))
        for touchpoint, found in reports[-1].data["scores"].items():  # a report that comes again corrects the first
            for place, observer, score in said:
                if place == touchpoint:
                    pairs[touchpoint, observer].append((score, found))
    compared = [_compared(*key, pairs[key], concept) for key in sorted(pairs)]
    return Visits(compared, min(closings, default=None))


def _compared(touchpoint: str, observer: str, pairs: Sequence[Pair], concept: ServiceConcept) -> Disagreement:
    """The weight proposed is 1 / (1 + m), m the mean square of the differences, with some credit: inverse variance."""
    off = fsum((score - found) ** 2 for score, found in pairs) / (len(pairs) + concept.store.visits_to_doubt)
    return Disagreement(
        touchpoint=touchpoint,
        observer=observer,
        visits=len(pairs),
        shoppers=fsum(found for _, found in pairs) / len(pairs),
        reported=fsum(score for score, _ in pairs) / len(pairs),
        weight=concept.trust_in(observer),
        proposed_weight=1 / (1 + off),
    )


def _said(own: Sequence[Happening], concept: ServiceConcept) -> Iterator[tuple[str, str, float]]:
    """What sensors and staff reported of a journey: touchpoint, observer, and a score from 1 to 5."""
    arrived = next((each.at for each in own if each.kind == "customer.arrived"), None)
    for happening in own:
        data = happening.data
        match happening.kind:
            case "customer.greeted" if happening.get("manner") is not None:
                yield "greeting", "greeting", data["manner"]
            case "customer.greeted" if concept.greeting is not None and arrived is not None:
                waited = max((happening.at - arrived).total_seconds(), 1.0)
                yield "greeting", "greeting", _score(concept.greeting.expected / waited)
            case "delivery.completed" if happening.get("manner") is not None:
                yield "delivery", "delivery", data["manner"]
            case "conduct.observed" if data["observer"] not in CUSTOMERS_OWN:
                yield data["touchpoint"], data["observer"], data["score"]
            case "cleanliness.checked":
                yield data["area"], "cleanliness", max(data["score"], 1.0)


def _score(ratio: float) -> float:
    return min(max(AS_EXPECTED * ratio, 1.0), 5.0)
