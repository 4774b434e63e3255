"""Gaps are told to the last resort a week ahead: each once, all of them in one message, and no flood of messages."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.alerts.domain.gaps import LEAD, Told, to_tell
from services.alerts.domain.rota import Rota, Shift, Span, laid_out

RIGA = ZoneInfo("Europe/Riga")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def staffed_but(*gaps, until=60 * DAY):
    """A rota in which somebody is on call but for these spans."""
    moments = [NOW - 9 * DAY, *(moment for gap in gaps for moment in gap), NOW + until]
    spans = [
        Span(begins=begins, ends=ends, people=("anna",))
        for begins, ends in zip(moments[::2], moments[1::2], strict=True)
    ]
    return Rota(name="riga", zone=RIGA, last_resort=("owner",), calendars=(laid_out(spans),))


def gap(days, hours=0, lasts=8):
    begins = NOW + days * DAY + hours * HOUR
    return (begins, begins + lasts * HOUR)


def test_a_gap_that_was_there_all_the_time_is_told_once_and_a_week_ahead():
    ahead = gap(20)
    plan, told, messages = staffed_but(ahead), Told(), []

    for minutes in range(0, 22 * 24 * 60, 5):
        now = NOW + timedelta(minutes=minutes)
        gaps, told = to_tell(plan, told, now)
        messages += [(now, gaps)] if gaps else []

    ((when, gaps),) = messages
    assert gaps[0][0] == ahead[0]
    assert timedelta(days=7) <= ahead[0] - when <= timedelta(days=8, hours=2)


def test_a_gap_that_comes_to_be_known_late_is_told_at_once_with_all_others_in_one_message():
    gaps, told = to_tell(staffed_but(gap(1), gap(3)), Told(), NOW)

    assert gaps == (gap(1), gap(3))
    assert to_tell(staffed_but(gap(1), gap(3)), told, NOW + HOUR)[0] == ()

    later, _ = to_tell(staffed_but(gap(1), gap(2), gap(3)), told, NOW + HOUR)
    assert later == (gap(2),)


def test_a_gap_that_is_under_way_is_told_at_once_and_only_once():
    now_and_then = gap(0, -1)

    gaps, told = to_tell(staffed_but(now_and_then), Told(), NOW)

    assert gaps == ((NOW, now_and_then[1]),)
    assert to_tell(staffed_but(now_and_then), told, NOW + HOUR)[0] == ()


def test_what_is_more_than_a_week_ahead_waits_for_the_next_day_when_something_was_told_today():
    _, told = to_tell(staffed_but(gap(1)), Told(), NOW)
    far = gap(8)

    same_day, told = to_tell(staffed_but(gap(1), far), told, NOW + HOUR)
    next_day, told = to_tell(staffed_but(gap(1), far), told, NOW + 11 * HOUR)

    assert same_day == ()
    assert next_day == (far,)  # at 01:00 in Riga, 7 days and 13 hours ahead
    assert to_tell(staffed_but(gap(1), far), told, NOW + 12 * HOUR)[0] == ()


def test_a_gap_that_grows_is_told_again_and_one_that_shrinks_is_not():
    _, told = to_tell(staffed_but(gap(2, lasts=4)), Told(), NOW)

    assert to_tell(staffed_but(gap(2, lasts=3)), told, NOW + HOUR)[0] == ()
    assert to_tell(staffed_but(gap(2, lasts=5)), told, NOW + HOUR)[0] == (gap(2, lasts=5),)
    assert to_tell(staffed_but(gap(2, -1, lasts=5)), told, NOW + HOUR)[0] == (gap(2, -1, lasts=5),)


def test_a_gap_that_was_closed_and_opens_again_is_told_again():
    _, told = to_tell(staffed_but(gap(2)), Told(), NOW)
    _, told = to_tell(staffed_but(), told, NOW + HOUR)

    assert told.gaps == ()
    assert to_tell(staffed_but(gap(2)), told, NOW + 2 * HOUR)[0] == (gap(2),)


def test_where_every_night_is_a_gap_there_is_one_message_a_day_and_each_night_is_told_in_time():
    day_shift = Shift(
        turns=(("anna",),), days=frozenset(range(7)), begins=time(8), ends=time(20), since=date(2026, 1, 5)
    )
    plan = Rota(name="riga", zone=RIGA, last_resort=("owner",), shifts=(day_shift,))
    dice, told, messages, now = random.Random(5), Told(), [], NOW  # noqa: S311
    began = datetime(2026, 10, 1, 9, tzinfo=UTC)  # the clock is put back on the 25th: a day of 25 hours

    now = began
    while now < began + 40 * DAY:
        gaps, told = to_tell(plan, told, now)
        messages += [(now, gaps)] if gaps else []
        now += timedelta(minutes=dice.randint(5, 60))

    days = [when.astimezone(RIGA).date() for when, _ in messages]
    assert len(days) == len(set(days))
    assert 38 <= len(days) <= 41
    nights = {begins: when for when, gaps in messages for begins, _ in gaps}
    known_late = began + LEAD
    assert all(begins - when >= timedelta(days=7) for begins, when in nights.items() if begins > known_late)
    assert len(nights) == 48  # one for each night, none twice: 40 days, and a week ahead


def test_a_plan_that_ends_is_told_once():
    week = staffed_but(until=6 * DAY)
    told, messages = Told(), 0
    for minutes in range(0, 2 * 24 * 60, 5):
        gaps, told = to_tell(week, told, NOW + timedelta(minutes=minutes))
        messages += bool(gaps)

    assert messages == 1
