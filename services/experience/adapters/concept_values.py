"""Every value of a concept, with who said it: a file and its line, or Touchline's default."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from services.experience.adapters.concept_fields import SECONDS_PER, Section
from services.experience.adapters.concept_lineage import Source, Whole
from services.experience.adapters.concept_merging import ITS_OWN
from services.experience.adapters.concept_sections import ConductRating
from services.experience.adapters.concept_standards import BUDGET
from services.experience.adapters.concept_yaml import Path
from services.experience.domain.concept import PromiseStandard, ServiceConcept, Standard
from services.experience.domain.phrase import Phrase
from touchline_contracts.words import catalogue

DEFAULT = "default"


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value that a concept has, said by somebody or not."""

    path: Path
    value: str
    said_by: Source | None
    """None: it is the default."""

    @property
    def key(self) -> str:
        """The way to it, as errors name it."""
        return ".".join(map(str, self.path))

    @property
    def where(self) -> str:
        """File and line, or that it is the default."""
        return self.said_by.where(self.path) if self.said_by else DEFAULT


def values_of(whole: Whole, concept: ServiceConcept) -> Iterator[Value]:
    """All that holds by this concept, in the order of a concept's keys. What nothing is expected of is left out."""
    standards = standards_of(concept)
    for path, written in _leaves(whole.document):
        if path[0] in ITS_OWN:
            continue
        said_by = whole.said_by(path)
        value = written if said_by else _effective(path, written, standards)
        if said_by is None and path[0] == "conduct" and "." in str(path[1]):
            said_by = whole.said_by((path[0], str(path[1]).rpartition(".")[2], *path[2:]))
        if value not in (None, ""):
            yield Value(path=path, value=in_words(value), said_by=said_by)
    for aspect in sorted(set(concept.conduct) - set(whole.document.conduct)):
        for key in ConductRating.model_fields:
            value = _effective(("conduct", aspect, key), None, standards)
            if value not in (None, ""):
                yield Value(path=("conduct", aspect, key), value=in_words(value), said_by=None)


def standards_of(concept: ServiceConcept) -> Mapping[Path, Standard | PromiseStandard]:
    """The standards of the domain, by the way to the section that writes them."""
    found: dict[Path, Standard | PromiseStandard | None] = {
        ("greeting",): concept.greeting,
        ("greeting", "manner"): concept.manner,
        ("stages", BUDGET): concept.journey_budget,
        ("defects",): concept.defects,
        ("delivery",): concept.delivery,
        ("delivery", "within"): concept.delivery_wait,
        ("delivery", "tidy"): concept.tidiness,
        ("handoffs",): concept.handoff,
        ("recognition",): concept.recognition,
        **{("stages", name): standard for name, standard in concept.stages.items()},
        **{("conduct", aspect): standard for aspect, standard in concept.conduct.items()},
        **{("cleanliness", area): standard for area, standard in concept.cleanliness.items()},
        **{("promises", what): promise for what, promise in concept.promises.items()},
    }
    return {path: standard for path, standard in found.items() if standard is not None}


def in_words(value: Any) -> str:
    """A value as it is written in a concept."""
    if isinstance(value, timedelta):
        return in_short(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Phrase):
        return catalogue().say(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "[]"
    return str(value)


def in_short(span: timedelta) -> str:
    """A duration in the largest unit that it is a whole number of."""
    seconds = span.total_seconds()
    units = sorted(((size, unit) for unit, size in SECONDS_PER.items() if unit), reverse=True)
    size, unit = next(((size, unit) for size, unit in units if seconds and seconds % size == 0), (1, "s"))
    return f"{seconds / size:g}{unit}"


def _effective(path: Path, value: Any, standards: Mapping[Path, Standard | PromiseStandard]) -> Any:
    """What holds where nothing was said: some standards have a label, a kind or a remedy from the start."""
    standard = standards.get(path[:-1])
    return value if standard is None else getattr(standard, str(path[-1]), value)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Section):
        for key in type(value).model_fields:
            yield from _leaves(getattr(value, key), (*path, key))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    else:
        yield path, value
