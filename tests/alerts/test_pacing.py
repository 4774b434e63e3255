"""How one person is told: one cause is one message, too many messages are one digest, and nothing is left out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.pacing import (
    APART,
    ENDS_WITHIN,
    GATHERED,
    MOST,
    PATIENCE,
    QUIETLY_APART,
    SHARE,
    TIME_TO_ACT,
    WITHIN,
    Page,
    Said,
    arrange,
    patience,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DIRTY = "riga-1\ncleanliness/restroom"


def page(alert="a", step=1, **changes):
    usual = {"cause": DIRTY, "calls": True, "critical": False, "due_at": NOON}
    return Page(page_id=f"{alert}:{step}", alert_id=alert, step=step, store="riga-1", **usual | changes)


def said(at, *, cause=DIRTY, message_id="before"):
    return Said(message_id=message_id, at=at, cause=cause)


def ids(messages):
    return [[each.page_id for each in pages] for pages in messages]


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


PAGES = st.lists(
    st.builds(
        page,
        alert=st.sampled_from("abcdefghij"),
        step=st.integers(1, 3),
        cause=st.sampled_from("xyz"),
        calls=st.booleans(),
        critical=st.booleans(),
        again=st.booleans(),
        taken=st.booleans(),
        until=st.none() | st.integers(-60, 600).map(lambda minutes: NOON + minutes * MINUTE),
        lost=st.booleans(),
        due_at=st.integers(-600, 600).map(lambda seconds: NOON + seconds * SECOND),
    ),
    unique_by=lambda each: each.page_id,
)
SAID = st.lists(
    st.builds(
        said,
        st.integers(0, 900).map(lambda seconds: NOON - seconds * SECOND),
        cause=st.sampled_from("xyz"),
        message_id=st.sampled_from("123456789"),
    ),
    unique_by=lambda each: each.message_id,
)


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


def called_for(messages):
    """The alerts that each message is a call for, by their last step, where it is one."""
    last = [{each.alert_id: each for each in message}.values() for message in messages]
    return [called for each in last if (called := {one.alert_id for one in each if one.rings})]


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


CHANGING = ("cause", "calls", "critical", "again", "taken", "until", "lost")


def page_of(each: Page, **changes) -> Page:
    return page(**{name: getattr(each, name) for name in CHANGING} | changes,
                alert=each.alert_id, step=each.step)  # fmt: skip
