"""How one person is told of what joins a cause that somebody has: named, soon, and never by a call."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.pacing import MOST, QUIETLY_APART, WITHIN, arrange
from tests.alerts.paging import MINUTE, NOON, PAGES, SAID, SECOND, ids, page, page_of, said


def test_what_somebody_has_waits_less_than_a_call_and_is_one_message_that_calls_nobody():
    lately = NOON - QUIETLY_APART / 2
    before = [said(lately), said(lately, cause="y")]
    joins = [page("b", taken=True), page("c", taken=True, cause="y")]
    later = lately + QUIETLY_APART

    assert arrange(joins, before, NOON).held == {"b:1": later, "c:1": later}
    assert ids(arrange(joins, before, later).messages) == [["b:1", "c:1"]]


def test_what_somebody_has_goes_out_with_the_next_message_and_brings_nothing_along_that_calls():
    joins, before = page("b", taken=True), [said(NOON - QUIETLY_APART / 2)]
    can_wait = page("c", cause="z", due_at=NOON + 10 * MINUTE)

    assert ids(arrange([joins, page("a", cause="y")], before, NOON).messages) == [["a:1", "b:1"]]
    assert ids(arrange([joins, can_wait], [], NOON).messages) == [["b:1"]]


def test_what_gets_worse_of_what_somebody_has_calls_at_once():
    joined = [page("b", 1, taken=False), page("b", 2, critical=True)]

    assert ids(arrange([*joined, page("c", taken=True)], [said(NOON - MINUTE)], NOON).messages) == [
        ["b:1", "b:2", "c:1"]
    ]


def test_a_call_comes_before_what_calls_nobody():
    lately = [said(NOON - number * SECOND, cause="", message_id=str(number)) for number in range(MOST - 1)]
    ready = [page("a", taken=True, critical=True), page("b", cause="y")]

    assert ids(arrange(ready, lately, NOON).messages) == [["b:1", "a:1"]]


def test_who_was_told_of_it_only_while_somebody_had_it_is_called_at_once_when_nobody_has():
    again, before = page("b", 2, critical=True, again=True), [said(NOON - MINUTE)]

    assert ids(arrange([again], before, NOON, told_of={"b"}, called_for=set()).messages) == [["b:2"]]
    assert arrange([again], before, NOON, told_of={"b"}).messages == []


def test_in_quiet_hours_nothing_is_told_of_what_somebody_has():
    morning = NOON + timedelta(hours=8)

    arranged = arrange(
        [page("a", taken=True), page("b", cause="y", critical=True)],
        [],
        NOON,
        not_before=lambda each, now: now if each.critical else morning,
    )

    assert (ids(arranged.messages), arranged.held) == ([["b:1"]], {"a:1": morning})


def called_for(messages):
    """The alerts that each message is a call for, by their last step, where it is one."""
    last = [{each.alert_id: each for each in message}.values() for message in messages]
    return [called for each in last if (called := {one.alert_id for one in each if one.calls and not one.taken})]


@given(PAGES, SAID, st.sets(st.sampled_from("abcdefghij")), st.sets(st.sampled_from("abcdefghij")))
def test_what_somebody_has_makes_no_message_a_call_and_keeps_none_from_being_one(pages, before, told_of, somebodys):
    pages = [page_of(each, taken=each.calls and each.alert_id in somebodys) for each in pages]

    without = arrange([each for each in pages if each.alert_id not in somebodys], before, NOON, told_of=told_of)
    arranged = arrange(pages, before, NOON, told_of=told_of)

    ends = [each for each in pages if not each.calls]
    if not any(each.alert_id in somebodys for each in ends):  # what is over takes along what can wait, calls or not
        assert called_for(arranged.messages) == called_for(without.messages)


@given(PAGES, SAID)
def test_what_somebody_has_waits_for_itself_or_a_little_after_what_was_said_last(pages, before):
    joins = [page_of(each, taken=True, calls=True, again=False) for each in pages]

    arranged = arrange(joins, before, NOON)

    latest = max([NOON, *(each.at + QUIETLY_APART for each in before), *(each.due_at for each in joins)])
    assert all(until <= max(latest, NOON + WITHIN) for until in arranged.held.values())
