"""The course of a journey: when it began, how it ended, and when it closes."""

import pytest

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import LONGEST_LABEL, Happening, in_order
from services.experience.domain.journey import Course, course_of
from tests.experience.builders import START, at, happened, promised, standing

DAY = 24 * 60


def arrived(minute=0, channel="door"):
    return happened("customer.arrived", minute, channel=channel)


def left(minute, outcome="served"):
    return happened("customer.left", minute, outcome=outcome)


def delivered(minute, condition="as_ordered"):
    return happened("delivery.completed", minute, condition=condition)


def course(**changes):
    """A journey that began in minute 0, of which nothing has been heard since."""
    running = {"left_at": None, "gave_up_at": None, "completed": False, "in_store": True}
    return Course(**{"began_at": at(0), "last_at": at(0), **running, **changes})


@pytest.mark.parametrize(
    ("happenings", "changes"),
    [
        ([arrived()], {}),
        ([happened("journey.begun", 0)], {}),
        ([arrived(), left(9)], {"last_at": at(9), "left_at": at(9), "completed": True}),
        (
            [arrived(), left(9, "abandoned")],
            {"last_at": at(9), "left_at": at(9), "gave_up_at": at(9), "completed": True},
        ),
        # Who comes back and is served has not given up.
        ([arrived(), left(9, "abandoned"), left(20)], {"last_at": at(20), "left_at": at(20), "completed": True}),
        ([arrived(0), arrived(5, "web")], {"last_at": at(5)}),
        # In person a customer is there until they leave; elsewhere it is over when everything is delivered.
        ([arrived(), delivered(9)], {"last_at": at(9)}),
        ([arrived(0, "web"), delivered(9)], {"last_at": at(9), "completed": True, "in_store": False}),
        ([arrived(0, "web"), delivered(9, "damaged")], {"last_at": at(9), "in_store": False}),
        ([happened("journey.begun", 0), delivered(9)], {"last_at": at(9), "completed": True}),
        # A verdict is told about a journey, and is no part of it.
        ([arrived(), happened("feedback.given", 9)], {}),
        ([happened("mystery_visit.reported", -9), arrived()], {}),
    ],
)
def test_the_course_of_a_journey(happenings, changes):
    assert course_of(happenings) == course(**changes)


def test_verdicts_alone_are_no_journey():
    assert course_of([happened("feedback.given", 0), happened("mystery_visit.reported", 0)]) is None


PROBLEM = happened("problem.reported", 5, problem_id="q", touchpoint="desk", kind="complaint", severity="minor")


@pytest.mark.parametrize(
    ("happenings", "closes"),
    [
        ([arrived(), left(9)], 9 + 30),
        ([arrived(), left(9), happened("conduct.observed", 12, touchpoint="x", aspect="x", score=3)], 12 + 30),
        ([arrived()], DAY),
        ([arrived(), PROBLEM, left(9)], 9 + DAY),
        ([arrived(), promised(), left(9)], None),
        ([arrived(), promised(), left(9), happened("promise.kept", 50, promise_id="p")], 50 + 30),
        ([arrived(), promised(due=40), left(9)], 40 + 30),
        ([arrived(), promised(due=40), left(99), happened("promise.kept", 50, promise_id="p")], 99 + 30),
    ],
)
def test_a_journey_closes_when_nothing_is_open_and_it_has_been_quiet(happenings, closes):
    stands = standing(happenings, ServiceConcept(), minutes=100 if closes is None else closes - 0.001)

    assert stands.closes_at == (None if closes is None else at(closes))
    assert not stands.closed
    if closes is not None:
        assert standing(happenings, ServiceConcept(), minutes=closes).closed


def test_what_tells_a_happening_from_every_other_stays_short_enough_for_the_name_of_a_line():
    def label(number):
        return Happening(("riga-1", "/till@door", number), "conduct.observed", START, "j").label

    assert label("a/b@c%") == "a%2Fb%40c%25@/till@door"
    longest = "x" * (LONGEST_LABEL - len("@/till@door"))
    assert label(longest) == f"{longest}@/till@door"
    assert len(label(f"{longest}x")) == 64
    assert label(f"{longest}x") != label(f"{longest}y")


def test_of_two_happenings_that_claim_one_identity_the_earlier_is_believed_and_else_what_it_says_decides():
    def claim(minute, kind="promise.kept", journey="j", **data):
        return Happening(("riga-1", "/till", "1"), kind, at(minute), journey, data)

    for first, second in [
        (claim(1), claim(2)),
        (claim(1, "promise.broken"), claim(1)),
        (claim(1, reason="a"), claim(1, reason="b")),
        (claim(1, journey="a"), claim(1, journey="b")),
        (claim(1, journey=None), claim(1, journey="A")),
    ]:
        assert in_order([first, second]) == in_order([second, first]) == [first]
