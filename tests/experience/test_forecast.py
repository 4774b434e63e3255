"""The chance that an open promise is kept, and what an evaluation means for the customer, number by number."""

from math import exp

import pytest

from services.experience.domain.concept import PromiseStandard
from services.experience.domain.forecast import (
    chance_of_dissatisfaction,
    chance_of_keeping,
    dissatisfied_as_expected,
)
from services.experience.domain.ledger import Signs
from services.experience.domain.parameters import Outlook
from services.experience.domain.track_record import NO_RECORD, Settled, TrackRecord

GOODS = PromiseStandard(label="goods", kept_before=6.0, broken_before=2.0)
"""6 : 2 is a chance of .75."""


class Recorded(TrackRecord):
    """What is settled of some subjects."""

    def __init__(self, **settled):
        self._settled = settled

    def of(self, subject):
        return self._settled.get(subject[1], Settled())


def chance(record=NO_RECORD, outlook=None, **signs):
    return chance_of_keeping(GOODS, outlook or Outlook(), Signs(what="goods", **{"used": 0.0, **signs}), record)


def logistic(odds):
    return 1 / (1 + exp(-odds))


def test_a_promise_of_which_nothing_is_known_is_kept_as_often_as_before():
    assert chance() == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("signs", "odds"),
    [
        ({"confirmed": True}, 2.0),
        ({"unconfirmed": True}, -2.2),
        ({"slipped": True}, -1.6),
        ({"handed_over": True}, 0.8),
        ({"used": 0.5}, -0.625),  # -2.5 * .25
        ({"used": 1.0}, -2.5),
        ({"used": 1.5}, -2.5),  # all of it is used up, and no more
        ({"used": -1.0}, 0.0),  # it was promised for later than now
        ({"confirmed": True, "slipped": True, "used": 0.5}, -0.225),  # 2 - 1.6 - .625
    ],
)
def test_each_sign_adds_its_log_odds(signs, odds):
    assert chance(**signs) == pytest.approx(logistic(1.0986 + odds), abs=1e-4)  # ln 3 = 1.0986


def test_a_unit_that_has_declined_has_the_chance_that_the_concept_says():
    assert chance(declined=True, confirmed=True) == 0.05


def test_the_stores_record_and_that_of_each_unit_add_their_evidence():
    record = Recorded(goods=Settled(4, 2), van=Settled(0, 4), till=Settled(0, 4))
    outlook = Outlook(store_record=2.0, unit_record=0.5)

    # ln (10 / 4) - ln 3 = -.1823; ln (6 / 6) - ln 3 = -1.0986 for each of the two units
    odds = 1.0986 - 2 * 0.1823 - 0.5 * 2 * 1.0986
    assert chance(record, outlook, carried_by=("van", "till")) == pytest.approx(logistic(odds), abs=1e-4)


def test_what_customers_and_handoffs_tell_shifts_the_risk():
    outlook = Outlook(
        dissatisfied_at_one=-2.0,
        customers_record=0.5,
        satisfied_before=6.0,
        dissatisfied_before=2.0,
        several_handoffs=0.3,
        handoff_share=0.7,
    )
    satisfied = Recorded(**{"": Settled(10, 0)})  # ln (16 / 2) - ln 3 = .9808

    def odds(record=NO_RECORD, handoffs=1, handoff_share=0.0):
        return dissatisfied_as_expected(outlook, record, handoffs=handoffs, handoff_share=handoff_share)

    assert odds() == pytest.approx(-2.0)
    assert odds(satisfied) == pytest.approx(-2.4904, abs=1e-4)
    assert odds(handoffs=2) == pytest.approx(-1.7)
    assert odds(handoff_share=0.5) == pytest.approx(-1.65)


def test_the_worse_the_evaluation_the_likelier_is_a_dissatisfied_customer_without_end():
    outlook = Outlook()

    assert chance_of_dissatisfaction(-1.0, -2.3, outlook) == pytest.approx(logistic(0.7))
    assert chance_of_dissatisfaction(1_000.0, -2.3, outlook) == 0.0
    assert chance_of_dissatisfaction(-1_000.0, -2.3, outlook) == 1.0
