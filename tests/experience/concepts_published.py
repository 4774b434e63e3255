"""Published concepts for tests about which of them holds: days are counted from the first of March."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.concepts import Concepts
from services.experience.ports import PublishedConcept

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the first of March."""
    return START + number * DAY


class Kept(NamedTuple):
    """What a transaction tells of published concepts."""

    published: list[PublishedConcept]

    def count_concepts(self) -> int:
        return len(self.published)

    def concepts(self) -> list[PublishedConcept]:
        return list(self.published)


def published(on: float, name: str, version: int = 1, *, store: str | None = None, **document: Any):
    """A concept as it is kept: an event for each store that it names, or for the one that is said here."""
    whole = {"concept": name, "version": version, **document}
    if "extends" not in document:
        whole.setdefault("title", name)
    stores = [store] if store else document.get("stores") or ["*"]
    return [PublishedConcept(store=each, from_=day(on), document=whole) for each in stores]


def concepts(*publications: list[PublishedConcept]) -> Concepts:
    found = Concepts(concept_from_lineage)
    found.refresh(Kept([each for publication in publications for each in publication]))
    return found


def holding(found: Concepts, store: str, on: float) -> tuple[str, int]:
    concept = found.of(store, day(on))
    return concept.name, concept.version
