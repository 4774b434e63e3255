"""A concept read together with what it builds on: one whole document, and from whom each value of it comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_merging import (
    ITS_OWN,
    dropped_in,
    has,
    inherited,
    spelled_out,
    without_dropped,
)
from services.experience.adapters.concept_mistakes import ConceptError, as_written, concept_error, mistakes_from
from services.experience.adapters.concept_yaml import Mistake, Path, Written
from services.experience.ports import Unfinished


class UnfinishedConcept(ConceptError, Unfinished):
    """What is wrong with a concept could be mended by what it builds on, which was not there."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document of a lineage, as somebody wrote it."""

    name: str
    """The file, or what the document is called."""
    written: Written
    spelled_out: Any = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spelled_out", spelled_out(self.written.value))

    @property
    def extends(self) -> str | None:
        """The name of the concept that it builds on, if it says one."""
        value = self.written.value
        name = value.get("extends") if isinstance(value, Mapping) else None
        return name if isinstance(name, str) else None

    def where(self, path: Path) -> str:
        """The file and line of a value, or of the section that it is missing from."""
        line = self.written.line_of(path)
        return self.name if line is None else f"{self.name}:{line}"


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A concept put together."""

    document: ConceptDocument
    values: Mapping[str, Any]
    """What the document was read from: what was said, spelled out and merged."""
    lineage: Sequence[Source]
    """The eldest first."""

    def said_by(self, path: Path) -> Source | None:
        """Who said the value at the end of this way; None: nobody, it is the default."""
        said = (each for each in reversed(self.lineage) if has(each.spelled_out, path))
        return next(said, None) if has(self.values, path) else None


def read_whole(lineage: Sequence[Source]) -> Whole:
    """The concept that the last of some documents describes, each building on the one before.

    Raises ConceptError with every mistake found: in whose file, on which line, what stands there, what would be right.
    """
    own = lineage[-1]
    mistakes = [_by(each, mistake) for each in lineage for mistake in _of_yaml(each)]
    if any(mistake.column is not None for mistake in mistakes):
        raise concept_error(own.name, mistakes)
    values = own.spelled_out
    if own.extends is not None:
        documents = [each.spelled_out for each in lineage if isinstance(each.spelled_out, Mapping)]
        values = without_dropped(inherited(documents))
        mistakes += [_by(own, mistake) for mistake in _dropping_nothing(own, inherited(documents[:-1]))]
    known = {mistake.path for mistake in mistakes if mistake.no_value}
    unfinished = own.extends is not None and len(lineage) == 1
    try:
        document = ConceptDocument.model_validate(values)
    except ValidationError as error:
        found = [mistake for mistake in mistakes_from(error.errors()) if mistake.path not in known]
        mistakes += [_at_its_origin(mistake, lineage) for mistake in found]
        unfinished = unfinished and all(mistake.mendable for mistake in mistakes)
        raise concept_error(own.name, mistakes, UnfinishedConcept if unfinished else ConceptError) from error
    if mistakes:
        raise concept_error(own.name, mistakes)
    return Whole(document=document, values=values, lineage=lineage)


def _of_yaml(source: Source) -> list[Mistake]:
    """What YAML itself has against it; that a key has no value is no mistake where it drops what was inherited."""
    return [
        mistake
        for mistake in source.written.mistakes
        if not (mistake.drops and source.extends is not None and mistake.path[0] not in ITS_OWN)
    ]


def _dropping_nothing(own: Source, before: Mapping[str, Any]) -> list[Mistake]:
    """In a file, to drop what is not there is a slip of the pen; of what is published, it may be gone meanwhile."""
    if not own.written.in_lines:
        return []
    mistakes = []
    for path in dropped_in(own.spelled_out):
        if not has(before, path):
            beside: Any = before
            for key in path[:-1]:
                beside = beside.get(key, {}) if isinstance(beside, Mapping) else {}
            near = get_close_matches(str(path[-1]), list(beside), n=1) if isinstance(beside, Mapping) else []
            instead = f"did you mean {near[0]}?" if near else "leave the key out"
            text = f"is null, which drops what is inherited, and {own.extends} says nothing of it; {instead}"
            mistakes.append(Mistake(path=path, text=text))
    return mistakes


def _at_its_origin(mistake: Mistake, lineage: Sequence[Source]) -> Mistake:
    """The mistake, told of the document that said it last, or that has the section in which it is missing."""
    path = mistake.path
    for length in range(len(path), -1, -1):
        for source in reversed(lineage):
            if has(source.spelled_out, path[:length]) or not length:
                return _by(source, mistake)
    raise AssertionError("every document is there at the end of no way at all")


def _by(source: Source, mistake: Mistake) -> Mistake:
    path = as_written(mistake.path, source.written.value)
    return replace(mistake, path=path, line=mistake.line or source.written.line_of(path), source=source.name)
