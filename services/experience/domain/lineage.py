"""Published versions of service concepts: from when each holds, and what it builds on at an instant."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol, TypeVar

EVERY_STORE: Final = "*"
"""Under this name is kept what holds in every store that has no concept of its own."""

_WRITTEN: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[-+]\d\d:\d\d))?")


def instant_of(written: object) -> datetime:
    """The instant that a concept holds from: a date begins at midnight UTC. Raises ValueError for anything else."""
    if isinstance(written, str) and _WRITTEN.fullmatch(written):
        try:
            instant = datetime.fromisoformat(written)
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # such as 30 February
    raise ValueError(
        "must be a date such as 2026-12-01, which begins at midnight UTC, "
        "or an instant with its zone such as 2026-12-01T06:00:00+02:00"
    )


class NoLineage(ValueError):
    """What a concept builds on is not there at that time, or is itself. The text says what to publish."""


class Version(NamedTuple):
    """A version of a concept as it was published for one store, or for every one (`*`)."""

    store: str
    name: str
    number: int
    extends: str | None
    """The name of the concept that it builds on."""
    published_at: datetime
    since: datetime
    """From when it holds: never before it was published, so that no journey loses the version it began with."""
    ahead: bool
    """It was published before it holds."""
    breadth: float
    """In how many stores it holds; infinite: in every one."""
    document: Mapping[str, Any]
    content: str
    """The document as text: the same content makes the same concept."""

    @property
    def in_words(self) -> str:
        """Name and version."""
        return f"{self.name} version {self.number}"


def version_of(store: str, published_at: datetime, document: Mapping[str, Any]) -> Version:
    """A document that was found to be a concept, as it was published."""
    stores, since = document.get("stores"), holds_since(document, published_at)
    return Version(
        store=store,
        name=str(document["concept"]),
        number=int(document["version"]),
        extends=document.get("extends"),
        published_at=published_at,
        since=since,
        ahead=since > published_at,
        breadth=float("inf") if stores is None else len(stores),
        document=document,
        content=repr(document),
    )


def holds_since(document: Mapping[str, Any], published_at: datetime) -> datetime:
    """From when a concept holds that is published then. Raises ValueError when that is not written as it has to be."""
    written = document.get("holds_from")
    return published_at if written is None else max(published_at, instant_of(written))


class Versions:
    """All published versions; of those that hold from the same instant the highest counts, then the last published."""

    def __init__(self, versions: Iterable[Version] = ()) -> None:
        self._by_name: dict[str, list[Version]] = {}
        self._by_store: dict[str, dict[str, list[Version]]] = {}
        for each in sorted(versions, key=_rank):
            self._by_name.setdefault(each.name, []).append(each)
            if each.store != EVERY_STORE or each.breadth:  # else it is there to be built on, and holds nowhere itself
                self._by_store.setdefault(each.store, {}).setdefault(each.name, []).append(each)

    def published_for(self, store: str) -> Mapping[str, Sequence[Version]]:
        """What was published for this store, by name, in the order in which it holds."""
        return self._by_store.get(store, {})

    def knows(self, version: Version) -> bool:
        """Whether this content was published before, for whichever store."""
        return any(each.content == version.content for each in self._by_name.get(version.name, ()))

    def lineage(self, version: Version, at: datetime) -> list[Version]:
        """What it builds on at an instant, the eldest first, and itself last. Raises NoLineage."""
        chain = [version]
        while (name := chain[-1].extends) is not None:
            ancestor = held_at(self._by_name.get(name, ()), at)
            if ancestor is None:
                raise NoLineage(self._missing(chain[-1], name))
            chain.append(ancestor)
            if ancestor.name in {each.name for each in chain[:-1]}:
                path = " -> ".join(each.name for each in chain)
                raise NoLineage(
                    f"concept {version.in_words} builds on itself: {path}; publish one of them without extends"
                )
        return chain[::-1]

    def changes(self, name: str) -> list[datetime]:
        """When this concept, or one that it has ever built on, begins to hold in another version."""
        return sorted({each.since for family in self._ancestry(name) for each in self._by_name.get(family, ())})

    def descendants_in(self, name: str) -> set[str]:
        """The stores, or `*`, for which a concept was published that has ever built on this one."""
        heirs = {each for each in self._by_name if each != name and name in self._ancestry(each)}
        return {store for store, concepts in self._by_store.items() if not heirs.isdisjoint(concepts)}

    def _ancestry(self, name: str) -> set[str]:
        found: set[str] = set()
        to_see = {name}
        while to_see:
            found |= to_see
            to_see = {
                each.extends for seen in to_see for each in self._by_name.get(seen, ()) if each.extends is not None
            } - found
        return found

    def _missing(self, child: Version, name: str) -> str:
        later = self._by_name.get(name)
        if later:
            return (
                f"concept {child.in_words} extends {name}, which holds only from {later[0].since.isoformat()} on: "
                f"until then what held before it goes on"
            )
        return (
            f"concept {child.in_words} extends {name}, and no concept of that name was published: "
            f"until it is, what held before goes on. Publish {name}"
        )


def _rank(version: Version) -> tuple[datetime, int, datetime, str]:
    """In which order versions count; the content only makes it the same whichever came first."""
    return version.since, version.number, version.published_at, version.content


class _Held(Protocol):
    @property
    def since(self) -> datetime: ...


Held = TypeVar("Held", bound=_Held)


def held_at(versions: Sequence[Held], at: datetime) -> Held | None:
    """The one that holds at an instant, of some in the order in which they hold."""
    position = bisect_right(versions, at, key=lambda each: each.since)
    return versions[position - 1] if position else None
