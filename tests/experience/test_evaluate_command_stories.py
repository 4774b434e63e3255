"""The stories about promises and waiting, through `touchline evaluate`, with the concepts that are shipped.

What is said here of an alert is that the evaluation asks for attention; who is told when is tested elsewhere.
"""

import pytest

from tests.experience.builders import at, told
from tests.experience.evaluating import ADEQUATE, ANYWHERE, ARRIVED, COMES, evaluated, leaves, line, reasons


def stages(*lengths):
    """Stages of so many minutes, one after the other."""
    begin, events = 0, []
    for name, length in lengths:
        events += [told("stage.started", begin, stage=name), told("stage.finished", begin + length, stage=name)]
        begin += length
    return events


class TestWarehouse:
    """Goods from the second warehouse, promised at 11:00 for 14:00."""

    made = told(
        "promise.made",
        0,
        promise_id="goods",
        what="goods_from_second_warehouse",
        due=at(180),
        fulfilled_by="second_warehouse",
        made_by="sales",
    )

    def confirmed(self, minutes):
        return told("promise.confirmed", minutes, promise_id="goods", by_unit="second_warehouse")

    brought = told("delivery.completed", 163, promise_id="goods", condition="as_ordered")

    def test_a_kept_promise_is_worth_no_less_than_none_and_a_broken_one_less(self):
        fetched = evaluated([*COMES, leaves(40)], "hardware-shop")
        kept = evaluated([*COMES, self.made, self.confirmed(20), self.brought, leaves(185)], "hardware-shop")
        broken = evaluated([*COMES, self.made, leaves(185)], "hardware-shop")

        assert broken["kv"] < fetched["kv"] <= kept["kv"]
        assert broken["kv"] < ADEQUATE

    def test_unconfirmed_too_long_asks_for_a_call_long_before_it_is_due(self):
        at_first, then = [evaluated([*COMES, self.made], "hardware-shop", minutes) for minutes in (30, 46)]

        assert at_first["attention"] == []
        assert reasons(then) == ["unconfirmed"]
        assert then["attention"][0]["call"] == "second_warehouse"

    def test_a_call_resolves_it_and_the_journey_ends_well(self):
        confirmed = [*COMES, self.made, self.confirmed(55)]

        assert evaluated(confirmed, "hardware-shop", 56)["attention"] == []
        assert evaluated([*confirmed, self.brought, leaves(185)], "hardware-shop")["kv"] >= ADEQUATE

    def test_it_is_broken_when_due_without_any_further_event(self):
        (attention,) = evaluated([*COMES, self.made], "hardware-shop", 180)["attention"]

        assert (attention["reason"], attention["severity"]) == ("broken", "critical")


class TestRental:
    """Immediate, affordable solutions: and then 30 minutes until somebody attends, 20 for the car, 40 of paperwork."""

    names = (("attend", 30), ("assign_car", 20), ("paperwork", 40))
    others = (("waiting", 30), ("car", 20), ("forms", 40))

    @pytest.mark.parametrize("lengths", [names, others], ids=["stages of the concept", "stages it does not name"])
    def test_it_warns_during_the_first_stage_and_ends_far_below_adequate(self, lengths):
        (first, _), *_ = lengths
        waiting = [*ARRIVED, told("stage.started", 0, stage=first)]

        assert evaluated(waiting, "car-rental", 2)["attention"] == []
        assert "waiting" in reasons(evaluated(waiting, "car-rental", 15))

        journey = evaluated([*ARRIVED, *stages(*lengths), leaves(91)], "car-rental")
        assert journey["kv"] < ADEQUATE / 4
        assert [line(journey, f"stage/{name}")["state"] for name, _ in lengths] == ["short"] * 3
        assert line(journey, "stages/all")["outcome"]["text"] == "90 min"

    def test_three_stages_in_time_that_are_too_long_together_are_a_gap_of_design(self):
        journey = evaluated(
            [*ARRIVED, *stages(("attend", 3), ("assign_car", 5), ("paperwork", 7), ("forms", 7))], "car-rental"
        )

        assert line(journey, "stages/all")["state"] == "short"
        assert line(journey, "stages/all")["gap"] == "design"

    def test_the_concept_can_be_kept(self):
        journey = evaluated(
            [*ARRIVED, *stages(("attend", 2), ("assign_car", 4), ("paperwork", 6)), leaves(12)], "car-rental"
        )

        assert journey["kv"] >= 1
        assert journey["attention"] == []


@pytest.mark.parametrize("concept", ANYWHERE)
def test_hotel_what_marketing_promised_and_operations_declined_is_a_gap_of_communication(concept):
    made = told(
        "promise.made", 0, promise_id="late", what="late_checkout", due=at(600), fulfilled_by="operations",
        made_by="marketing",
    )  # fmt: skip
    declined = told("promise.declined", 20, promise_id="late", by_unit="operations", reason="the house is full")

    before, after = [evaluated([*COMES, made, declined], concept, minutes) for minutes in (19, 20)]
    end = evaluated([*COMES, made, declined, leaves(601)], concept)

    assert before["attention"] == []
    assert reasons(after) == ["declined"]
    assert line(after, "promise")["gap"] == line(end, "promise")["gap"] == "communication"
    assert end["kv"] < ADEQUATE


@pytest.mark.parametrize("concept", ANYWHERE)
def test_callback_is_unconfirmed_before_it_is_due_and_broken_when_it_is(concept):
    made = told("promise.made", -50, promise_id="call", what="callback", due=at(0), fulfilled_by="colleague")

    at_first, before, due = [evaluated([made], concept, minutes) for minutes in (-45, -10, 0)]

    assert [at_first["attention"], reasons(before), reasons(due)] == [[], ["unconfirmed"], ["broken"]]
    assert due["kv"] < ADEQUATE


class TestNinety:
    """A drive-through with a standard of 90 seconds, whose lane reports stages, or arrivals and hand-overs alone."""

    def staged(self, seconds):
        return [told("stage.started", 0, stage="lane"), told("stage.finished", seconds / 60, stage="lane")]

    def handed_over(self, seconds):
        return [
            told("customer.arrived", 0, channel="drive_through"),
            told("delivery.completed", seconds / 60, condition="as_ordered"),
            leaves(seconds / 60),
        ]

    @pytest.mark.parametrize("reported", [staged, handed_over], ids=["stages", "hand-overs"])
    def test_below_at_and_far_above_the_standard(self, reported):
        in_time, late, far_too_late = [evaluated(reported(self, s), "drive-through") for s in (85, 100, 240)]

        assert (in_time["kv"], late["kv"], far_too_late["kv"]) == (
            pytest.approx(1.017, abs=1e-3),
            pytest.approx(0.819, abs=1e-3),
            pytest.approx(0.406, abs=1e-3),
        )

    @pytest.mark.parametrize("reported", [staged, handed_over], ids=["stages", "hand-overs"])
    def test_it_warns_while_the_customer_still_waits(self, reported):
        begun, *_ = reported(self, 240)

        assert [evaluated([begun], "drive-through", s / 60)["attention"] for s in (80, 100)] == [[], []]
        assert reasons(evaluated([begun], "drive-through", 150 / 60)) == ["waiting"]


def test_ignored_the_clock_warns_and_late_is_better_than_never():
    arrived = told("customer.arrived", 0, channel="door")

    at_once, ignored = [evaluated([arrived], "hardware-shop", minutes) for minutes in (1, 5)]
    in_time, late, never = [
        evaluated([arrived, *greeted, leaves(20)], "hardware-shop")
        for greeted in ([told("customer.greeted", 1)], [told("customer.greeted", 6)], [])
    ]

    assert (reasons(at_once), reasons(ignored)) == ([], ["waiting"])
    assert in_time["kv"] == 1 > late["kv"] > never["kv"]


def test_marketplace_an_order_is_kept_late_or_given_up():
    day = 24 * 60
    ordered = [
        told("customer.arrived", 0, channel="web"),
        told("promise.made", 0, promise_id="d", what="delivery", due=at(24 * day), fulfilled_by="seller"),
        told("promise.confirmed", 300, promise_id="d", by_unit="seller"),
    ]
    handoff = told(
        "handoff.offered", 300, handoff_id="c", from_unit="seller", to_unit="carrier", customer_visible=False,
        about="d", due=at(5 * day),
    )  # fmt: skip

    def delivered(days):
        return told("delivery.completed", days * day, promise_id="d", condition="as_ordered")

    kept, late, lost = [
        evaluated([*ordered, *ending], "marketplace", 60 * day) for ending in ([delivered(12)], [delivered(25)], [])
    ]
    on_its_way, slipped = [evaluated([*ordered, *more], "marketplace", 10 * day) for more in ([], [handoff])]
    nobody_approved = evaluated(ordered[:2], "marketplace", 6 * day)

    assert lost["kv"] < late["kv"] < ADEQUATE < 1 < kept["kv"]
    assert (kept["state"], lost["state"]) == ("closed", "open")
    assert slipped["kv"] == on_its_way["kv"]
    assert slipped["forecast"] < on_its_way["forecast"]
    assert (on_its_way["attention"], reasons(nobody_approved)) == ([], ["unconfirmed"])
