"""Track records: how often promises were kept and customers satisfied before, in a store and by a unit.

What settles on one day counts from the next day on: within a day nothing depends on which of two journeys was heard of
first. A journey never counts towards its own record: that would be to know the outcome beforehand.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from math import log
from typing import NamedTuple

from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line
from services.experience.domain.parameters import Outlook

Subject = tuple[str, str]
"""Whose record: ("promise", what) and CUSTOMERS are a store's own, ("unit", name) is the same in all stores."""
CUSTOMERS: Subject = ("customers", "")
EVERYWHERE = ""
"""The store of what is counted in all of them together."""


class Settled(NamedTuple):
    """How often it went well, and how often not."""

    good: int = 0
    bad: int = 0

    def evidence(self, good_before: float, bad_before: float) -> float:
        """By how much the record shifts the log-odds of its prior, Beta(good_before, bad_before)."""
        if not self.good and not self.bad:
            return 0.0
        return log((good_before + self.good) / (bad_before + self.bad)) - log(good_before / bad_before)


class Settlement(NamedTuple):
    """One thing that was settled: a promise kept or broken, a customer satisfied or not."""

    subject: Subject
    day: date
    """UTC."""
    good: bool


class TrackRecord:
    """What was settled before an instant. This one is empty: the prior alone."""

    def of(self, subject: Subject) -> Settled:  # noqa: ARG002  # who has a history says more
        """What is known of a subject."""
        return Settled()


NO_RECORD = TrackRecord()
TrackRecords = Callable[[datetime], TrackRecord]
"""The record that a journey meets at an instant, without its own part in it."""


def no_records(_: datetime) -> TrackRecord:
    """Nothing was ever settled."""
    return NO_RECORD


def settlements(lines: Iterable[Line], happenings: Iterable[Happening], outlook: Outlook) -> list[Settlement]:
    """What one journey adds to the records: its promises that are kept or broken, and its customer's first verdict."""
    found = []
    for line in lines:
        if line.is_promise and line.settled and line.state in ("kept", "broken") and line.at and line.due:
            # Done too late was broken when it was due, whenever it was done.
            day, kept = utc_day(min(line.at, line.due)), line.state == "kept"
            found.append(Settlement(("promise", line.standard.touchpoint.removeprefix("promise:")), day, kept))
            found += [Settlement(("unit", unit), day, kept) for unit in line.carried_by]
    verdict = next((each for each in happenings if each.kind == "feedback.given"), None)
    if verdict is not None:
        found.append(Settlement(CUSTOMERS, utc_day(verdict.at), not is_dissatisfied(verdict, outlook)))
    return found


def is_dissatisfied(verdict: Happening, outlook: Outlook) -> bool:
    """Whether a customer's `feedback.given` says that they were let down: its share of the scale is low."""
    score, least, most = (verdict.data[name] for name in ("score", "scale_min", "scale_max"))
    return bool((score - least) <= outlook.dissatisfied_up_to * (most - least))


def utc_day(at: datetime) -> date:
    """The day that something counts for."""
    return at.astimezone(UTC).date()


class History:
    """What was settled in one store, or in all of them together, by subject and day."""

    def __init__(self) -> None:
        self._by_day: defaultdict[Subject, dict[date, Settled]] = defaultdict(dict)
        self._summed: dict[Subject, tuple[list[date], list[Settled]]] = {}

    def add(self, subject: Subject, day: date, counted: Settled) -> None:
        """Count in what was settled on that day; negative where it has turned out not to be so."""
        before = self._by_day[subject].get(day, Settled())
        self._by_day[subject][day] = Settled(before.good + counted.good, before.bad + counted.bad)
        self._summed.pop(subject, None)

    def before(self, day: date, subject: Subject) -> Settled:
        """All that was settled of a subject before that day."""
        if subject not in self._by_day:
            return Settled()
        if subject not in self._summed:
            days, sums, good, bad = sorted(self._by_day[subject]), [Settled()], 0, 0
            for each in days:
                good, bad = good + self._by_day[subject][each].good, bad + self._by_day[subject][each].bad
                sums.append(Settled(good, bad))
            self._summed[subject] = (days, sums)
        days, sums = self._summed[subject]
        return sums[bisect_left(days, day)]

    def records(self, *, own: Iterable[Settlement] = (), everywhere: "History") -> TrackRecords:
        """The records that a journey of this store meets.

        `own`: what the journey itself has added; `everywhere`: the history of the units in all stores.
        """
        own = tuple(own)
        return lambda at: _Met(self, everywhere, utc_day(at), own)


class _Met(TrackRecord):
    """What one journey meets of a history at an instant."""

    def __init__(self, store: History, everywhere: History, day: date, own: tuple[Settlement, ...]) -> None:
        self._store, self._everywhere, self._day, self._own = store, everywhere, day, own

    def of(self, subject: Subject) -> Settled:
        history = self._everywhere if subject[0] == "unit" else self._store
        good, bad = history.before(self._day, subject)
        for each in self._own:
            if each.subject == subject and each.day < self._day:
                good, bad = (good - 1, bad) if each.good else (good, bad - 1)
        return Settled(good, bad)
