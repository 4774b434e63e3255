"""Whether those who have to deliver the service concept have read it: each version, unit by unit."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening


class Coverage(NamedTuple):
    """Which units of a store have acknowledged the version of the concept that holds there."""

    concept: str
    version: int
    published_at: datetime
    due: datetime
    """By when every unit has to have acknowledged it."""
    acknowledged: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def line(self) -> str:
        """Names the matter for ever; another version is another matter."""
        return f"acknowledgement/{self.concept}/{self.version}"

    @property
    def critical_at(self) -> datetime:
        """When it is late by as much again."""
        return self.due + (self.due - self.published_at)


def coverage_of(
    happenings: Iterable[Happening], concept: ServiceConcept, held_from: datetime | None
) -> Coverage | None:
    """Who has acknowledged this concept, which has held since `held_from`; None where it asks nobody to."""
    if not concept.units or held_from is None:
        return None
    said = {
        happening.data["unit"]
        for happening in happenings
        if happening.kind == "concept.acknowledged"
        and (happening.data["concept"], happening.data["version"]) == (concept.name, concept.version)
    }
    return Coverage(
        concept=concept.name,
        version=concept.version,
        published_at=held_from,
        due=held_from + concept.acknowledge_within,
        acknowledged=tuple(unit for unit in concept.units if unit in said),
        missing=tuple(unit for unit in concept.units if unit not in said),
    )
