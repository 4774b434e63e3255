"""Service concepts from files, each together with what it builds on, which lies in files beside it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from services.experience.adapters.concept_file import ConceptError, concept_of, read_source
from services.experience.adapters.concept_lineage import Source, Whole, read_whole
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.lineage import EVERY_STORE, held_at, holds_since

SUFFIXES = (".yaml", ".yml")
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ConceptFile:
    """A concept that was read without mistakes."""

    path: Path
    document: dict[str, Any]
    """As it stands in the file, and as it is published."""
    concept: ServiceConcept
    """Together with what it builds on."""
    whole: Whole | None = None
    """Where each value of it comes from."""

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores it is published for; `*`: every store that has none of its own, or those that build on it."""
        return self.concept.stores or (EVERY_STORE,)

    @property
    def in_words(self) -> str:
        """Name, version, what it builds on, from when it holds, and where."""
        if self.concept.stores is None:
            stores = "every store without a concept of its own"
        else:
            stores = ", ".join(self.concept.stores) or "no store by itself: others build on it"
        on = "".join(f", on {name} version {version}" for name, version in self.concept.builds_on)
        written = self.document.get("holds_from")
        since = f", from {written} on" if written else ""
        return f"{self.concept.name} version {self.concept.version}{on}{since}, for {stores}"


def read_file(path: Path, *, at: datetime | None = None) -> ConceptFile:
    """The concept in a file, together with what it builds on.

    `at`: it is about to be published then; each concept that it builds on is the version that will hold when it
    begins to. Without that: the highest version that lies beside it.
    Raises ConceptError, also when a file cannot be read.
    """
    own = _source(path)
    lineage = [own]
    begins = None if at is None else _since(own, at)
    while (name := lineage[-1].extends) is not None:
        ancestor = _beside(path, lineage[-1], name, at=at, begins=begins)
        lineage.append(ancestor)
        names = [each.written.value["concept"] for each in lineage if _is_head(each)]
        if len(set(names)) < len(names):
            circle = " -> ".join(f"{each.written.value.get('concept')} ({Path(each.name).name})" for each in lineage)
            raise _about(own, f"a concept cannot build on itself: {circle}; take extends out of one of these files")
    whole = read_whole(lineage[::-1])
    return ConceptFile(path=path, document=own.written.value, concept=concept_of(whole), whole=whole)


def read_files(paths: Iterable[Path], *, at: datetime | None = None) -> list[ConceptFile]:
    """The concepts in some files. Raises ConceptError with the mistakes of all of them, each once."""
    read, mistakes = [], []
    for path in paths:
        try:
            read.append(read_file(path, at=at))
        except ConceptError as error:
            mistakes += str(error).splitlines()
    if mistakes:
        raise ConceptError("\n".join(dict.fromkeys(mistakes)))
    return read


def _source(path: Path) -> Source:
    try:
        return read_source(path.read_text(encoding="utf-8"), name=str(path))
    except OSError as error:
        raise ConceptError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConceptError(f"{path}: is not UTF-8 text: byte {error.start} cannot be read") from error


class _Neighbour(NamedTuple):
    since: datetime
    version: int
    source: Source


def _beside(path: Path, child: Source, name: str, *, at: datetime | None, begins: datetime | None) -> Source:
    """The concept of this name, from a file in the same folder. Raises ConceptError when there is none."""
    found = [source for source in _in_folder(path.parent) if _is_head(source)]
    named = [each for each in found if each.written.value["concept"] == name]
    if not named:
        near = get_close_matches(name, {each.written.value["concept"] for each in found}, n=1)
        what_next = f"did you mean {near[0]}?" if near else "put it into the same folder"
        raise _about(child, f"no file beside this one has a concept of the name {name}; {what_next}")
    neighbours = sorted(
        (_Neighbour(_since(each, at or LONG_AGO), each.written.value["version"], each) for each in named),
        key=lambda each: each[:2] if at else each[1:2],
    )
    chosen = neighbours[-1] if begins is None else held_at(neighbours, begins)
    if chosen is None:
        first = neighbours[0]
        raise _about(
            child,
            f"{name} ({Path(first.source.name).name}) holds only from {first.since.isoformat()} on, and what builds on "
            f"it from {begins.isoformat() if begins else ''}; choose a later holds_from, or put the version of {name} "
            "that holds until then into the same folder",
        )
    same = [Path(each.source.name).name for each in neighbours if each.version == chosen.version]
    if len(same) > 1:
        raise _about(child, f"{' and '.join(same)} are both {name} version {chosen.version}; keep one of them")
    return chosen.source


def _in_folder(folder: Path) -> Iterator[Source]:
    for each in sorted(folder.iterdir()):
        if each.suffix in SUFFIXES and each.is_file():
            with suppress(ConceptError):  # a file that is no concept, and nobody asked for
                yield _source(each)


def _since(source: Source, published_at: datetime) -> datetime:
    """From when it holds if it is published then; as if it said nothing of it where what it says is a mistake."""
    try:
        return holds_since(source.written.value, published_at)
    except (ValueError, AttributeError):
        return published_at


def _is_head(source: Source) -> bool:
    """Whether it says what it is called and which version it is: enough to find it by."""
    value = source.written.value
    return isinstance(value, dict) and isinstance(value.get("concept"), str) and type(value.get("version")) is int


def _about(source: Source, text: str) -> ConceptError:
    return ConceptError(f"{source.where(('extends',))}: extends: {text}")
