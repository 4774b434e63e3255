"""Opening hours of a store and quiet hours of a person, case by case; by the minute: test_hours_by_the_minute.py."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.domain.hours import Hours, Span
from services.alerts.domain.quiet import Quiet, when_to_tell

RIGA = ZoneInfo("Europe/Riga")
APIA = ZoneInfo("Pacific/Apia")
HOUR = timedelta(hours=1)


def span(begins, ends):
    return Span(begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))


def every_day(*spans, zone=RIGA, **more):
    return Hours(zone=zone, week=dict.fromkeys(range(7), spans), **more)


def wall(written, zone=RIGA):
    return datetime.fromisoformat(written).replace(tzinfo=zone)


SHOP = Hours(zone=RIGA, week=dict.fromkeys(range(5), (span("08:00", "12:00"), span("13:00", "17:00"))))
BAR = every_day(span("20:00", "02:00"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-20 07:59", "2026-11-20 08:00"),
        ("2026-11-20 08:00", "2026-11-20 08:00"),
        ("2026-11-20 12:00", "2026-11-20 13:00"),
        ("2026-11-20 16:59:59.5", "2026-11-20 16:59:59.5"),
        ("2026-11-20 17:00", "2026-11-23 08:00"),  # a Friday
    ],
)
def test_a_shop_with_a_break_opens_twice_a_day_and_not_at_the_weekend(at, opens):
    assert SHOP.next_opening(wall(at)) == wall(opens)
    assert SHOP.is_open(wall(at)) == (at == opens)


def test_opening_time_passes_only_while_it_is_open():
    # Friday 16:30 to Monday 13:15: 30 minutes, 4 hours, 15 minutes.
    assert SHOP.open_between(wall("2026-11-20 16:30"), wall("2026-11-23 13:15")) == 4.75 * HOUR
    assert SHOP.after(wall("2026-11-20 16:30"), 4.75 * HOUR) == wall("2026-11-23 13:15")
    assert SHOP.after(wall("2026-11-20 16:30"), HOUR / 2) == wall("2026-11-20 17:00")
    assert SHOP.after(wall("2026-11-21 10:00"), timedelta()) == wall("2026-11-21 10:00")


def test_between_two_instants_in_the_wrong_order_is_nothing_and_less_than_nothing_never_passes():
    assert SHOP.open_between(wall("2026-11-20 12:00"), wall("2026-11-20 09:00")) == timedelta()
    with pytest.raises(ValueError, match="must be 0 or more, got -1 day"):
        SHOP.after(wall("2026-11-20 12:00"), -HOUR)


def test_in_the_hour_that_is_shown_twice_it_is_open_twice_and_in_the_one_left_out_not_at_all():
    night = every_day(span("03:00", "04:00"))

    assert night.open_between(wall("2026-10-25 00:00"), wall("2026-10-25 12:00")) == 2 * HOUR
    assert night.open_between(wall("2026-03-29 00:00"), wall("2026-03-29 12:00")) == timedelta()
    assert night.next_opening(wall("2026-03-28 04:00")) == wall("2026-03-30 03:00")


def test_a_day_that_was_left_out_altogether_had_no_hours():
    # Samoa went from Thursday, 29 December 2011 to Saturday, 31 December.
    fridays = Hours(zone=APIA, week={4: (span("09:00", "17:00"),)})

    assert fridays.next_opening(wall("2011-12-24 09:00", APIA)) == wall("2012-01-06 09:00", APIA)


def test_on_a_holiday_nothing_begins_but_the_evening_before_goes_on():
    christmas = every_day(span("20:00", "02:00"), holidays=frozenset({date(2026, 12, 25)}))

    assert christmas.is_open(wall("2026-12-25 01:59"))
    assert christmas.next_opening(wall("2026-12-25 02:00")) == wall("2026-12-26 20:00")


def test_an_exception_counts_whatever_the_week_and_the_holidays_say():
    eve, day = date(2026, 12, 24), date(2026, 12, 25)
    hours = every_day(
        span("08:00", "20:00"),
        holidays=frozenset({eve}),
        exceptions={eve: (span("08:00", "14:00"),), day: ()},
    )

    assert hours.is_open(wall("2026-12-24 13:59"))
    assert hours.next_opening(wall("2026-12-24 14:00")) == wall("2026-12-26 08:00")


def test_spans_that_overlap_count_once():
    both = every_day(span("08:00", "12:00"), span("10:00", "14:00"), span("09:00", "11:00"))

    assert both.open_between(wall("2026-11-20 00:00"), wall("2026-11-21 00:00")) == 6 * HOUR


def test_a_span_that_ends_when_it_begins_lasts_for_a_day():
    always = every_day(span("08:00", "08:00"))

    assert always.open_between(wall("2026-10-24 00:00"), wall("2026-10-26 00:00")) == 49 * HOUR


def test_what_does_not_open_within_a_year_has_no_next_opening():
    closed = every_day(exceptions={date(2027, 11, 22): (span("08:00", "09:00"),)})

    assert closed.next_opening(wall("2026-11-20 08:00")) is None
    assert closed.next_opening(wall("2026-11-22 08:00")) == wall("2027-11-22 08:00")
    assert closed.after(wall("2026-11-22 08:00"), HOUR) == wall("2027-11-22 09:00")
    assert closed.after(wall("2026-11-22 08:00"), 2 * HOUR) is None


def test_hours_can_be_looked_up():
    assert {every_day(span("08:00", "12:00")): 1}[every_day(span("08:00", "12:00"))] == 1


def test_what_comes_out_is_an_instant_in_utc():
    assert SHOP.next_opening(wall("2026-11-21 08:00")).tzinfo is UTC
    assert SHOP.next_opening(wall("2026-11-20 08:00")).tzinfo is UTC
    assert SHOP.after(wall("2026-11-20 08:00"), timedelta()).tzinfo is UTC


NIGHT = Quiet(begins=time(22), ends=time(7), zone=RIGA)


def test_somebody_is_left_alone_until_the_morning():
    assert not NIGHT.is_quiet(wall("2026-11-20 21:59"))
    assert NIGHT.is_quiet(wall("2026-11-20 22:00"))
    assert NIGHT.is_quiet(wall("2026-11-21 06:59"))
    assert NIGHT.over_at(wall("2026-11-20 22:00")) == wall("2026-11-21 07:00")
    assert NIGHT.over_at(wall("2026-11-21 07:00")) == wall("2026-11-21 07:00")


def test_a_rest_at_noon_is_over_the_same_day():
    noon = Quiet(begins=time(12), ends=time(13, 30), zone=RIGA)

    assert [noon.is_quiet(wall(f"2026-11-20 {at}")) for at in ("11:59", "12:00", "13:29", "13:30")] == [
        False,
        True,
        True,
        False,
    ]
    assert noon.over_at(wall("2026-11-20 12:00")) == wall("2026-11-20 13:30")


def test_quiet_hours_whose_end_the_clock_leaves_out_are_over_when_it_goes_on():
    # In Riga the clock went from 03:00 to 04:00 in that night.
    short = Quiet(begins=time(22), ends=time(3, 30), zone=RIGA)

    assert short.over_at(wall("2026-03-29 01:00")) == wall("2026-03-29 04:00")


def test_quiet_hours_that_never_end_are_refused():
    with pytest.raises(ValueError, match="another time than they begin, got 22:00"):
        Quiet(begins=time(22), ends=time(22), zone=RIGA)


def test_what_is_critical_comes_through():
    at = wall("2026-11-21 03:00")

    assert when_to_tell("critical", at, NIGHT, SHOP) == at


@pytest.mark.parametrize(
    ("at", "quiet", "hours", "told"),
    [
        ("2026-11-21 03:00", None, None, "2026-11-21 03:00"),
        ("2026-11-21 03:00", NIGHT, None, "2026-11-21 07:00"),
        ("2026-11-21 03:00", None, SHOP, "2026-11-23 08:00"),
        ("2026-11-20 12:30", NIGHT, SHOP, "2026-11-20 13:00"),
        ("2026-11-20 14:00", NIGHT, SHOP, "2026-11-20 14:00"),
        # They are left alone until 07:00, and then it is closed again.
        ("2026-11-20 23:00", NIGHT, BAR, "2026-11-21 20:00"),
        ("2026-11-20 12:00", NIGHT, BAR, "2026-11-20 20:00"),
    ],
)
def test_a_warning_waits_until_it_is_open_and_they_are_not_left_alone(at, quiet, hours, told):
    assert when_to_tell("warning", wall(at), quiet, hours) == wall(told)


@pytest.mark.parametrize("hours", [every_day(span("23:00", "05:00")), every_day()], ids=["nights", "never"])
def test_a_warning_that_would_never_be_told_waits_for_the_end_of_the_quiet_hours_alone(hours):
    assert when_to_tell("warning", wall("2026-11-20 23:30"), NIGHT, hours) == wall("2026-11-21 07:00")
