"""How a journey stands while it runs: what silence means, where it is heading, what the store adds, when it is over."""

from datetime import timedelta
from math import exp

import pytest

from services.experience.domain.attention import lines_at_risk
from services.experience.domain.concept import PromiseStandard, ServiceConcept
from tests.experience.builders import at, concept_file, happened, promised, rated, standing, within

ARRIVED = happened("customer.arrived", -5, channel="door")


def test_a_wait_within_its_standard_is_expected_to_come_out_as_expected():
    concept = ServiceConcept(greeting=within(60))

    waiting = standing([happened("customer.arrived", 0, channel="door")], concept, minutes=0.9)

    assert (waiting.evaluation.value, waiting.forecast.value) == (0.0, 0.0)
    assert waiting.lines[0].state == "open"


def test_a_wait_beyond_its_standard_is_worse_every_second_and_late_is_better_than_never():
    concept = ServiceConcept(greeting=within(60))
    arrived, left = happened("customer.arrived", 0, channel="door"), happened("customer.left", 9, outcome="served")
    greeted = happened("customer.greeted", 5)

    after_two, after_four = [standing([arrived], concept, minutes=m).evaluation.kv for m in (2, 4)]
    late = standing([arrived, greeted, left], concept, minutes=10).evaluation.kv
    never = standing([arrived, left], concept, minutes=10)

    assert 1 > after_two > after_four > late > never.evaluation.kv
    assert [(line.state, line.ratio) for line in never.lines] == [("never", 0.0)]


def test_a_promise_that_keeps_a_journey_open_does_not_lengthen_its_other_waits():
    concept = ServiceConcept(greeting=within(3600))
    arrived = happened("customer.arrived", 0, channel="door")
    kept_after_three_days = [promised(due=4320), happened("promise.kept", 4320, promise_id="p")]

    without = standing([arrived], concept, minutes=10_000)
    with_promise = standing([arrived, *kept_after_three_days], concept, minutes=10_000)

    # A journey without news closes after 24 h: 1 h of 24 expected, x = .0417
    assert [line.ratio for line in without.lines] == [pytest.approx(1 / 24)]
    assert with_promise.evaluation.value == without.evaluation.value


def test_silence_past_the_due_time_is_a_broken_promise():
    before, due = [standing([ARRIVED, promised(due=180)], minutes=m) for m in (179.99, 180)]

    assert [before.lines[0].state, due.lines[0].state] == ["made", "broken"]
    assert before.evaluation.kv == 1.0


def test_a_promise_kept_after_its_due_time_is_broken_by_that_much():
    late = standing([ARRIVED, promised(due=180), happened("promise.kept", 200, promise_id="p")], minutes=300)

    # x = 180 / 200 = .9: v = -.285 - .6 = -.885; x .7 = -.6195
    assert late.lines[0].state == "broken"
    assert late.evaluation.kv == pytest.approx(exp(-0.6195), abs=1e-4)


def test_what_is_delivered_wrong_keeps_no_promise():
    wrong = happened("delivery.completed", 60, promise_id="p", condition="wrong")

    states = {line.id: line.state for line in standing([ARRIVED, promised(due=180), wrong], minutes=100).lines}

    assert states["promise/p"] == "made"


def test_a_forecast_sinks_when_nobody_confirms_and_rises_when_the_unit_does():
    concept = ServiceConcept(promises={"goods": PromiseStandard(label="goods", confirm_within=0.25)})
    confirmed = happened("promise.confirmed", 50, promise_id="p", by_unit="warehouse")

    in_time, too_late = [standing([ARRIVED, promised(due=180)], concept, minutes=m) for m in (44, 45)]
    saved = standing([ARRIVED, promised(due=180), confirmed], concept, minutes=50)

    # ln 9 - 2.5 / 16 = 2.041 before; - 2.2 = -.159 after: the chance falls from .885 to .460
    assert [line.chance for line in in_time.lines] == [pytest.approx(0.886, abs=2e-3)]
    assert [line.chance for line in too_late.lines] == [pytest.approx(0.460, abs=2e-3)]
    assert too_late.forecast.kv < concept.adequate < saved.forecast.kv


def test_an_internal_handoff_that_is_late_bears_on_the_forecast_alone():
    offered = happened(
        "handoff.offered", 1, handoff_id="h", from_unit="seller", to_unit="carrier",
        customer_visible=False, about="p", due=at(30),
    )  # fmt: skip

    fine = standing([ARRIVED, promised(due=180)], minutes=31)
    slipped = standing([ARRIVED, promised(due=180), offered], minutes=31)

    assert slipped.evaluation.value == fine.evaluation.value
    assert slipped.forecast.value < fine.forecast.value


def test_a_store_wide_observation_counts_for_journeys_that_met_it():
    concept = ServiceConcept(cleanliness={"toilet": rated(4)})
    filthy = happened("cleanliness.checked", 0, journey=None, area="toilet", score=1)
    repaired = happened("cleanliness.repaired", 60, journey=None, area="toilet")

    def visit(begin, end):
        told = [happened("customer.arrived", begin, channel="door"), happened("customer.left", end, outcome="served")]
        return standing(told, concept, minutes=500, store_wide=[filthy, repaired]).evaluation.kv

    assert visit(-30, -10) == 1.0
    assert visit(-30, 10) < 1
    assert visit(50, 70) < 1
    assert visit(70, 90) == 1.0


def test_a_lamp_that_flickers_again_after_its_repair_counts_again():
    noticed, again = [
        happened("defect.noticed", m, journey=None, defect_id="lamp", area="hall", severity="minor") for m in (0, 120)
    ]
    repaired = happened("defect.repaired", 60, journey=None, defect_id="lamp")

    def visit(begin):
        told = [happened("customer.arrived", begin, channel="door"), happened("customer.left", begin, outcome="served")]
        return [line.id for line in standing(told, minutes=500, store_wide=[noticed, repaired, again]).lines]

    assert (visit(30), visit(90), visit(150)) == (["defect/lamp"], [], ["defect/lamp"])


def test_a_journey_that_has_closed_does_not_change_by_the_clock_alone():
    concept = ServiceConcept(greeting=within(60), cleanliness={"*": rated(4)}, expires_after=timedelta(hours=1))
    arrived = happened("customer.arrived", 0, channel="door")
    filthy_later = happened("cleanliness.checked", 100, journey=None, area="toilet", score=1)

    closing, much_later = [standing([arrived], concept, minutes=m, store_wide=[filthy_later]) for m in (60, 5000)]

    assert closing.closed
    assert much_later == closing
    assert much_later.as_of == at(60)


def test_what_can_still_be_saved_is_named_beside_what_is_worse():
    concept = concept_file("hardware-shop")
    filthy = happened("cleanliness.checked", -60, journey=None, area="toilet", score=0)
    told = [ARRIVED, happened("customer.greeted", -4), promised(what="goods_from_second_warehouse", due=180)]

    before, after = [standing(told, concept, minutes=m, store_wide=[filthy]) for m in (44, 46)]

    assert [line.id for line in lines_at_risk(before, {})] == ["cleanliness/toilet"]
    assert [line.id for line in lines_at_risk(after, {})] == ["cleanliness/toilet", "promise/p"]
