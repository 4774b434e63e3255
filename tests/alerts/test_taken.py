"""Whose a cause is: from when somebody takes one of its alerts, for how long, and what puts an end to that."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.alert import Act, Snooze, State, cause_of, is_shared
from services.alerts.domain.taken import HOLDS, covers, taken
from tests.alerts.builders import NOON, alert, finding

MINUTE = timedelta(minutes=1)
DIRTY = finding("cleanliness/toilet", severity="warning", until=None)
WORSE = finding("cleanliness/toilet", severity="critical", until=None)


def one(journey="visit-1", *, from_=0, until=None, taken_at=None, **changes):
    """An alert that was open between two minutes, and was acknowledged in a third."""
    ended = {} if until is None else {"state": State.RESOLVED, "closed_at": NOON + until * MINUTE}
    act = None if taken_at is None else Act(by="anna", at=NOON + taken_at * MINUTE)
    usual = {"finding": DIRTY, "opened_at": NOON + from_ * MINUTE, "acknowledged": act}
    return alert(journey=journey, **usual | ended | changes)


def at(minute):
    return NOON + minute * MINUTE


def test_a_cause_is_somebodys_from_the_acknowledgement_for_an_hour():
    mine = one(taken_at=5)

    assert taken([mine], at(4)) == []
    assert taken([mine], at(5)) == [mine]
    assert taken([mine], at(5) + HOLDS - timedelta(microseconds=1)) == [mine]
    assert taken([mine], at(5) + HOLDS) == []


def test_a_cause_that_nobody_has_taken_is_nobodys():
    assert taken([one(), one("visit-2")], at(1)) == []
    assert taken([], at(1)) == []


def test_what_was_given_back_put_off_or_closed_is_nobodys_any_more():
    put_off = one(snoozed=Snooze(by="anna", at=at(2), until=at(30)))
    closed = one(taken_at=1, state=State.CLOSED, closed_at=at(2), closed=Act(by="anna", at=at(2)))

    assert taken([one(), put_off, closed, one("visit-2")], at(3)) == []


def test_a_customer_who_has_gone_leaves_the_cause_to_who_took_it_as_long_as_it_goes_on():
    gone, after, last = one(until=10, taken_at=2), one("visit-2", from_=8, until=20), one("visit-3", from_=15)

    assert taken([last, gone, after], at(25)) == [gone]
    assert taken([gone, last], at(25)) == [], "between the tenth minute and the fifteenth there was nothing"


def test_when_nothing_of_a_cause_is_open_any_more_it_has_stopped():
    assert taken([one(until=10, taken_at=2)], at(11)) == []


def test_a_milder_alert_covers_nothing_more_severe_and_neither_does_what_got_worse_since_it_was_taken():
    warned, grave = one(taken_at=1), one(taken_at=1, finding=WORSE)
    got_worse = one(taken_at=1, finding=WORSE, escalated_at=at(2))
    known_to_be_worse = one(taken_at=3, finding=WORSE, escalated_at=at(2))

    assert [covers(warned, each) for each in ("warning", "critical")] == [True, False]
    assert [covers(grave, each) for each in ("warning", "critical")] == [True, True]
    assert [covers(got_worse, each) for each in ("warning", "critical")] == [True, False]
    assert covers(known_to_be_worse, "critical")


def test_all_who_wait_at_a_stage_have_one_cause_and_each_promise_is_one_of_its_own():
    assert cause_of("stage/checkout/17@/riga-1") == cause_of("stage/checkout/18@/riga-1") == "stage/checkout"
    assert cause_of("promise/goods-1") == "promise/goods-1"
    assert cause_of("cleanliness/toilet/first floor") == "cleanliness/toilet/first floor"
    assert cause_of("stages/all") == "stages/all"


def test_a_room_and_a_queue_are_put_right_for_all_at_once_and_whoever_waits_at_the_door_is_not():
    assert [is_shared(each) for each in ("cleanliness/toilet", "stage/checkout")] == [True, True]
    assert [
        is_shared(each) for each in ("greeting", "stages/all", "promise/goods", "conduct/courtesy/1", "neglect")
    ] == ([False] * 5)


SPANS = st.lists(
    st.builds(
        lambda journey, from_, length, after: one(
            journey,
            from_=from_,
            until=None if length is None else from_ + length,
            taken_at=None if after is None else from_ + (after if length is None else min(after, length)),
        ),
        st.uuids().map(str),
        st.integers(0, 120),
        st.none() | st.integers(0, 60),
        st.none() | st.integers(0, 60),
    ),
    max_size=8,
)


@given(SPANS, st.integers(0, 240))
def test_whoever_has_a_cause_took_it_within_the_hour_and_something_of_it_was_open_in_each_minute_since(alerts, minute):
    there = [each for each in alerts if each.opened_at <= at(minute)]

    mine = taken(there, at(minute))

    def is_open(moment):
        return any(each.opened_at <= moment <= (each.closed_at or at(minute)) for each in there)

    expected = []
    for each in there:
        if each.acknowledged is None or not each.acknowledged.at <= at(minute) < each.acknowledged.at + HOLDS:
            continue
        end = each.closed_at or at(minute)
        halves = [end + number * MINUTE / 2 for number in range(int((at(minute) - end) / (MINUTE / 2)) + 1)]
        if all(map(is_open, halves)):
            expected.append(each)
    assert mine == expected
