"""What the ledger says of a promise, whole: while it is open, and whatever becomes of it."""

from datetime import timedelta

import pytest

from services.experience.domain.concept import PromiseStandard, ServiceConcept, Standard, Unit
from services.experience.domain.handoffs import InternalHandoff
from services.experience.domain.ledger import Line, Signs
from services.experience.domain.phrase import phrase
from services.experience.domain.promises import promise_lines
from tests.experience.builders import at, happened, promised

GOODS = PromiseStandard(label="goods from the warehouse", weight=0.7, confirm_within=0.5, remedy="Call them.")
CONCEPT = ServiceConcept(promises={"goods": GOODS})
DAY = 24 * 60
THREE_HOURS = timedelta(hours=3)


def heard(kind, minute, **data):
    data |= {"by_unit": "warehouse"} if kind in ("confirmed", "declined") else {}
    return happened(f"promise.{kind}", minute, promise_id="p", **data)


def put_off(minute, due, *, agreed):
    return heard("rescheduled", minute, due=at(due), customer_agreed=agreed)


def the_line(*happenings, minutes=60, made=None):
    (line,) = promise_lines([made or promised(), *happenings], CONCEPT, now=at(minutes), internal=[])
    return line


def line(**changes):
    """A promise of three hours, made in minute 0 and open after one, as the ledger has it."""
    return Line(
        id="promise/p",
        standard=Standard(
            touchpoint="promise:goods",
            label="goods from the warehouse",
            unit=Unit.SECONDS,
            expected=3 * 3600.0,
            weight=0.7,
            remedy="Call them.",
            call="warehouse",
        ),
        state="made",
        began_at=at(0),
        due=at(180),
        confirm_by=at(90),
        said_by="staff",
        expected=phrase("expected.by_time", what="goods from the warehouse", due=at(180)),
        is_promise=True,
        carried_by=("warehouse",),
        told=phrase("promise.unconfirmed", unit="warehouse"),
    )._replace(**changes)


OPEN = {"settled": False, "signs": Signs(what="goods", used=1 / 3, carried_by=("warehouse",))}


def signs(**changes):
    return OPEN["signs"]._replace(**changes)


def test_an_open_promise_is_in_the_ledger_with_all_that_bears_on_its_chance():
    assert the_line() == line(**OPEN)
    assert the_line(minutes=90) == line(settled=False, signs=signs(used=0.5, unconfirmed=True))


def test_what_the_unit_said_last_is_what_counts():
    told = phrase("promise.confirmed", unit="warehouse")
    assert the_line(heard("confirmed", 5), minutes=90) == line(
        state="confirmed", told=told, settled=False, signs=signs(used=0.5, confirmed=True)
    )
    assert the_line(heard("confirmed", 5), heard("declined", 6)) == line(
        state="declined",
        told=phrase("promise.declined", unit="warehouse"),
        settled=False,
        signs=signs(declined=True),
        gap="communication",
    )


@pytest.mark.parametrize(
    ("due", "state", "told"),
    [
        (170, "made", "promise.unconfirmed"),
        (180, "made", "promise.unconfirmed"),
        (181, "declined", "promise.put_off"),
    ],
)
def test_to_put_it_off_without_consent_is_to_decline_it_unless_it_is_no_later(due, state, told):
    found = the_line(put_off(10, due, agreed=False))

    assert (found.state, found.told) == (state, phrase(told, unit="warehouse"))


def test_a_failed_attempt_to_deliver_makes_it_doubtful():
    failed = happened("delivery.failed", 10, promise_id="p")

    assert the_line(failed) == line(settled=False, signs=signs(slipped=True))


def test_it_is_known_who_made_it_and_by_when_it_had_to_be_confirmed_where_that_was_said():
    made = promised(made_by="marketing", confirm_by=at(10))

    assert the_line(made=made) == line(
        **OPEN | {"said_by": "marketing", "confirm_by": at(10), "signs": signs(unconfirmed=True)}
    )


@pytest.mark.parametrize(
    ("due", "code"), [(DAY - 1, "expected.by_time"), (DAY, "expected.by_day"), (2 * DAY - 1, "expected.by_day")]
)
def test_within_a_day_the_hour_is_what_was_expected_and_else_the_day(due, code):
    expected = the_line(made=promised(due=due)).expected

    assert expected == phrase(code, what="goods from the warehouse", due=at(due))


@pytest.mark.parametrize(
    ("minute", "told"),
    [
        (135, phrase("promise.kept", early=timedelta(minutes=45))),
        (180, phrase("promise.kept", early=timedelta())),
    ],
)
def test_done_in_time_it_is_kept(minute, told):
    assert the_line(heard("kept", minute), minutes=300) == line(
        state="kept", at=at(minute), experienced=minute * 60.0, ratio=180 / minute, told=told
    )


@pytest.mark.parametrize(
    ("before", "gap"),
    [([], "communication"), ([heard("confirmed", 5)], "performance"), ([heard("declined", 5)], "communication")],
)
def test_done_late_it_is_broken_by_whom_it_was_confirmed_or_over_their_head(before, gap):
    told = phrase("promise.late", late=timedelta(minutes=20))
    assert the_line(*before, heard("kept", 200), minutes=300) == line(
        state="broken", at=at(200), experienced=200 * 60.0, ratio=0.9, told=told, gap=gap
    )


@pytest.mark.parametrize(("before", "gap"), [([], "communication"), ([heard("confirmed", 5)], "performance")])
def test_never_done_it_is_broken_when_it_is_due_or_given_up_before(before, gap):
    broken = line(state="broken", at=at(180), ratio=0.0, told=phrase("promise.not_done"), gap=gap)

    assert the_line(*before, minutes=180) == broken
    assert the_line(*before, heard("broken", 100), minutes=101) == broken._replace(at=at(100))
    assert the_line(*before, heard("broken", 200), minutes=201) == broken


@pytest.mark.parametrize(("agreed_at", "state"), [(99, "broken"), (100, "made"), (101, "made")])
def test_given_up_it_is_made_whole_by_a_new_time_that_the_customer_agrees_to_afterwards(agreed_at, state):
    story = sorted([heard("broken", 100), put_off(agreed_at, 400, agreed=True)], key=lambda each: each.at)

    assert the_line(*story, minutes=150).state == state


@pytest.mark.parametrize(("agreed_at", "due"), [(179, 400), (180, 400), (181, 180)])
def test_a_new_time_counts_when_it_was_agreed_on_before_the_old_one_had_passed(agreed_at, due):
    assert the_line(put_off(agreed_at, 400, agreed=True), minutes=190).due == at(due)


def test_taken_back_in_time_it_is_withdrawn():
    withdrawn = line(state="withdrawn", at=at(100), ratio=1.0, told=phrase("promise.withdrawn"))

    assert the_line(heard("withdrawn", 100), minutes=300) == withdrawn
    assert the_line(heard("withdrawn", 180), minutes=300) == withdrawn._replace(at=at(180))
    assert the_line(heard("withdrawn", 181), minutes=300).state == "broken"


@pytest.mark.parametrize(
    ("withdrawn", "kept", "state"),
    [(100, 180, "kept"), (100, 181, "withdrawn"), (180, 200, "withdrawn"), (181, 200, "broken")],
)
def test_taken_back_and_done_all_the_same_it_is_kept_in_time_and_else_what_came_first(withdrawn, kept, state):
    assert the_line(heard("withdrawn", withdrawn), heard("kept", kept), minutes=300).state == state


def test_what_is_delivered_otherwise_than_ordered_is_not_what_was_promised():
    deliveries = [
        happened("delivery.completed", minute, promise_id="p", condition=condition)
        for minute, condition in [(30, "damaged"), (60, "as_ordered"), (90, "as_ordered")]
    ]

    assert [the_line(*deliveries[:count], minutes=100).state for count in (1, 2)] == ["made", "kept"]
    assert the_line(*deliveries, minutes=100).at == at(60)


@pytest.mark.parametrize(
    ("accepted", "share"),
    [
        ([], 0.0),
        ([45], 0.25),
        ([45, 90], 0.5),
        ([-5], 0.0),
        ([180], 1.0),
        ([400], 1.0),
        ([None], 2 / 3),
        ([None, 150], 5 / 6),
    ],
)
def test_how_late_the_work_was_handed_over_is_the_share_of_its_span_until_the_last_was_accepted(accepted, share):
    handoffs = [
        InternalHandoff("p", "van", slipped=False, accepted_at=None if each is None else at(each)) for each in accepted
    ]
    about_another = InternalHandoff("other", "van", slipped=False, accepted_at=at(170))

    (found,) = promise_lines([promised()], CONCEPT, now=at(120), internal=[*handoffs, about_another])

    assert found.handoff_share == pytest.approx(share)
    assert found.carried_by == (("warehouse", "van") if accepted else ("warehouse",))


def test_what_is_told_of_a_promise_that_nobody_heard_of_waits_for_it():
    assert promise_lines([heard("kept", 5)], CONCEPT, now=at(10), internal=[]) == []
