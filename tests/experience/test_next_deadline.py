"""When a journey is looked at again although nothing happens: no later than somebody has to be told something."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.experience.domain.attention import lines_at_risk
from services.experience.domain.concept import Costs, ServiceConcept
from services.experience.domain.deadlines import next_deadline
from services.experience.domain.happening import in_order
from services.experience.domain.parameters import Outlook
from tests.experience.builders import at, happened, promised, standing, within
from tests.experience.generated.concepts import concepts
from tests.experience.generated.histories import LEFT, journeys, store_wide
from tests.experience.generated.ledgers import Recorded
from tests.experience.generated.numbers import shares

CALM = ServiceConcept(costs=Costs(intervention=1, effectiveness=1, bad_outcome=1.01))
"""A concept in which nobody is ever called."""
DAY = 24 * 60
ARRIVED = happened("customer.arrived", 0, channel="door")
GONE = happened("customer.left", 20, outcome="served")
PROBLEM = happened("problem.reported", 0, problem_id="q", touchpoint="desk", kind="complaint", severity="minor")
OWNED = happened("problem.owned", 2, problem_id="q", by_unit="desk")
CONFIRMED = happened("promise.confirmed", 5, promise_id="p", by_unit="warehouse")


def deadline(*happenings, minutes, concept=CALM, before=None):
    told = in_order(happenings)
    return next_deadline(
        standing(told, concept, minutes=minutes), told, [], before=None if before is None else at(before)
    )


@pytest.mark.parametrize(
    ("happenings", "minutes", "expected"),
    [
        # A promise: by when it has to be confirmed, when it is due, and when the journey closes.
        ([promised()], 0, 45),
        ([promised()], 45, 180),
        ([promised(), CONFIRMED], 6, 180),
        ([promised()], 180, 180 + DAY),
        # A problem: by when it has to be owned, and put right; the journey closes later.
        ([PROBLEM], 0, 10),
        ([PROBLEM], 10, DAY),
        ([PROBLEM, OWNED], 3, DAY),
        # What comes first of several.
        ([promised(), PROBLEM], 0, 10),
        ([promised(), PROBLEM], 10, 45),
        # The closing: half an hour after the customer has left, or a day after the last news.
        ([ARRIVED], 0, DAY),
        ([ARRIVED, GONE], 20, 50),
    ],
)
def test_the_next_deadline_is_the_first_instant_that_is_written_down(happenings, minutes, expected):
    assert deadline(*happenings, minutes=minutes) == at(expected)


def test_a_journey_that_has_closed_has_no_deadline():
    assert deadline(ARRIVED, GONE, minutes=50) is None
    assert deadline(ARRIVED, GONE, minutes=50, before=60) is None


def test_nothing_later_is_looked_for_than_the_caller_looks_again_anyway():
    assert deadline(promised(), minutes=0, before=20) == at(20)
    assert deadline(promised(), minutes=0, before=60) == at(45)
    assert deadline(ARRIVED, GONE, minutes=20, before=30) == at(30)


IMPATIENT = ServiceConcept(greeting=within(600), costs=Costs(intervention=1, effectiveness=0.5, bad_outcome=8))
"""Somebody is called above a risk of 25 %, which is at V = -.4005: ln 3 = 1.0986 = 2.3 + 3 V."""


def test_the_instant_is_found_at_which_a_wait_has_become_too_long():
    found = deadline(ARRIVED, minutes=1, concept=IMPATIENT)

    # V = .7 v, so v = -.5722: 1.5 (1 - x^2) = .5722, x = .7864; ten minutes over .7864 are 12.715 minutes.
    assert timedelta() <= found - at(12.715) <= timedelta(seconds=1.5)
    assert lines_at_risk(standing([ARRIVED], IMPATIENT, minutes=(found - at(0)) / timedelta(minutes=1)), {})
    assert deadline(ARRIVED, minutes=1, concept=IMPATIENT, before=12) == at(12)
    # Once it is told, only the closing is left.
    assert deadline(ARRIVED, minutes=14, concept=IMPATIENT) == at(DAY)


def test_the_instant_is_found_at_which_an_open_promise_becomes_a_risk():
    told = [promised(confirm_by=at(1)), happened("promise.confirmed", 0, promise_id="p", by_unit="warehouse")]
    concept = ServiceConcept(costs=Costs(intervention=1, effectiveness=0.5, bad_outcome=16))
    found = deadline(*told, minutes=2, concept=concept)
    just_before, then = (
        standing(told, concept, minutes=(found - at(0) + timedelta(seconds=seconds)) / timedelta(minutes=1))
        for seconds in (-1, 0)
    )

    assert at(2) < found < at(180)
    assert just_before.risk <= concept.costs.threshold < then.risk


def test_what_others_have_settled_bears_on_when_a_promise_becomes_a_risk():
    concept, told = ServiceConcept(costs=Costs(intervention=0.6, effectiveness=1, bad_outcome=1)), [promised()]

    def risk(instant):
        minutes = (instant - at(0)) / timedelta(minutes=1)
        return standing(told, concept, minutes=minutes, records=Recorded(30, 3)).risk

    found = next_deadline(standing(told, concept, minutes=46, records=Recorded(30, 3)), told, [])

    assert at(46) < found < at(180)
    assert risk(found - timedelta(seconds=1)) <= 0.6 < risk(found)


@given(journeys(), concepts, store_wide, st.integers(0, 2 * LEFT), shares)
def test_nobody_needs_to_be_told_anything_before_the_next_deadline(told, concept, seen, minutes, share):
    # With a prior that says so, time may bring hope; with the one that is there, silence only makes it worse.
    concept = replace(concept, outlook=Outlook())
    told, seen = in_order(told), in_order(each for each in seen if each.at <= at(minutes))
    told = [each for each in told if each.at <= at(minutes)]
    now = standing(told, concept, minutes=minutes, store_wide=seen)

    found = next_deadline(now, told, seen)

    if found is None:
        assert now.closed
        return
    assert found > now.as_of
    between = now.as_of + (found - timedelta(seconds=2) - now.as_of) * share
    later = standing(told, concept, minutes=(between - at(0)) / timedelta(minutes=1), store_wide=seen)
    assert {line.id for line in lines_at_risk(later, {})} <= {line.id for line in lines_at_risk(now, {})}
