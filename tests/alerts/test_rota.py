"""Who is on call, through years of shifts, exceptions and clocks that are put forward and back: never nobody."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.domain.rota import Override, Rota, Shift

ZONES = ["Europe/Riga", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
PEOPLE = ["anna", "boris", "carl", "dace", "egils"]
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
YEARS = 5
ROTAS = 20
RIGA = ZoneInfo("Europe/Riga")
MONDAY = date(2026, 1, 5)


def shift(*people, days=range(7), begins="00:00", ends="00:00", turns=None, since=MONDAY):
    return Shift(
        turns=turns or (people,),
        days=frozenset(days),
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
        since=since,
    )


def rota(*shifts, overrides=(), zone=RIGA):
    return Rota(name="riga", zone=zone, last_resort=("owner",), shifts=shifts, overrides=tuple(overrides))


def riga(written):
    return datetime.fromisoformat(written).replace(tzinfo=RIGA)


def made_up(dice: random.Random) -> Rota:
    shifts = []
    for _ in range(dice.randint(1, 5)):
        turns = tuple(tuple(dice.sample(PEOPLE, dice.randint(1, 3))) for _ in range(dice.randint(1, 4)))
        days = dice.sample(range(7), dice.randint(1, 7))
        begins, ends = (f"{dice.randrange(24):02}:{dice.choice(['00', '30'])}" for _ in range(2))
        shifts.append(shift(days=days, begins=begins, ends=ends, turns=turns, since=MONDAY))
    overrides = []
    for _ in range(dice.randint(0, 30)):
        begins = datetime(2024, 1, 1) + timedelta(hours=dice.randrange(YEARS * 8766))  # noqa: DTZ001  # by the wall
        people = tuple(dice.sample(PEOPLE, dice.randint(0, 2)))
        overrides.append(Override(begins=begins, ends=begins + timedelta(hours=dice.randint(1, 200)), people=people))
    return rota(*shifts, overrides=overrides, zone=ZoneInfo(dice.choice(ZONES)))


def written_out(plan: Rota) -> dict[datetime, tuple[str, ...]]:
    """The reference: who is planned for each half hour of the wall clock, day by day, as one fills in a calendar."""
    calendar: dict[datetime, tuple[str, ...]] = {}
    half = timedelta(minutes=30)
    for each in plan.shifts:
        filled: dict[datetime, tuple[str, ...]] = {}
        for number in range(-3, YEARS * 366 + 3):
            day = BEGAN.date() + timedelta(days=number)
            if day.weekday() not in each.days:
                continue
            week = (day.toordinal() - 1) // 7 - (each.since.toordinal() - 1) // 7
            moment = datetime.combine(day, each.begins)
            ends = datetime.combine(day, each.ends)
            if each.ends <= each.begins:
                ends += timedelta(days=1)
            while moment < ends:
                # A shift of the same kind that began later goes on where this one is over.
                filled[moment] = each.turns[week % len(each.turns)]
                moment += half
        for moment, people in filled.items():
            calendar[moment] = (*calendar.get(moment, ()), *people)
    for override in plan.overrides:
        moment = override.begins
        while moment < override.ends:
            calendar[moment] = override.people
            moment += half
    return calendar


def test_in_every_hour_of_five_years_somebody_is_on_call_and_it_is_who_the_calendar_says(record_property):
    dice = random.Random(20261122)  # noqa: S311
    asked = 0
    for _ in range(ROTAS):
        plan = made_up(dice)
        calendar = written_out(plan)
        for hour in range(YEARS * 8766):
            at = BEGAN + timedelta(hours=hour)
            found = plan.on_call(at)
            wall = at.astimezone(plan.zone).replace(tzinfo=None, fold=0)
            planned = calendar.get(wall.replace(minute=30 * (wall.minute // 30)), ())
            expected = tuple(dict.fromkeys((*planned, *plan.last_resort)))
            assert (found.people, found.by_plan) == (expected, bool(planned)), (plan, at)
            asked += 1
    record_property("hours in which somebody was on call", asked)


def test_who_begins_in_the_evening_has_the_night_too():
    night = rota(shift("anna", days=[4], begins="22:00", ends="06:00"))

    assert night.on_call(riga("2026-11-20 21:59")).people == ("owner",)
    assert night.on_call(riga("2026-11-20 22:00")).people == ("anna", "owner")
    assert night.on_call(riga("2026-11-21 05:59")).people == ("anna", "owner")
    assert not night.on_call(riga("2026-11-21 06:00")).by_plan


def test_groups_take_turns_by_the_week():
    weekly = rota(shift(turns=(("anna", "boris"), ("carl",)), since=MONDAY))

    assert weekly.on_call(riga("2026-01-11 23:59")).people == ("anna", "boris", "owner")
    assert weekly.on_call(riga("2026-01-12 00:00")).people == ("carl", "owner")
    assert weekly.on_call(riga("2026-01-19 12:00")).people == ("anna", "boris", "owner")
    assert weekly.on_call(riga("2026-01-04 12:00")).people == ("carl", "owner")


def test_the_last_exception_counts_and_an_empty_one_leaves_the_shift_out():
    begins, ends = datetime(2026, 12, 24, 12), datetime(2026, 12, 27)  # noqa: DTZ001  # by the wall
    boxing_day = datetime(2026, 12, 26)  # noqa: DTZ001
    feast = rota(
        shift("anna"),
        overrides=[
            Override(begins=begins, ends=ends, people=("boris",)),
            Override(begins=boxing_day, ends=ends, people=()),
        ],
    )

    assert feast.on_call(riga("2026-12-24 11:59")).people == ("anna", "owner")
    assert feast.on_call(riga("2026-12-25 12:00")).people == ("boris", "owner")
    assert feast.on_call(riga("2026-12-26 12:00")).people == ("owner",)


@pytest.mark.parametrize("night", ["2026-03-28", "2026-10-24"])
def test_the_night_in_which_clocks_are_changed_has_no_hole(night):
    around = rota(shift("anna", begins="08:00", ends="20:00"), shift("boris", begins="20:00", ends="08:00"))
    begins = riga(f"{night} 18:00").astimezone(UTC)

    people = [around.on_call(begins + timedelta(minutes=each)).people[0] for each in range(20 * 60)]

    assert set(people) == {"anna", "boris"}
    assert list(around.gaps(begins, begins + timedelta(days=2))) == []


def test_gaps_are_told_to_the_minute_also_where_the_clock_leaves_out_their_end():
    # In Riga the clock went from 03:00 to 04:00 in that night: 03:30 was never shown.
    plan = rota(shift("anna", begins="03:30", ends="01:00"))

    gaps = list(plan.gaps(riga("2026-03-28 12:00"), riga("2026-03-29 12:00")))

    assert gaps == [(riga("2026-03-29 01:00"), riga("2026-03-29 04:00"))]


def test_a_gap_in_the_hour_that_the_clock_shows_twice_is_told_twice():
    plan = rota(shift("anna", begins="03:40", ends="03:10"))
    night = datetime(2026, 10, 25, tzinfo=UTC)

    gaps = list(plan.gaps(night, night + timedelta(hours=12)))

    assert [(begins.strftime("%H:%M"), ends.strftime("%H:%M")) for begins, ends in gaps] == [
        ("00:10", "00:40"),
        ("01:10", "01:40"),
    ]


def test_gaps_are_the_spans_in_which_nobody_is_on_call_by_plan():
    dice = random.Random(4)  # noqa: S311
    for _ in range(10):
        plan = made_up(dice)
        since = BEGAN + timedelta(days=dice.randrange(700))
        until = since + timedelta(days=30)
        gaps = list(plan.gaps(since, until))
        for quarter in range(30 * 96):
            at = since + timedelta(minutes=15 * quarter)
            assert plan.on_call(at).by_plan != any(begins <= at < ends for begins, ends in gaps)
