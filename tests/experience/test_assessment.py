"""How one journey stands as a whole: its lines in order, the bare ratio, the risk, and what would bring it back."""

from itertools import product
from math import exp, log

import pytest

from services.experience.domain import assessment as domain
from services.experience.domain.assessment import assess, fewest_to_restore, risk_alone
from services.experience.domain.concept import PromiseStandard, ServiceConcept
from services.experience.domain.evaluation import Weighed, evaluate
from services.experience.domain.parameters import Outlook, Parameters
from tests.experience.builders import at, happened, promised, rated, standing, within
from tests.experience.generated.ledgers import Recorded

CONCEPT = ServiceConcept(
    greeting=within(60),
    stages={"*": within(600)},
    delivery_wait=within(1200),
    cleanliness={"*": rated(4)},
)
HOUR = 60
BAD = -1.5 * (1 - 0.25**2)
"""v of a 1 where a 4 was expected: ln .25 * 3 / 1.5 is twice ln .25."""


def conduct(score, minute=10, aspect="courtesy"):
    name = f"{aspect}-{minute}"
    data = {"touchpoint": "desk", "aspect": aspect, "score": score, "observer": "customer"}
    return happened("conduct.observed", minute, id=name, **data)


def arrived(minute=0):
    return happened("customer.arrived", minute, id="b", channel="door")


def left(minute, outcome):
    return happened("customer.left", minute, outcome=outcome)


def handoff(minute):
    units = {"from_unit": "sales", "to_unit": "till"}
    return happened("handoff.offered", minute, handoff_id="h", customer_visible=True, **units)


def stage(minute):
    return happened("stage.started", minute, id="s", stage="bar")


@pytest.mark.parametrize(
    ("ending", "greeting", "stage_ends", "handoff_ends", "delivery_ends"),
    [
        ([], "overdue", "overdue", "overdue", "overdue"),
        ([left(30, "served")], "never", "short", "short", "overdue"),
        ([left(30, "abandoned")], "never", "never", "never", "never"),
    ],
)
def test_what_nobody_ended_ends_when_the_customer_leaves_served_or_not(
    ending, greeting, stage_ends, handoff_ends, delivery_ends
):
    with_stages = standing([arrived(), stage(2), handoff(3), *ending], CONCEPT, minutes=40)
    without = standing([arrived(), *ending], CONCEPT, minutes=40)

    assert {line.id: line.state for line in (*with_stages.lines, *without.lines)} == {
        "greeting": greeting,
        "stage/bar/s@/till": stage_ends,
        "handoff/h": handoff_ends,
        "delivery/wait": delivery_ends,
    }


def test_lines_are_in_the_order_in_which_their_expectations_arose():
    told = [arrived(), promised(5), conduct(4, 3), handoff(4), conduct(4, 5)]

    assert [line.id for line in standing(told, CONCEPT, minutes=6).lines] == [
        "delivery/wait",
        "greeting",
        "conduct/courtesy/courtesy-3@/till",
        "handoff/h",
        "conduct/courtesy/courtesy-5@/till",
        "promise/p",
    ]


def seen(kind, minute, journey="visit-1", **data):
    return happened(kind, minute, journey=journey, **data)


def dirty(minute, score=1, journey=None):
    return seen("cleanliness.checked", minute, journey, area="toilet", score=score)


def torn(minute, journey=None):
    return seen("defect.noticed", minute, journey, defect_id="poster", area="hall", severity="minor")


def test_what_the_customer_reported_of_the_store_comes_before_what_was_seen_there():
    told = [arrived(), dirty(5, score=2, journey="visit-1"), torn(5, journey="visit-1")]
    stands = standing(told, ServiceConcept(cleanliness={"*": rated(4)}), minutes=9, store_wide=[dirty(4), torn(3)])

    assert [(line.id, line.at, line.experienced) for line in stands.lines] == [
        ("cleanliness/toilet", at(5), 2),
        ("defect/poster", at(5), 0.97),
    ]


@pytest.mark.parametrize("channel", ["phone", "door"])
def test_only_who_is_in_the_store_meets_its_surroundings(channel):
    told = [happened("customer.arrived", 0, channel=channel), left(20, "served")]

    stands = standing(told, CONCEPT, minutes=30, store_wide=[dirty(5), torn(21)])

    assert any(line.id == "cleanliness/toilet" for line in stands.lines) is (channel == "door")
    assert all(line.id != "defect/poster" for line in stands.lines)


@pytest.mark.parametrize(("happening", "line"), [(dirty, "cleanliness/toilet"), (torn, "defect/poster")])
def test_what_is_seen_after_a_journey_that_nobody_ended_has_closed_is_not_met(happening, line):
    told, concept = [conduct(4, 0)], ServiceConcept(cleanliness={"*": rated(4)})
    before, after = (
        standing(told, concept, minutes=40 * HOUR, store_wide=[happening(minute)])
        for minute in (24 * HOUR, 24 * HOUR + 1)
    )

    assert (before.as_of, after.as_of) == (at(24 * HOUR), at(24 * HOUR))
    assert (line in {each.id for each in before.lines}, line in {each.id for each in after.lines}) == (True, False)


def test_nothing_is_known_of_a_journey_before_it_began():
    assert assess([arrived()], [], CONCEPT, now=at(-1)) is None
    assert assess([happened("feedback.given", 0)], [], CONCEPT, now=at(1)) is None


def test_the_bare_ratio_is_the_weighted_geometric_mean_of_what_has_come_out():
    concept = ServiceConcept(conduct={"courtesy": rated(4, weight=0.3), "interest": rated(2, weight=0.1)})
    two = [conduct(2), conduct(4, aspect="interest")]

    # .5 and 2, of which the first weighs three times as much
    assert standing(two, concept, minutes=20).ratio == pytest.approx(0.5**0.75 * 2**0.25)
    assert standing([*two, promised()], concept, minutes=20).ratio == pytest.approx(0.5**0.75 * 2**0.25)
    assert standing([promised()], concept, minutes=20).ratio is None
    assert standing([*two, conduct(0, 12)], concept, minutes=20).ratio == 0.0


def dissatisfied(value, at_one=-2.3):
    return 1 / (1 + exp(-(at_one - 3 * value)))


def test_the_risk_is_that_of_all_ways_in_which_the_open_promises_may_end():
    stands = standing([promised(0), conduct(1, 10)], minutes=10)
    (chance,) = [line.chance for line in stands.lines if line.chance is not None]

    # Kept, it comes after the bad moment, and fades it by half. Broken, it is worse, and the last as well.
    kept = 0.3 * BAD + 0.2 * BAD + 0.2 * 0.5 * BAD
    broken = 0.3 * BAD + 0.3 * -2.1 + 0.2 * -2.1 + 0.2 * -2.1
    assert stands.risk == pytest.approx(chance * dissatisfied(kept) + (1 - chance) * dissatisfied(broken))
    expected = (1 - chance) * -2.1
    assert stands.forecast.value == pytest.approx(0.3 * BAD + 0.3 * expected + 0.2 * BAD + 0.2 * BAD)


def test_of_many_open_promises_the_surest_are_taken_at_their_expected_value():
    told = [promised(0, promise_id=str(number), due=60 * number, what="goods") for number in range(3, 9)]
    # The surest of them: one that its unit has declined, and one that it has confirmed.
    told += [
        happened(f"promise.{said}", 1, promise_id=number) for said, number in [("declined", "3"), ("confirmed", "8")]
    ]
    stands = standing(told, minutes=30)
    chances = {line.id: line.chance for line in stands.lines}
    surest = sorted(chances, key=lambda line: abs(chances[line] - 0.5))[4:]

    def value(ending):
        felt = {line: 0.0 if keeps else -2.1 for line, keeps in ending.items()}
        felt |= {line: (1 - chances[line]) * -2.1 for line in surest}
        due = {line.id: line.due for line in stands.lines}
        return evaluate([Weighed(line, v, 0.3, due[line]) for line, v in felt.items()], Parameters()).value

    risk = 0.0
    others = [line for line in chances if line not in surest]
    for keeps in product((True, False), repeat=4):
        ending = dict(zip(others, keeps, strict=True))
        chance = 1.0
        for line in others:
            chance *= chances[line] if ending[line] else 1 - chances[line]
        risk += chance * dissatisfied(value(ending))
    assert len(surest) == 2
    assert stands.risk == pytest.approx(risk)


def test_a_broken_promise_is_expected_to_end_where_the_concept_says():
    half = ServiceConcept(outlook=Outlook(broken_ratio=0.5), promises={"*": PromiseStandard(label="x", weight=1.0)})
    stands = standing([promised(0)], half, minutes=10)
    (line,) = stands.lines

    # v = -1.125 - .6, weighed by 1, as the worst and as the last
    assert stands.forecast.value == pytest.approx((1 - line.chance) * -1.725 * 1.4)


def test_what_runs_within_its_standard_is_expected_to_be_met_and_what_does_not_to_stay_as_it_is():
    waiting = [arrived()]
    fine, late = (standing(waiting, ServiceConcept(greeting=within(60)), minutes=minutes) for minutes in (1, 2))

    assert (fine.evaluation.value, fine.forecast.value) == (0.0, 0.0)
    # x = .5: v = -1.125, weighed by .3, as the worst and as the last
    assert late.forecast.value == late.evaluation.value == pytest.approx(-1.125 * 0.7)


def test_the_risk_of_a_line_alone_is_that_of_a_journey_in_which_nothing_else_happened():
    told = [promised(0), conduct(1, 10), conduct(5, 11)]
    stands = standing(told, minutes=12, records=Recorded(3, 9))
    alone = {line.id: risk_alone(line, stands) for line in stands.lines}

    assert alone["promise/p"] == standing([promised(0)], minutes=12, records=Recorded(3, 9)).risk
    assert (
        alone["conduct/courtesy/courtesy-10@/till"]
        == standing([conduct(1, 10)], minutes=12, records=Recorded(3, 9)).risk
    )


def test_several_hand_offs_and_a_late_hand_over_tell_of_trouble():
    concept = ServiceConcept(outlook=Outlook(several_handoffs=0.5, handoff_share=0.7, customers_record=0.0))

    def offered(name, **data):
        units = {"from_unit": "sales", "to_unit": "till"}
        return happened("handoff.offered", 1, handoff_id=name, customer_visible=False, **units, **data)

    accepted = happened("handoff.accepted", 45, handoff_id="h")
    once = standing([promised(0), offered("h"), accepted], concept, minutes=90)
    twice = standing([promised(0), offered("h"), accepted, offered("i", about="other")], concept, minutes=90)

    assert standing([arrived()], concept, minutes=5).dissatisfied_at_one == -2.3
    assert once.dissatisfied_at_one == pytest.approx(-2.3 + 0.7 * 0.25)
    assert twice.dissatisfied_at_one == pytest.approx(-2.3 + 0.7 * 0.25 + 0.5)


def test_a_journey_that_has_closed_keeps_the_record_that_it_met():
    told, bad = [arrived()], Recorded(0, 50)
    closing, later = (standing(told, CONCEPT, minutes=minutes, records=bad) for minutes in (24 * HOUR, 5000))

    assert closing.closed
    assert closing.dissatisfied_at_one > -2.3
    assert later == closing


def test_what_fell_short_is_put_right_by_the_recovery_of_a_problem_there():
    problem = {"problem_id": "q", "touchpoint": "desk", "kind": "complaint", "severity": "minor"}
    told = [conduct(1, 5), happened("problem.reported", 6, **problem)]
    told.append(happened("problem.resolved", 6, problem_id="q", outcome="restored"))

    assert [(line.ratio, line.put_right) for line in standing(told, minutes=10).lines] == [(1.0, True), (1.0, False)]


def bring_back(*told):
    return [line.partition("@")[0] for line in fewest_to_restore(standing(told, minutes=60))]


def test_what_would_bring_a_journey_back_is_named_the_dearest_first():
    assert bring_back(conduct(4)) == []
    assert bring_back(conduct(2, 1)) == ["conduct/courtesy/courtesy-1"]
    assert bring_back(conduct(3, 1), conduct(1, 2), conduct(4, 3)) == [
        "conduct/courtesy/courtesy-2",
        "conduct/courtesy/courtesy-1",
    ]


def test_what_good_moments_make_up_for_needs_not_be_brought_back():
    # Gains of .3 * .2231 make up for .95 of 4, but not for 1 of 4.
    assert bring_back(conduct(3.8, 1), conduct(1, 2), conduct(5, 3), conduct(5, 4)) == ["conduct/courtesy/courtesy-2"]


def test_a_failed_must_be_has_to_be_brought_back():
    assert bring_back(conduct(3, 1, "competence"), conduct(5, 3)) == ["conduct/competence/competence-1"]


def test_more_than_ten_are_not_named(monkeypatch):
    slips = [conduct(2, minute) for minute in range(11)]

    assert len(bring_back(*slips[:10])) == 10
    assert bring_back(*slips) == []
    monkeypatch.setattr(domain, "MOST_TO_RESTORE", 11)
    assert len(bring_back(*slips)) == 11


def test_v_and_kv_are_those_of_what_has_come_out():
    stands = standing([conduct(1, 10), promised()], minutes=20)

    assert stands.evaluation.value == pytest.approx(0.7 * BAD)
    assert log(stands.evaluation.kv) == pytest.approx(0.7 * BAD)
    assert [each.line for each in stands.weighed] == ["conduct/courtesy/courtesy-10@/till"]
