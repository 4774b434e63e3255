"""The stories about single moments and recovery, through `touchline evaluate`, with the concepts that are shipped."""

import pytest

from tests.experience.builders import told
from tests.experience.evaluating import (
    ADEQUATE,
    ANYWHERE,
    ARRIVED,
    COMES,
    MONTHS,
    conduct,
    evaluated,
    leaves,
    line,
    problem,
    reasons,
    solved,
)


@pytest.mark.parametrize("concept", ANYWHERE)
def test_shrug_no_competent_answer_keeps_everything_else_from_making_up_for_it(concept):
    perfect = [conduct(2, 5), conduct(3, 5, "interest"), told("recognition.given", 4, touchpoint="till")]

    fine = evaluated([*COMES, conduct(1, 5, "competence"), *perfect, leaves(5)], concept)
    shrugged = evaluated([*COMES, conduct(1, 1, "competence"), *perfect, leaves(5)], concept)

    assert fine["kv"] > 1 > ADEQUATE > shrugged["kv"]
    assert line(shrugged, "conduct/competence")["kind"] == "must_be"


@pytest.mark.parametrize("concept", ANYWHERE)
def test_award_a_filthy_toilet_marks_down_whoever_is_in_the_store_until_it_is_repaired(concept):
    perfect = [*COMES, conduct(1, 5), conduct(2, 5, "interest"), leaves(9)]
    filthy = told("cleanliness.checked", -60, journey=None, area="toilet", score=0)
    look = told("conduct.observed", 3, touchpoint="entrance", aspect="courtesy", score=1, observer="customer")

    prize_winning, dirty = evaluated(perfect, concept), evaluated([*perfect, filthy], concept)
    looked_at = evaluated([*perfect, filthy, look], concept)
    repaired = evaluated([*perfect, filthy, told("cleanliness.repaired", -30, journey=None, area="toilet")], concept)

    assert prize_winning["kv"] > 1 > dirty["kv"] > looked_at["kv"]
    assert repaired["kv"] == prize_winning["kv"]


def test_eggshell_a_little_below_one_and_nobody_is_called():
    eggshell = problem(15, "food")
    perfect = [told("delivery.completed", 12, condition="as_ordered"), conduct(14, 5), conduct(16, 5, "interest")]

    for told_of in ([], perfect):
        for minutes in (15, 30, MONTHS):
            journey = evaluated([*ARRIVED, *told_of, eggshell, leaves(40)], "restaurant", minutes)
            assert ADEQUATE <= journey["kv"] < 1
            assert journey["attention"] == []


@pytest.mark.parametrize("concept", ANYWHERE)
def test_misspelt_the_last_impression_costs_more_than_the_same_slip_before(concept):
    good = [conduct(1, 4), conduct(3, 4)]

    last = evaluated([*COMES, *good, leaves(5), problem(9, "letter")], concept)
    middle = evaluated([*COMES, *good, leaves(5), problem(2, "letter")], concept)

    assert last["kv"] < middle["kv"] < 1


@pytest.mark.parametrize("concept", ANYWHERE)
def test_garage_flawless_work_and_a_place_left_dirty_is_below_one(concept):
    tidy, untidy = [
        evaluated([*COMES, told("delivery.completed", 60, condition="as_ordered", tidy=tidy), leaves(61)], concept)
        for tidy in (True, False)
    ]

    assert untidy["kv"] < 1 == tidy["kv"]


def test_fast_and_wrong_speed_does_not_pay_for_it():
    served = [told("stage.started", 0, stage="lane"), told("stage.finished", 0.75, stage="lane")]
    returned = problem(
        30, "delivery", "major", "return", cost={"amount": 9.5, "currency": "EUR", "class": "external_failure"}
    )

    wrong = evaluated([*served, told("delivery.completed", 0.75, condition="wrong"), returned], "drive-through")
    only_returned = evaluated([*served, returned], "drive-through")

    assert line(wrong, "stage")["state"] == "exceeded"
    assert wrong["kv"] < only_returned["kv"] < ADEQUATE


@pytest.mark.parametrize("concept", ANYWHERE)
def test_recovery_owned_at_once_is_nearly_as_good_as_no_failure_and_a_second_one_is_worse(concept):
    faulty, again = problem(10, "product", "major"), problem(200, "product", "major")
    owned = told("problem.owned", 11, problem_id=faulty["data"]["problem_id"], by_unit="service_desk")
    replaced = [faulty, owned, solved(25, faulty)]

    put_right = evaluated([*COMES, *replaced, leaves(30)], concept)
    unowned, later = [evaluated([*COMES, faulty, leaves(30)], concept, minutes) for minutes in (25, MONTHS)]
    twice = evaluated([*COMES, *replaced, leaves(30), again], concept, 220)
    elsewhere = evaluated([*COMES, *replaced, leaves(30), problem(200, "invoice", "major")], concept, 220)

    assert later["kv"] < ADEQUATE < put_right["kv"] <= 1
    assert twice["kv"] < elsewhere["kv"] < put_right["kv"]
    assert reasons(unowned) == ["problem_unowned"]


def test_diner_the_rude_waiter_is_as_expected_and_the_polite_one_a_deviation():
    rude, polite = [evaluated([*ARRIVED, conduct(3, score), leaves(9)], "diner") for score in (1, 5)]
    elsewhere = [evaluated([*ARRIVED, conduct(3, score), leaves(9)], "restaurant") for score in (1, 5)]

    assert rude["kv"] >= 1 > ADEQUATE > polite["kv"]
    assert elsewhere[0]["kv"] < ADEQUATE < 1 <= elsewhere[1]["kv"]


@pytest.mark.parametrize("concept", ANYWHERE)
def test_windows_three_small_defects_are_nothing_to_call_anybody_for(concept):
    defects = [
        told("defect.noticed", -4000, journey=None, defect_id=defect, area="hall", severity="minor")
        for defect in ("poster", "lamp", "door")
    ]

    journey = evaluated([*COMES, *defects], concept, 5)

    assert ADEQUATE < journey["kv"] < 1
    assert journey["attention"] == []


@pytest.mark.parametrize("concept", ANYWHERE)
def test_beyond_carrying_the_bags_is_worth_more_than_expected(concept):
    journey = evaluated([*COMES, told("recognition.given", 10, touchpoint="car"), leaves(12)], concept)

    assert journey["kv"] > 1
    assert journey["attention"] == []
