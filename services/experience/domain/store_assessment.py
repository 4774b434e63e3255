"""How a store as a whole stands: what is left undone, what happens again and again, who has read the concept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening
from services.experience.domain.store_acknowledgement import Coverage, coverage_of
from services.experience.domain.store_neglect import Fault, faults_left, neglect_index
from services.experience.domain.store_shoppers import Disagreement, Visits, disagreements_in
from services.experience.domain.store_slips import Slips, slips_lately


@dataclass(frozen=True, kw_only=True)
class StoreAssessment:
    """How one store stands at `as_of`."""

    store: str
    as_of: datetime
    concept: ServiceConcept
    faults: tuple[Fault, ...]
    slips: tuple[Slips, ...]
    coverage: Coverage | None
    disagreements: tuple[Disagreement, ...]
    visits_close_at: datetime | None
    """When the next mystery visit that was reported closes, and may be spoken of."""

    @property
    def neglect(self) -> float:
        """The neglect index."""
        return self.neglect_at(self.as_of)

    def neglect_at(self, instant: datetime) -> float:
        """The neglect index as it will be if nothing happens until then."""
        return neglect_index(self.faults, self.concept.store, instant)


def assess_store(
    store: str,
    happenings: Sequence[Happening],
    concept: ServiceConcept,
    *,
    held_from: datetime | None = None,
    now: datetime,
) -> StoreAssessment:
    """How the store stands at `now`, by the concept that holds there now and has since `held_from`.

    `happenings`, in order: what happened store-wide, the problems of its journeys, and all that happened in journeys
    of which a mystery shopper has reported. What happens after `now` is not known yet.
    """
    known = [happening for happening in happenings if happening.at <= now]
    visits: Visits = disagreements_in(known, concept, now=now)
    return StoreAssessment(
        store=store,
        as_of=now,
        concept=concept,
        faults=tuple(faults_left(known, concept)),
        slips=tuple(slips_lately(known, concept.store, now)),
        coverage=coverage_of(known, concept, held_from),
        disagreements=tuple(visits.disagreements),
        visits_close_at=visits.close_at,
    )
