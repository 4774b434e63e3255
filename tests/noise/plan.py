"""What happens in the stores, and what does not, or otherwise, once somebody has acted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tests.noise.assumptions import Assumptions
from touchline_contracts.fields import Fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """Something that happens, and is told by a touchpoint at once."""

    at: datetime
    store: str
    journey: str | None
    """None: it concerns the whole store."""
    data: Fields
    unless: "Trouble | None" = None
    """It does not happen when this was put right before."""

    @property
    def happens(self) -> bool:
        """Whether it does."""
        righted = None if self.unless is None else self.unless.righted_at
        return righted is None or self.at < righted


@dataclass(eq=False, kw_only=True, slots=True)
class Trouble:
    """Something that goes wrong, and what happens when somebody does something about it."""

    kind: str
    begins: datetime
    ends: datetime
    """Nothing can be done about it from then on."""
    acts_after: timedelta | None
    """So long after being told somebody acts; None: nobody can."""
    remedies: list[Callable[[datetime], Sequence[Occurrence]]] = field(default_factory=list)
    """What happens then, given when."""
    told_at: datetime | None = None
    righted_at: datetime | None = None

    def told(self, at: datetime) -> datetime | None:
        """Somebody is told of it. Returns when they act, if this is the first time and they can."""
        if self.told_at is not None or not self.begins <= at < self.ends:
            return None
        self.told_at = at
        acts_at = None if self.acts_after is None else at + self.acts_after
        return acts_at if acts_at is not None and acts_at < self.ends else None

    def put_right(self, at: datetime) -> Sequence[Occurrence]:
        """Somebody acts. Returns what happens because of it."""
        self.righted_at = at
        return [each for remedy in self.remedies for each in remedy(at)]


@dataclass(kw_only=True, slots=True)
class Plan:
    """All that happens, in no order, and all that goes wrong, by the words in which an alert names it."""

    occurrences: list[Occurrence] = field(default_factory=list)
    troubles: dict[tuple[str, str | None, str], list[Trouble]] = field(default_factory=dict)
    """By store, journey (None: all) and kind of line."""

    def goes_wrong(self, trouble: Trouble, store: str, journey: str | None, line: str) -> None:
        """An alert that names this line is about this."""
        self.troubles.setdefault((store, journey, line), []).append(trouble)

    def meant_by(self, store: str, journey: str | None, line: str) -> Iterator[Trouble]:
        """What an alert is about."""
        kind = line.partition("/")[0]
        yield from self.troubles.get((store, journey, kind), ())
        if journey is not None:
            yield from self.troubles.get((store, None, kind), ())


def whole(minutes: float) -> timedelta:
    """A time in whole seconds."""
    return timedelta(seconds=round(minutes * 60))


def trouble_of(kind: str, begins: datetime, ends: datetime, assumed: Assumptions, chance: Random) -> Trouble:
    """Whether somebody can act is decided beforehand: it is the same whoever is told, and when."""
    can, after = chance.random() < assumed.acts, whole(chance.uniform(*assumed.acts_minutes))
    return Trouble(kind=kind, begins=begins, ends=ends, acts_after=after if can else None)
