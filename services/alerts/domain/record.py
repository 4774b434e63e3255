"""How stores did: alerts by how they ended, and how soon somebody had them. No figure is about a person."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Literal, NamedTuple

Ending = Literal["saved", "lost", "retracted", "pending", "others"]
ENDINGS: tuple[Ending, ...] = ("saved", "lost", "retracted", "pending", "others")
"""`pending`: it is open, or its journey has not ended. `others`: somebody closed it, or it was about a whole store."""
LEAST = 5
"""Of fewer alerts no time is said: it could be that of one person."""


class Past(NamedTuple):
    """One alert that was opened."""

    store: str
    ending: Ending
    taken_after: timedelta | None
    """How long it was open when somebody took it; None: nobody has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """How a store did, or all of them."""

    store: str | None
    """None: all of them."""
    endings: dict[Ending, int]
    median: timedelta | None
    """Within this somebody took half of the alerts that somebody took; None: too few."""
    ninetieth: timedelta | None
    """Within this, nine in ten."""

    @property
    def alerts(self) -> int:
        """How many were opened."""
        return sum(self.endings.values())


def records(past: Iterable[Past]) -> list[Record]:
    """How all stores did together, and then each, by name; nothing where there was no alert."""
    return list(_records(list(past)))


def _records(past: Sequence[Past]) -> Iterator[Record]:
    if past:
        yield _record(None, past)
    for store in sorted({each.store for each in past}):
        yield _record(store, [each for each in past if each.store == store])


def _record(store: str | None, past: Sequence[Past]) -> Record:
    taken = sorted(each.taken_after for each in past if each.taken_after is not None)
    return Record(
        store=store,
        endings={ending: sum(each.ending == ending for each in past) for ending in ENDINGS},
        median=_within(taken, 0.5),
        ninetieth=_within(taken, 0.9),
    )


def _within(spans: Sequence[timedelta], share: float) -> timedelta | None:
    """The shortest span within which this share of them lies."""
    return spans[ceil(share * len(spans)) - 1] if len(spans) >= LEAST else None
