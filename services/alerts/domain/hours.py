"""When a store is open: by the clock on its wall, day by day, with exceptions and holidays.

A store is open at an instant when the clock on its wall shows a time at which it is open.
So an hour that the clock leaves out is not there, and one that it shows twice is there twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
YEAR = timedelta(days=366)
"""What does not open for so long does not open any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From a time of the day until another; one that ends before it begins goes on until the next day."""

    begins: time
    ends: time
    """The same as `begins`: it lasts for a day."""

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Its beginning and end by the wall clock when it begins on a day."""
        begins, ends = datetime.combine(day, self.begins), datetime.combine(day, self.ends)
        return begins, ends if ends > begins else ends + DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """The opening hours of a store. All instants that come out of it are in UTC."""

    zone: tzinfo
    week: Mapping[int, tuple[Span, ...]] = field(hash=False)
    """What begins on each day of the week: 0 is Monday. A break is two spans; a day that is missing has none."""
    holidays: frozenset[date] = frozenset()
    """On them nothing begins; what began the day before goes on past midnight."""
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict, hash=False)
    """What begins on some dates instead of what the week says, holiday or not; nothing: closed."""

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at an instant."""
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        return any(begins <= wall < ends for begins, ends in self._around(wall.date(), wall.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """When it is open next: the instant itself when it is open then, None when it is not within a year."""
        since = at.astimezone(UTC)
        return next((begins for begins, _ in self._openings(since, since + YEAR)), None)

    def open_between(self, begins: datetime, ends: datetime) -> timedelta:
        """For how long it is open between two instants; not at all when the second is not the later one."""
        openings = self._openings(begins.astimezone(UTC), ends.astimezone(UTC))
        return sum((closes - opens for opens, closes in openings), timedelta())

    def after(self, at: datetime, opening_time: timedelta) -> datetime | None:
        """The first instant at which it has been open for so long since `at`.

        None when it does not open for a year before that. Raises ValueError when `opening_time` is below 0.
        """
        if opening_time < timedelta():
            raise ValueError(
                f"opening_time must be 0 or more, got {opening_time}; nothing can be over before it begins"
            )
        reached, left = at.astimezone(UTC), opening_time
        while left:
            opening = next(self._openings(reached, reached + YEAR), None)
            if opening is None:
                return None
            opens, closes = opening
            reached = min(closes, opens + left)
            left -= reached - opens
        return reached

    def _openings(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans between two instants in UTC in which it is open, in order; none overlaps another."""
        for begins, ends in _stretches(self.zone, since, until):
            # Within a stretch the clock on the wall runs as evenly as that of the world.
            offset = _offset(self.zone, begins)
            reached, last = (begins + offset).replace(tzinfo=None), (ends + offset).replace(tzinfo=None)
            for opens, closes in sorted(self._around(reached.date(), last.date())):
                opens_here, closes_here = max(opens, reached), min(closes, last)
                if opens_here < closes_here:
                    yield (opens_here - offset).replace(tzinfo=UTC), (closes_here - offset).replace(tzinfo=UTC)
                    reached = closes_here

    def _around(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans by the wall clock that can hold a moment of some days: those of the day before as well."""
        for number in range(first.toordinal() - 1, last.toordinal() + 1):
            day = date.fromordinal(number)
            yield from (span.on(day) for span in self._on(day))

    def _on(self, day: date) -> Sequence[Span]:
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.holidays else self.week.get(day.weekday(), ())


def _stretches(zone: tzinfo, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time between two instants, in stretches of at most a day in which no clock is put forward or back."""
    begins = since
    while begins < until:
        ends = min(begins + DAY, until)
        if _offset(zone, ends) != _offset(zone, begins):
            ends = _clock_change(zone, begins, ends)
        yield begins, ends
        begins = ends


def _clock_change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first instant of the new time. No zone has ever changed its clock twice within a day."""
    offset = _offset(zone, before)
    while after - before > timedelta.resolution:
        middle = before + (after - before) / 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
