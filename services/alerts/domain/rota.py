"""Who is on call: calendars, shifts by the clock on the wall, exceptions, and who is there when nobody else is.

Whatever is asked is compared with the wall clock of the rota's zone, and never the other way round: so in the night in
which clocks are put forward or back nobody's shift has a hole, and none begins twice.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from services.alerts.domain.hours import Hours

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """A span of some days of the week; one that ends before it begins goes on until the next day."""

    turns: tuple[tuple[str, ...], ...]
    """Of each week in turn, those on call: the first is told first, the others are next in line. Never empty."""
    days: frozenset[int]
    """On which days it begins: 0 is Monday."""
    begins: time
    ends: time
    """The same as `begins`: it lasts for a day."""
    since: date
    """A day of the week that the first turn has; before it the turns go on backwards."""

    def people(self, wall: datetime) -> tuple[str, ...]:
        """Who is on call at a moment of the wall clock; nobody outside of the shift."""
        for day in (wall.date(), wall.date() - timedelta(days=1)):
            if day.weekday() in self.days:
                begins, ends = self.span(day)
                if begins <= wall < ends:
                    return self.turns[(_monday(day) - _monday(self.since)) // WEEK % len(self.turns)]
        return ()

    def span(self, day: date) -> tuple[datetime, datetime]:
        """Beginning and end of the shift that begins on a day."""
        begins, ends = datetime.combine(day, self.begins), datetime.combine(day, self.ends)
        return begins, ends if ends > begins else ends + timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """An exception: for a while others are on call, whatever the shifts say."""

    begins: datetime
    ends: datetime
    """Both by the wall clock."""
    people: tuple[str, ...]
    """Nobody: the shift is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Who is on call from one instant, in UTC, until another: what an event in a calendar comes to."""

    begins: datetime
    ends: datetime
    people: tuple[str, ...]


def laid_out(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans of one calendar in order and without overlaps: whose began first is told first."""
    ahead = sorted(
        (each for each in spans if each.begins < each.ends), key=lambda each: (each.begins, each.ends, each.people)
    )
    moments = sorted({moment for each in ahead for moment in (each.begins, each.ends)})
    ahead.reverse()
    found: list[Span] = []
    held: list[Span] = []
    for begins, ends in pairwise(moments):
        held = [each for each in held if each.ends > begins]
        while ahead and ahead[-1].begins <= begins:
            held.append(ahead.pop())
        if held:
            people = _each_once([person for each in held for person in each.people])
            found.append(Span(begins=begins, ends=ends, people=people))
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnCall:
    """Who is on call at an instant."""

    people: tuple[str, ...]
    """In the order in which they are told; never empty."""
    by_plan: bool
    """False: no calendar and no shift says so, and whoever is there as a last resort has to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rota:
    """The plan for some stores."""

    name: str
    zone: tzinfo
    last_resort: tuple[str, ...]
    """Told when nobody else is on call, and last in line when somebody is. Never empty."""
    calendars: tuple[tuple[Span, ...], ...] = ()
    """What each of them says, as `laid_out`. The people of the first are told first, those of the shifts last."""
    called: frozenset[str] = frozenset()
    """Who may be in them beside those who are in the rest of the rota."""
    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()
    """Of several that hold at the same time the last counts."""
    hours: Hours | None = None
    """When the stores are open; None: nobody has said, and they count as open."""

    @property
    def people(self) -> frozenset[str]:
        """Everybody who may be told by it."""
        groups = [self.called, self.last_resort, *(turn for shift in self.shifts for turn in shift.turns)]
        return frozenset(person for group in (*groups, *(each.people for each in self.overrides)) for person in group)

    def on_call(self, at: datetime) -> OnCall:
        """Who is on call at an instant."""
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        planned = self._planned(at.astimezone(UTC), wall)
        return OnCall(people=_each_once((*planned, *self.last_resort)), by_plan=bool(planned))

    def gaps(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans between two instants in which nobody is on call by plan, in order."""
        began: datetime | None = None
        for at in self._turning_points(since, until):
            gap = not self.on_call(at).by_plan
            if gap and began is None:
                began = at
            elif not gap and began is not None:
                yield began, at
                began = None
        if began is not None:
            yield began, until

    def _planned(self, at: datetime, wall: datetime) -> tuple[str, ...]:
        for override in reversed(self.overrides):
            if override.begins <= wall < override.ends:
                return override.people
        named = [person for calendar in self.calendars for person in _named(calendar, at)]
        return (*named, *(person for shift in self.shifts for person in shift.people(wall)))

    def _turning_points(self, since: datetime, until: datetime) -> Sequence[datetime]:
        """Every instant at which somebody else may come on call, and the first."""
        first = since.astimezone(self.zone).date() - timedelta(days=2)
        days = [first + timedelta(days=number) for number in range((until - since).days + 5)]
        walls = {moment for shift in self.shifts for day in days for moment in shift.span(day)}
        walls |= {moment for override in self.overrides for moment in (override.begins, override.ends)}
        # An hour that the clock shows twice begins twice.
        found = {_instant(wall.replace(fold=fold), self.zone) for wall in walls for fold in (0, 1)}
        found |= {at for day in days for at in _clock_changes(day, self.zone)}
        found |= {at for calendar in self.calendars for span in calendar for at in (span.begins, span.ends)}
        return [since, *sorted(at for at in found if since < at < until)]


def _named(calendar: tuple[Span, ...], at: datetime) -> tuple[str, ...]:
    position = bisect_right(calendar, at, key=lambda each: each.begins)
    return calendar[position - 1].people if position and at < calendar[position - 1].ends else ()


def _clock_changes(day: date, zone: tzinfo) -> Sequence[datetime]:
    """When the clock may be put forward or back on a day: what begins in an hour that is left out begins then."""
    midnight = datetime.combine(day, time.min)
    begins, ends = _instant(midnight, zone), _instant(midnight + timedelta(days=1), zone)
    if ends - begins == timedelta(days=1):
        return []
    return [begins + timedelta(minutes=minutes) for minutes in range(0, 26 * 60, 15)]


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    # By way of UTC: two instants of one zone are compared by what their clock shows.
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _each_once(people: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
