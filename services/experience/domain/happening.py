"""What happened: the domain's own form of an event, free of transport."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

LONGEST_LABEL = 200
"""A line may have a name of 500 characters, and a label is only a part of it."""


class Happening(NamedTuple):
    """One thing that happened at a touchpoint."""

    identity: tuple[str, str, str]
    """Store, source, id: tells it from every other, for ever."""
    kind: str
    """Such as promise.made."""
    at: datetime
    """When it happened, as far as it can be believed."""
    journey: str | None
    """None: store-wide."""
    data: Mapping[str, Any] = MappingProxyType({})
    """The fields of its contract; instants as datetimes."""
    replay: bool = False

    @property
    def store(self) -> str:
        """The store that answers for it."""
        return self.identity[0]

    @property
    def label(self) -> str:
        """What tells it from every other of its store, for ever: names the lines that a single happening makes."""
        _, source, number = self.identity
        label = f"{escaped(number)}@{source}"
        return label if len(label) <= LONGEST_LABEL else sha256(label.encode()).hexdigest()

    def get(self, name: str) -> Any:
        """A field that may be missing."""
        return self.data.get(name)


def escaped(part: str) -> str:
    """A part of a line's name, without the signs that set parts apart: two names never run into one."""
    return part.replace("%", "%25").replace("/", "%2F").replace("@", "%40")


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """Each happening once, by when it happened. The order of arrival does not matter, nor does repetition.

    Of two that claim one identity the earlier is believed: which one came first must not depend on the transport.
    """
    once: dict[tuple[str, str, str], Happening] = {}
    for happening in happenings:
        known = once.get(happening.identity)
        if known is None or rank(happening) < rank(known):
            once[happening.identity] = happening
    return sorted(once.values(), key=lambda happening: (happening.at, happening.identity))


def by_area(happenings: Iterable[Happening]) -> defaultdict[str, list[Happening]]:
    """The happenings by the first word of their kind (customer, handoff, stage, promise, ...), in the same order."""
    areas: defaultdict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        areas[happening.kind.partition(".")[0]].append(happening)
    return areas


def rank(happening: Happening) -> tuple[datetime, str, str, str, str]:
    """Never the same for two that differ in anything that is looked at, the zone of their clock included."""
    said = str(sorted(happening.data.items()))
    return (happening.at, happening.kind, said, happening.journey or "", happening.at.isoformat())
