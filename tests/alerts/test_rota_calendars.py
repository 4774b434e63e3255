"""Who is on call by calendars, through five years of edits, mistakes and clock changes: never nobody.

The reference writes each occurrence out by itself, from what the calendars were made of, and reads no calendar.
It takes the same rule as the calendars' format for a time that the clock leaves out or shows twice.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.adapters.calendar_plan import CalendarPlan
from services.alerts.adapters.calendar_reading import read_calendar
from services.alerts.adapters.calendars import Calendars
from services.alerts.adapters.rota_file import Rotas
from services.alerts.domain.rota import Override, Rota, Shift
from tests.alerts.ics import calendar, event

pytestmark = pytest.mark.anyio

ZONES = ["Europe/Riga", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Auckland"]
PEOPLE = {"anna": "anna@example.org", "boris": "boris@example.org", "carl": "carl@example.org", "dace": "Dace Ozola"}
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
HOURS = 5 * 8766
ROTAS = 20
HOUR = timedelta(hours=1)
WINDOW = timedelta(days=58)
"""How long a calendar that was read is used: it is read for two days more."""


@dataclass
class Series:
    """Duties that recur, as they are meant."""

    uid: str
    people: tuple[str, ...]
    """Nobody: the event names somebody whom nobody knows."""
    zone: str
    """`days` for whole days, `floating`, UTC, or a zone."""
    first: datetime
    """By the clock of the zone."""
    lasts: timedelta
    every: int
    weekdays: frozenset[int]
    """Empty: daily."""
    times: int | None
    left_out: set[datetime] = field(default_factory=set)
    moved: dict[datetime, tuple[datetime, tuple[str, ...]]] = field(default_factory=dict)
    """To nobody: called off."""

    def starts(self, until: datetime) -> list[datetime]:
        """When it begins, before anything is changed."""
        found: list[datetime] = []
        start = self.first
        while start < until and (self.times is None or len(found) < self.times):
            days = (start - self.first).days
            weeks = (days + self.first.weekday()) // 7
            if (
                weeks % self.every == 0 and start.weekday() in self.weekdays
                if self.weekdays
                else days % self.every == 0
            ):
                found.append(start)
            start += timedelta(days=1)
        return found

    def duties(self, rota_zone: ZoneInfo, until: datetime):
        """Beginning, end and people of each, as instants."""
        zone = rota_zone if self.zone in {"days", "floating"} else ZoneInfo(self.zone)
        for start in self.starts(until):
            if start not in self.left_out:
                begins, people = self.moved.get(start, (start, self.people))
                ends = begins + self.lasts
                if people:
                    yield begins.replace(tzinfo=zone).astimezone(UTC), ends.replace(tzinfo=zone).astimezone(UTC), people

    def written(self, dice: random.Random) -> str:
        """The same as a program for calendars writes it."""
        rule = f"RRULE:FREQ={'WEEKLY' if self.weekdays else 'DAILY'};INTERVAL={self.every}"
        rule += f";BYDAY={','.join(DAYS[each] for each in sorted(self.weekdays))}" if self.weekdays else ""
        rule += f";COUNT={self.times}" if self.times else ""
        left_out = [self._line("EXDATE", each) for each in sorted(self.left_out)]
        text = event(*self._lines(self.first, self.people, dice), rule, *left_out, uid=self.uid)
        for start, (begins, people) in self.moved.items():
            status = [] if people else ["STATUS:CANCELLED"]
            lines = self._lines(begins, people or self.people, dice)
            text += event(self._line("RECURRENCE-ID", start), *lines, *status, uid=self.uid)
        return text

    def _lines(self, begins: datetime, people: tuple[str, ...], dice: random.Random) -> list[str]:
        names = [dice.choice([person, person.upper(), PEOPLE[person]]) for person in people]
        if people and all("@" in name for name in names):
            titles = ["SUMMARY:On call", *(f"ATTENDEE;CN=x:mailto:{name}" for name in names)]
        else:
            titles = [f"SUMMARY:On call: {', '.join(names) if names else 'zoe'}".replace(",", r"\,")]
        return [*titles, self._line("DTSTART", begins), self._line("DTEND", begins + self.lasts)]

    def _line(self, name: str, at: datetime) -> str:
        if self.zone == "days":
            return f"{name};VALUE=DATE:{at:%Y%m%d}"
        if self.zone == "floating":
            return f"{name}:{at:%Y%m%dT%H%M%S}"
        return f"{name}:{at:%Y%m%dT%H%M%SZ}" if self.zone == "UTC" else f"{name};TZID={self.zone}:{at:%Y%m%dT%H%M%S}"


def series(dice: random.Random, uid: str, rota_zone: str, since: datetime) -> Series:
    zone = dice.choice(["days", "floating", "UTC", rota_zone, rota_zone, dice.choice(ZONES)])
    whole = zone == "days"
    first = since.replace(tzinfo=None) + timedelta(days=dice.randrange(-400, 200))
    first = datetime.combine(first.date(), time() if whole else time(dice.randrange(24), dice.choice([0, 30])))
    weekdays = frozenset({first.weekday(), *dice.sample(range(7), 3)}) if dice.random() < 0.6 else frozenset()
    made = Series(
        uid=uid,
        people=tuple(dice.sample(sorted(PEOPLE), dice.randint(1, 2))) if dice.random() < 0.85 else (),
        zone=zone,
        first=first,
        lasts=timedelta(days=dice.randint(1, 3)) if whole else timedelta(minutes=30 * dice.randint(1, 60)),
        every=dice.randint(1, 3),
        weekdays=weekdays,
        times=dice.choice([None, None, dice.randint(1, 300)]),
    )
    starts = made.starts(first + timedelta(days=700))
    made.left_out = set(dice.sample(starts, min(len(starts), dice.randint(0, 6))))
    for start in dice.sample(starts, min(len(starts), dice.randint(0, 6))):
        if start not in made.left_out:
            away = timedelta(days=dice.randint(-3, 3)) if whole else timedelta(minutes=30 * dice.randint(-300, 300))
            people = tuple(dice.sample(sorted(PEOPLE), dice.randint(0, 2)))
            made.moved[start] = (start + away, people)
    return made


def made_up(dice: random.Random) -> Rota:
    shifts = []
    for _ in range(dice.randint(0, 1)):
        begins, ends = (time(dice.randrange(24)) for _ in range(2))
        days = frozenset(dice.sample(range(7), 5))
        shifts.append(Shift(turns=(("egils",),), days=days, begins=begins, ends=ends, since=date(2026, 1, 5)))
    overrides = []
    for _ in range(dice.randint(0, 20)):
        begins = datetime(2024, 1, 1) + timedelta(hours=dice.randrange(HOURS))  # noqa: DTZ001  # by the wall
        people = tuple(dice.sample(sorted(PEOPLE), dice.randint(0, 2)))
        overrides.append(Override(begins=begins, ends=begins + timedelta(hours=dice.randint(1, 100)), people=people))
    zone = ZoneInfo(dice.choice(ZONES))
    return Rota(name="store", zone=zone, last_resort=("owner",), shifts=tuple(shifts), overrides=tuple(overrides))


def table(said: list[Series], zone: ZoneInfo, since: datetime, until: datetime) -> dict[datetime, list]:
    """Whose duties a calendar's are at each whole hour between two instants, filled in hour by hour."""
    found: dict[datetime, list] = {}
    for one in said:
        for begins, ends, people in one.duties(zone, until.replace(tzinfo=None) + timedelta(days=30)):
            at = max(begins.replace(minute=0), since)
            while at < min(ends, until):
                if at >= begins:
                    found.setdefault(at, []).append((begins, ends, people))
                at += HOUR
    return found


def on_shift(plan: Rota, wall: datetime) -> list[str]:
    people = []
    for shift in plan.shifts:
        for day in (wall.date(), wall.date() - timedelta(days=1)):
            begins, ends = datetime.combine(day, shift.begins), datetime.combine(day, shift.ends)
            ends += timedelta(days=1) if ends <= begins else timedelta()
            if day.weekday() in shift.days and begins <= wall < ends:
                people += ["egils"]
    return people


def expected(plan: Rota, calendars: list[list[Series]], since: datetime, until: datetime):
    """The reference: who is planned at each whole hour between two instants."""
    tables = [table(said, plan.zone, since, until) for said in calendars]
    at = since
    while at < until:
        wall = at.astimezone(plan.zone).replace(tzinfo=None, fold=0)
        planned = [person for each in tables for *_, people in sorted(each.get(at, [])) for person in people]
        planned += on_shift(plan, wall)
        for override in plan.overrides:
            if override.begins <= wall < override.ends:
                planned = list(override.people)
        yield at, tuple(dict.fromkeys(planned))
        at += HOUR


async def read_here(content, terms):
    return read_calendar(content, terms)


async def test_in_every_hour_of_five_years_somebody_is_on_call_and_it_is_who_the_calendars_say(
    tmp_path, record_property
):
    dice = random.Random(20261123)  # noqa: S311
    counted = dict.fromkeys(("hours", "by plan", "gaps", "away", "mistakes"), 0)
    for number in range(ROTAS):
        plan = made_up(dice)
        files = [tmp_path / f"{number}-{each}.ics" for each in range(dice.randint(1, 2))]
        names = {name: person for person, theirs in PEOPLE.items() for name in (person, theirs)}
        plans = {plan.name: CalendarPlan(sources=tuple(map(str, files)), names=names)}
        calendars = Calendars(Rotas({"store": plan}, plans), read=read_here)
        said: list[list[Series]] = [[] for _ in files]
        in_force: list[list[Series]] = [[] for _ in files]
        now = BEGAN
        while now < BEGAN + timedelta(hours=HOURS):
            until = min(now + WINDOW, BEGAN + timedelta(hours=HOURS))
            away = [dice.random() < 0.15 for _ in files]
            for index, file in enumerate(files):
                if not said[index] or dice.random() < 0.4:
                    made = series(dice, f"{now:%s}-{index}", plan.zone.key, now)
                    said[index] = [*said[index][-4:], made]
                file.unlink(missing_ok=True)
                if not away[index]:
                    file.write_bytes(calendar(*(each.written(dice) for each in said[index])))
                    in_force[index] = said[index]

            await calendars.refresh(now)
            found = calendars.rotas.of("store")

            gaps = list(found.gaps(now, until))
            for at, planned in expected(plan, in_force, now, until):
                on_call = found.on_call(at)
                people = tuple(dict.fromkeys((*planned, "owner")))
                assert (on_call.people, on_call.by_plan) == (people, bool(planned)), (number, at, plan, in_force)
                while gaps and gaps[0][1] <= at:
                    gaps.pop(0)
                    counted["gaps"] += 1
                assert (not planned) == bool(gaps and gaps[0][0] <= at), (number, at)
                counted["hours"] += 1
                counted["by plan"] += bool(planned)
            assert len(calendars.troubles) == sum(away)
            counted["away"] += sum(away)
            counted["mistakes"] += len(calendars.mistakes)
            assert all("names nobody who is known" in mistake for mistake in calendars.mistakes)
            now = until
    record_property("counted", counted)
    assert counted["hours"] == ROTAS * HOURS
    assert min(counted.values()) > 100, counted
