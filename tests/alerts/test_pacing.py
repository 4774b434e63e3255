"""How one person is told: one cause is one message, too many messages are one digest, and nothing is left out."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.pacing import (
    APART,
    ENDS_WITHIN,
    GATHERED,
    MOST,
    PATIENCE,
    SHARE,
    TIME_TO_ACT,
    WITHIN,
    arrange,
    patience,
)
from tests.alerts.paging import MINUTE, NOON, PAGES, SAID, SECOND, ids, page, page_of, said


def test_ten_journeys_that_meet_one_dirty_room_are_one_message():
    ten = [page(f"visit-{number}", due_at=NOON + number * SECOND / 4) for number in range(10)]

    arranged = arrange(ten, [], NOON)

    assert [len(each) for each in arranged.messages] == [10]


def test_two_causes_are_two_messages_the_more_urgent_first():
    arranged = arrange([page("a", cause="x"), page("b", cause="y", critical=True)], [], NOON)

    assert ids(arranged.messages) == [["b:1"], ["a:1"]]


def test_nothing_is_sent_before_the_first_of_a_cause_is_due():
    arranged = arrange([page(due_at=NOON + GATHERED)], [], NOON)

    assert (arranged.messages, arranged.held, arranged.settled) == ([], {}, [])


def test_more_journeys_of_a_cause_that_was_told_lately_wait():
    at = NOON - 2 * MINUTE

    arranged = arrange([page("b")], [said(at)], NOON)

    assert arranged.messages == []
    assert arranged.held == {"b:1": at + APART}
    assert ids(arrange([page("b")], [said(at)], at + APART).messages) == [["b:1"]]


def test_what_gets_worse_of_an_alert_that_was_told_does_not_wait():
    arranged = arrange([page("a", 2, critical=True)], [said(NOON - MINUTE)], NOON, told_of={"a"})

    assert ids(arranged.messages) == [["a:2"]]


def test_more_messages_than_a_person_can_take_are_one_digest():
    many = [page(f"a{number}", cause=str(number)) for number in range(MOST + 1)]

    arranged = arrange(many, [], NOON)

    assert [len(each) for each in arranged.messages] == [MOST + 1]
    assert len(arrange(many[:-1], [], NOON).messages) == MOST


def test_after_so_many_messages_in_a_minute_all_others_wait_until_the_minute_is_over():
    lately = [said(NOON - number * SECOND, cause="", message_id=str(number)) for number in range(MOST)]

    arranged = arrange([page("a"), page("b", cause="y")], lately, NOON)

    over = NOON - (MOST - 1) * SECOND + WITHIN
    assert (arranged.messages, arranged.held) == ([], {"a:1": over, "b:1": over})
    assert ids(arrange([page("a"), page("b", cause="y")], lately, over).messages) == [["a:1", "b:1"]]


def test_a_digest_counts_as_one_message():
    digest = [said(NOON - SECOND, cause=str(number), message_id="digest") for number in range(20)]

    assert ids(arrange([page()], digest, NOON).messages) == [["a:1"]]


def test_what_is_over_before_anybody_was_told_is_told_to_nobody():
    arranged = arrange([page("a", 1), page("a", 2, calls=False, due_at=NOON + ENDS_WITHIN)], [], NOON)

    assert (arranged.messages, arranged.settled) == ([], ["a:1", "a:2"])


def test_a_journey_that_was_lost_before_anybody_was_told_is_told_all_the_same():
    arranged = arrange([page("a", 1), page("a", 2, calls=False, lost=True, due_at=NOON)], [], NOON)

    assert ids(arranged.messages) == [["a:1", "a:2"]]


def test_all_that_is_over_is_one_message_when_the_first_of_it_has_waited_long_enough():
    ends = [page(name, 2, calls=False, due_at=NOON + number * MINUTE) for number, name in enumerate("abc")]

    assert arrange(ends, [], NOON - SECOND, told_of=set("abc")).messages == []
    assert ids(arrange(ends, [], NOON, told_of=set("abc")).messages) == [["a:2", "b:2", "c:2"]]


def test_a_warning_waits_for_the_end_of_quiet_hours_and_what_is_critical_does_not():
    morning = NOON + timedelta(hours=8)

    arranged = arrange(
        [page("a"), page("b", cause="y", critical=True)],
        [],
        NOON,
        not_before=lambda each, now: now if each.critical else morning,
    )

    assert (ids(arranged.messages), arranged.held) == ([["b:1"]], {"a:1": morning})


def test_who_waits_now_is_told_of_although_the_same_was_told_of_another_lately():
    before = [said(NOON - MINUTE)]
    too_late_soon = page("b", until=NOON + TIME_TO_ACT)

    assert ids(arrange([too_late_soon], before, NOON).messages) == [["b:1"]]
    assert arrange([page("b", until=NOON + TIME_TO_ACT + MINUTE)], before, NOON).held == {"b:1": NOON + MINUTE}


def test_a_warning_waits_a_part_of_the_time_that_there_is_and_what_is_critical_or_has_no_such_time_does_not():
    hour, day = timedelta(hours=1), timedelta(days=1)

    assert patience(critical=False, at=NOON, until=NOON + hour) == hour * SHARE
    assert patience(critical=False, at=NOON, until=NOON + day) == PATIENCE
    assert patience(critical=True, at=NOON, until=NOON + day) == GATHERED
    assert patience(critical=False, at=NOON, until=None) == GATHERED
    assert patience(critical=False, at=NOON, until=NOON - day) == GATHERED


def test_what_can_wait_goes_out_with_what_does_not():
    can_wait = page("a", cause="x", due_at=NOON + 10 * MINUTE)

    assert arrange([can_wait], [], NOON).messages == []
    assert ids(arrange([can_wait, page("b", cause="y")], [], NOON).messages) == [["b:1", "a:1"]]


def test_what_has_just_begun_to_gather_stays_together():
    gathers = page("a", cause="x", due_at=NOON + GATHERED)

    assert ids(arrange([gathers, page("b", cause="y")], [], NOON).messages) == [["b:1"]]


def test_who_knows_of_it_is_told_again_with_the_next_message_or_when_it_was_quiet_for_long_enough():
    again, at = page("a", 2, critical=True, again=True), NOON - MINUTE
    before = [said(at)]

    assert arrange([again], before, NOON, told_of={"a"}).held == {"a:2": at + PATIENCE}
    assert ids(arrange([again], before, at + PATIENCE, told_of={"a"}).messages) == [["a:2"]]
    assert ids(arrange([again, page("b", cause="y")], before, NOON, told_of={"a"}).messages) == [["b:1", "a:2"]]


def test_the_next_in_line_who_knows_nothing_of_it_is_told_at_once():
    again = page("a", 2, critical=True, again=True)

    assert ids(arrange([again], [said(NOON - MINUTE, cause="y")], NOON).messages) == [["a:2"]]


def test_what_gets_worse_while_it_is_held_is_told_at_once():
    held = [page("b", 1), page("b", 2, critical=True)]

    assert ids(arrange(held, [said(NOON - MINUTE)], NOON).messages) == [["b:1", "b:2"]]


def test_in_quiet_hours_it_is_not_told_that_something_is_over():
    morning = NOON + timedelta(hours=8)

    arranged = arrange(
        [page("a", 2, calls=False, critical=True)],
        [],
        NOON,
        told_of={"a"},
        not_before=lambda each, now: now if each.critical else morning,
    )

    assert (arranged.messages, arranged.held) == ([], {"a:2": morning})


@given(PAGES, SAID, st.sets(st.sampled_from("abcdefghij")))
def test_every_page_comes_to_be_told_or_settled_each_in_one_message_and_never_more_than_so_many(pages, before, told_of):
    told, settled, now, lately = [], set(), NOON, list(before)
    by_id = {each.page_id: each for each in pages}
    for _ in range(200):
        if not by_id:
            break
        arranged = arrange(by_id.values(), lately, now, told_of=told_of)
        for number, message in enumerate(arranged.messages):
            name = f"{now}/{number}"
            lately += [said(now, cause=cause, message_id=name) for cause in {each.cause for each in message}]
            told += [each.page_id for each in message]
            told_of = told_of | {each.alert_id for each in message}
        settled |= set(arranged.settled)
        assert len({each.message_id for each in lately if each.at > now - WITHIN}) <= max(
            MOST, len({each.message_id for each in before})
        )
        for page_id, until in arranged.held.items():
            assert until > now
            by_id[page_id] = page_of(by_id[page_id], due_at=until)
        for page_id in {*(each.page_id for message in arranged.messages for each in message), *arranged.settled}:
            del by_id[page_id]
        now += 30 * SECOND
    assert not by_id
    assert sorted([*told, *settled]) == sorted(each.page_id for each in pages)
