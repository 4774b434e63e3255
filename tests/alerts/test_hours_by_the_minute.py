"""Opening hours beside a reference that walks every minute of the world and looks at the clock on the store's wall.

By default a share of the cases in a share of the time zones; `HOURS_CASES=100000` is all of them, in every zone.
What it cannot catch is a clock that is put forward or back twice within a day, or within a minute: since 1975 none was.
"""

import os
import random
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo, available_timezones

from services.alerts.domain.hours import YEAR, Hours, Span
from services.alerts.domain.quiet import Quiet, when_to_tell

CASES = int(os.environ.get("HOURS_CASES", "15000"))
SEED = 20261122
CASES_A_ZONE = 160
PLANS_A_ZONE = 4
# A day that was left out (Samoa); clocks that are changed by half an hour, by two, at midnight, four times a year.
ALWAYS = [
    "Pacific/Apia", "Australia/Lord_Howe", "Antarctica/Troll", "America/Havana", "Africa/Casablanca", "Asia/Kathmandu",
    "Europe/Riga", "UTC",
]  # fmt: skip
SAMOA_LEFT_OUT = date(2011, 12, 30)
MINUTE = 60
DAY_MINUTES = 1440
A_YEAR_CLOSED = bytes(YEAR // timedelta(minutes=1))


class Reference:
    """The minutes of a stretch of time in one zone, each with what the clock on the wall shows."""

    def __init__(self, zone: ZoneInfo, begins: datetime, days: int) -> None:
        self.zone, self.begins, self.days = zone, begins, days
        self.epoch = int(begins.timestamp())
        self.first_day = begins.date().toordinal() - 3
        self.length = days * DAY_MINUTES * MINUTE
        self.walls = [self.wall(minute) for minute in range(days * DAY_MINUTES)]

    def wall(self, minute: int) -> int:
        """What the clock shows, in minutes since the first day."""
        shown = datetime.fromtimestamp(self.epoch + minute * MINUTE, self.zone)
        return (shown.toordinal() - self.first_day) * DAY_MINUTES + shown.hour * 60 + shown.minute

    def open(self, hours: Hours) -> None:
        """Fill in a calendar for the wall, as one does by hand, and look up every minute in it."""
        calendar = bytearray((self.days + 8) * DAY_MINUTES)
        for number in range(self.days + 6):
            day = date.fromordinal(self.first_day + number)
            spans = hours.week.get(day.weekday(), ())
            if day in hours.holidays:
                spans = ()
            if day in hours.exceptions:
                spans = hours.exceptions[day]
            for span in spans:
                opens = span.begins.hour * 60 + span.begins.minute
                closes = span.ends.hour * 60 + span.ends.minute
                if closes <= opens:
                    closes += DAY_MINUTES
                for minute in range(opens, closes):
                    calendar[number * DAY_MINUTES + minute] = 1
        self.opened = bytes(calendar[wall] for wall in self.walls)
        self.open_minutes = [0, *accumulate(self.opened)]
        self.turns = [m * MINUTE for m, (was, is_) in enumerate(pairwise(self.opened), start=1) if was != is_] or [0]

    def is_open(self, second: int) -> bool:
        return bool(self.opened[second // MINUTE])

    def next_opening(self, second: int) -> int | None:
        """None: not within the stretch."""
        if self.is_open(second):
            return second
        minute = self.opened.find(1, second // MINUTE)
        return None if minute < 0 else minute * MINUTE

    def open_until(self, second: int) -> int:
        """For how many seconds it has been open since the beginning."""
        minute, rest = divmod(second, MINUTE)
        return self.open_minutes[minute] * MINUTE + (rest if rest and self.opened[minute] else 0)

    def after(self, second: int, opening_seconds: int) -> int | None:
        """None: not within the stretch."""
        if not opening_seconds:
            return second
        wanted = self.open_until(second) + opening_seconds
        # The first minute at whose end it has been open for long enough.
        minute = bisect_left(self.open_minutes, -(-wanted // MINUTE)) - 1
        if minute >= len(self.opened):
            return None
        closed_for_good = self.opened.find(A_YEAR_CLOSED, -(-second // MINUTE), minute)
        return minute * MINUTE + wanted - self.open_minutes[minute] * MINUTE if closed_for_good < 0 else None


def made_up_span(dice: random.Random) -> Span:
    begins, ends = (time(dice.randrange(24), dice.choice([0, 0, 15, 30, 45, dice.randrange(60)])) for _ in range(2))
    return Span(begins=begins, ends=ends)


def made_up_day(dice: random.Random) -> tuple[Span, ...]:
    kind = dice.random()
    if kind < 0.15:
        return ()
    if kind < 0.5:
        # With a break.
        morning = Span(begins=time(8), ends=time(12, dice.randrange(60)))
        return (morning, Span(begins=time(13, dice.randrange(60)), ends=time(dice.choice([0, 1, 17, 22]))))
    if kind < 0.6:
        # Around the hours at which clocks are changed.
        return (Span(begins=time(dice.randrange(3), 30), ends=time(dice.randrange(2, 5), dice.choice([0, 15, 30]))),)
    return tuple(made_up_span(dice) for _ in range(dice.choice([1, 1, 1, 2, 3])))


def made_up(dice: random.Random, zone: ZoneInfo, begins: datetime, days: int) -> Hours:
    some_days = [begins.date() + timedelta(days=dice.randrange(days)) for _ in range(dice.choice([0, 3, 10, 40]))]
    years_end = [date(year, month, day) for year in (begins.year, begins.year + 1) for month, day in [(1, 1), (12, 31)]]
    rarely_open = dice.random() < 0.15
    return Hours(
        zone=zone,
        week={} if rarely_open else {day: made_up_day(dice) for day in range(7)},
        holidays=frozenset([*some_days[::2], *dice.sample(years_end, 2)]),
        exceptions={day: made_up_day(dice) for day in [*some_days[::3], dice.choice(years_end)]},
    )


def stretch(dice: random.Random, zone: ZoneInfo) -> Reference:
    """Some weeks around a clock change, the end of a year or any day; one in eight is longer than a year."""
    year = dice.randrange(1975, 2051)
    months = [datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13)]
    changes = [
        month
        for month, following in pairwise(months)
        if month.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset()
    ]
    about = dice.choice([*changes, *changes, datetime(year, 12, 20, tzinfo=UTC), dice.choice(months)])
    if zone.key == "Pacific/Apia":
        about = datetime(2011, 12, 15, tzinfo=UTC)
    return Reference(zone, about - timedelta(days=dice.randrange(8)), 420 if dice.random() < 1 / 8 else 45)


def wrong_answers(dice: random.Random, hours: Hours, reference: Reference) -> list[str]:
    """One case: an instant, another, and a length, about which each of the four functions is asked."""
    by_the_second = dice.random() < 0.3
    unit = 1 if by_the_second else MINUTE
    soon = min(reference.length, dice.choice([10, 40, 400]) * DAY_MINUTES * MINUTE)
    second, other = (
        dice.choice(reference.turns) if dice.random() < 0.25 else dice.randrange(soon // unit) * unit for _ in range(2)
    )
    length = dice.randrange(dice.choice([2, 60, 600, 6000]) * MINUTE // unit) * unit
    if dice.random() < 0.25:
        # So that it has passed when a store closes.
        length = opened(reference, second, other)
    # An instant is the same in whatever zone it is written.
    at, until = (
        (reference.begins + timedelta(seconds=each)).astimezone(dice.choice([UTC, reference.zone]))
        for each in (second, other)
    )

    found: list[str] = []

    def compare(name: str, answer: object, expected: object) -> None:
        if answer != expected:
            found.append(f"{name} {reference.zone} {at} {until} {length}: {answer}, not {expected}; {hours}")

    def compare_instant(name: str, answer: datetime | None, expected: int | None) -> None:
        if expected is not None:
            compare(name, answer, reference.begins + timedelta(seconds=expected))
        elif answer is not None:
            # The reference has seen no more than its stretch: it is not open in that.
            compare(f"{name}, beyond", answer >= reference.begins + timedelta(seconds=reference.length), expected=True)
            compare(f"{name}, beyond a year", answer - at < YEAR or name == "after", expected=True)

    compare("is_open", hours.is_open(at), reference.is_open(second))
    compare("open_between", hours.open_between(at, until) / timedelta(seconds=1), opened(reference, second, other))
    opening = reference.next_opening(second)
    compare_instant("next_opening", hours.next_opening(at), within_a_year(second, opening))
    reached = reference.after(second, length)
    compare_instant("after", hours.after(at, timedelta(seconds=length)), reached)
    return found


def opened(reference: Reference, begins: int, ends: int) -> int:
    return max(reference.open_until(ends) - reference.open_until(begins), 0)


def within_a_year(second: int, opening: int | None) -> int | None:
    return None if opening is None or opening - second >= YEAR.total_seconds() else opening


def test_what_is_said_of_opening_hours_is_what_a_walk_through_every_minute_finds(record_property):
    dice = random.Random(SEED)  # noqa: S311
    zones = sorted(available_timezones())
    dice.shuffle(zones)
    zones = [*ALWAYS, *(zone for zone in zones if zone not in ALWAYS)]
    asked, wrong, tried = 0, [], set()
    while asked < CASES:
        zone = ZoneInfo(zones[asked // CASES_A_ZONE % len(zones)])
        tried.add(zone.key)
        reference = stretch(dice, zone)
        for _ in range(PLANS_A_ZONE):
            hours = made_up(dice, zone, reference.begins, reference.days)
            reference.open(hours)
            for _ in range(CASES_A_ZONE // PLANS_A_ZONE):
                wrong += wrong_answers(dice, hours, reference)
                asked += 1

    record_property("cases", asked)
    record_property("zones", len(tried))
    assert wrong[:3] == [], f"{len(wrong)} of {asked} in {len(tried)} zones, seed {SEED}"


def test_a_warning_waits_for_the_first_minute_in_which_it_is_open_and_nobody_is_left_alone():
    dice = random.Random(SEED)  # noqa: S311
    zones = sorted(available_timezones())
    compared = 0
    for _ in range(30):
        store, person = (ZoneInfo(dice.choice([*ALWAYS, dice.choice(zones)])) for _ in range(2))
        reference = stretch(dice, store)
        home = Reference(person, reference.begins, 45)
        hours = made_up(dice, store, reference.begins, 45)
        reference.open(hours)
        begins, ends = dice.sample(range(DAY_MINUTES), 2)
        quiet = Quiet(begins=time(*divmod(begins, 60)), ends=time(*divmod(ends, 60)), zone=person)
        alone = [(wall - begins) % DAY_MINUTES < (ends - begins) % DAY_MINUTES for wall in home.walls]
        for _ in range(40):
            minute = dice.randrange(len(alone) // 2)
            at = reference.begins + timedelta(minutes=minute)
            waits = enumerate(zip(reference.opened[minute:], alone[minute:], strict=False))
            told = next((number for number, (is_open, left_alone) in waits if is_open and not left_alone), None)

            assert quiet.is_quiet(at) == alone[minute]
            assert quiet.over_at(at) == at + timedelta(minutes=alone[minute:].index(False))
            assert when_to_tell("critical", at, quiet, hours) == at
            if told is not None:
                assert when_to_tell("warning", at, quiet, hours) == at + timedelta(minutes=told), (quiet, hours)
                compared += 1
    assert compared > 500


def test_the_reference_has_seen_the_day_that_was_left_out():
    samoa = Reference(ZoneInfo("Pacific/Apia"), datetime(2011, 12, 15, tzinfo=UTC), 45)

    days = {samoa.first_day + wall // DAY_MINUTES for wall in samoa.walls}

    assert {date(2011, 12, 29).toordinal(), date(2011, 12, 31).toordinal()} <= days
    assert SAMOA_LEFT_OUT.toordinal() not in days
