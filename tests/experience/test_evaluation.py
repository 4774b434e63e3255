"""How single outcomes are felt and add up; the numbers are worked by hand, with the default parameters.

felt: u = ln x; v = u up to ln 1.25 = .2231 for a gain, v = -1.5 (1 - exp(2 u)) = -1.5 (1 - x^2) for a loss.
"""

from math import log

import pytest

from services.experience.domain import ledger
from services.experience.domain.concept import Importance, Parameters, ServiceConcept
from services.experience.domain.evaluation import LEAST_KV, Weighed, evaluate, felt, felt_promise, weigh
from tests.experience.builders import at, happened, promised, rated, standing, within

PARAMETERS = Parameters()
PLAIN = ServiceConcept()
ARRIVED = happened("customer.arrived", -5, channel="door")


def weighed(*values, weight=0.3):
    """Lines that came out one after the other, with these v."""
    return [Weighed(line=f"line/{n}", value=value, weight=weight, at=at(n)) for n, value in enumerate(values)]


def conduct(minutes, score, aspect="courtesy"):
    return happened("conduct.observed", minutes, touchpoint="desk", aspect=aspect, score=score, observer="customer")


def slip(minutes, severity="minor"):
    return happened(
        "problem.reported", minutes, problem_id="slip", touchpoint="letter", kind="defect", severity=severity
    )


@pytest.mark.parametrize(
    ("ratio", "value"),
    [
        (1.0, 0.0),
        (1.1, 0.0953),  # ln 1.1
        (1.25, 0.2231),  # ln 1.25, the cap
        (4.0, 0.2231),  # capped
        (0.95, -0.1463),  # -1.5 (1 - .9025)
        (0.5, -1.125),  # -1.5 (1 - .25)
        (0.0, -1.5),  # the floor
    ],
)
def test_gains_are_capped_and_losses_are_steeper_down_to_a_floor(ratio, value):
    assert felt(ratio, 1, Importance.PERFORMANCE, PARAMETERS) == pytest.approx(value, abs=1e-4)


def test_a_must_be_cannot_delight_and_an_attractive_one_cannot_disappoint():
    assert felt(2.0, 1, Importance.MUST_BE, PARAMETERS) == 0.0
    assert felt(0.5, 1, Importance.MUST_BE, PARAMETERS) == pytest.approx(-1.125)
    assert felt(2.0, 1, Importance.ATTRACTIVE, PARAMETERS) == pytest.approx(log(1.25))
    assert felt(0.5, 1, Importance.ATTRACTIVE, PARAMETERS) == 0.0
    line = ledger.rated("conduct", rated(4, kind=Importance.MUST_BE), 5.0, at(0))
    assert weigh(line, 1.25, at(0), PARAMETERS, adequate=0.8).value == 0.0


@pytest.mark.parametrize(
    ("state", "ratio", "value"),
    [
        ("kept", 1.1, 0.0953),
        ("kept", 1.0, 0.0),
        ("broken", 0.95, -0.7463),  # -.1463 - .6
        ("broken", 0.0, -2.1),  # -1.5 - .6
        ("broken", 1.1, -0.6),  # the jump alone: there is nothing to gain
        ("withdrawn", 1.0, -0.3),
    ],
)
def test_a_broken_promise_costs_a_jump_beyond_its_lateness_and_a_kept_one_nothing(state, ratio, value):
    assert felt_promise(state, ratio, PARAMETERS) == pytest.approx(value, abs=1e-4)


def test_a_single_loss_counts_by_its_weight_as_the_worst_and_as_the_last():
    # (.3 + .2 + .2) x -.1463 = -.1024
    assert evaluate(weighed(-0.1463), PARAMETERS).value == pytest.approx(-0.1024, abs=1e-4)


def test_a_later_good_moment_halves_the_last_impression():
    # (.3 + .2 + .2 x .5 x .5) x -.1463 = -.0805
    assert evaluate(weighed(-0.1463, 0.0, 0.0), PARAMETERS).value == pytest.approx(-0.0805, abs=1e-4)


def test_losses_add_up_and_only_the_worst_counts_again():
    # .3 (-1 - .5), + .2 x -1 for the worst, + .2 x -1 for the last impression: the first is stronger than the second
    assert evaluate(weighed(-1.0, -0.5), PARAMETERS).value == pytest.approx(-0.85)


def test_gains_saturate():
    # g = .3 x .2231 = .0669; .2231 (1 - exp(-.3)) = .0578. Of a hundred: at most ln 1.25
    assert evaluate(weighed(log(1.25)), PARAMETERS).value == pytest.approx(0.0578, abs=1e-4)
    assert evaluate(weighed(*[log(1.25)] * 100), PARAMETERS).kv == pytest.approx(1.25)


def test_a_failed_must_be_takes_all_gains_and_a_quarter_of_the_rest():
    lines = weighed(log(1.25), -1.125)
    failed = Weighed(line="line/1", value=-1.125, weight=0.3, at=at(1), failed_must_be=True)

    # -.7 x 1.125 = -.7875 with the gain of .0578; without it, and with ln .75 = -.2877
    assert evaluate(lines, PARAMETERS).value == pytest.approx(-0.7297, abs=1e-4)
    assert evaluate([lines[0], failed], PARAMETERS).value == pytest.approx(-1.0752, abs=1e-4)


def test_each_part_belongs_to_the_line_that_it_came_from():
    parts = evaluate(weighed(-1.0, 0.1, -0.5), PARAMETERS).contributions

    # .3 x .1 = .03; .2231 (1 - exp(-.03 / .2231)) = .0281. The last impression: -1 x .5 and -.5 are equally strong.
    assert parts["line/0"] == pytest.approx(-0.3 - 0.2 - 0.1)
    assert parts["line/1"] == pytest.approx(0.0281, abs=1e-4)
    assert parts["line/2"] == pytest.approx(-0.15)


def test_however_much_goes_wrong_kv_stays_above_nothing():
    assert evaluate(weighed(*[-2.1] * 2000), PARAMETERS).kv == LEAST_KV


def test_what_comes_from_a_doubtful_observer_is_weighed_nearer_to_as_expected():
    line = ledger.rated("conduct", rated(4, kind=Importance.MUST_BE), 1.0, at(0))

    believed, doubted, in_part = [
        weigh(line._replace(trust=trust), 0.25, at(0), PARAMETERS, adequate=0.5) for trust in (1.0, 0.1, 0.5)
    ]

    assert believed.value == pytest.approx(-1.40625)  # -1.5 (1 - .0625)
    assert in_part.value == pytest.approx(-1.125)  # .25 ** .5 = .5
    assert believed.failed_must_be
    assert not doubted.failed_must_be
    assert not in_part.failed_must_be  # just adequate has not failed


def test_a_must_be_that_was_never_done_fails_and_one_that_was_not_to_be_done_does_not():
    for polarity in (1, -1):
        line = ledger.rated("conduct", rated(4, kind=Importance.MUST_BE, polarity=polarity), 0.0, at(0))
        assert weigh(line, 0.0, at(0), PARAMETERS, adequate=0.8).failed_must_be == (polarity > 0)


def test_the_warehouse_story_in_numbers():
    promise = promised(0, due=180)
    confirmed = happened("promise.confirmed", 20, promise_id="p", by_unit="warehouse")
    # Kept after 163.6 of 180 min: ratio 1.1, g = .3 x .0953; .2231 (1 - exp(-.0286 / .2231)) = .0268
    kept = happened("promise.kept", 163.6, promise_id="p")

    assert standing([ARRIVED], minutes=200).evaluation.kv == 1.0
    assert standing([ARRIVED, promise, confirmed, kept], minutes=200).evaluation.kv == pytest.approx(1.027, abs=1e-3)
    # .7 x -2.1 = -1.47
    assert standing([ARRIVED, promise], minutes=200).evaluation.kv == pytest.approx(0.230, abs=1e-3)


def test_the_award_story_in_numbers():
    concept = ServiceConcept(conduct={"courtesy": rated(4)}, cleanliness={"toilet": rated(5, kind=Importance.MUST_BE)})
    clean = happened("cleanliness.checked", 3, area="toilet", score=5)
    filthy = happened("cleanliness.checked", 3, area="toilet", score=1)
    perfect = [ARRIVED, *[conduct(minute, 5) for minute in (1, 2, 4, 5)]]

    # Four gains of .0669: .2231 (1 - exp(-1.2)) = .1559
    assert standing([*perfect, clean], concept, minutes=9).evaluation.kv == pytest.approx(1.169, abs=1e-3)
    # x = .2: v = -1.44, two good moments after it: (.3 + .2 + .2 / 4) x -1.44 = -.792, and ln .75
    assert standing([*perfect, filthy], concept, minutes=9).evaluation.kv == pytest.approx(0.340, abs=1e-3)


def test_the_eggshell_and_the_misspelt_name_in_numbers():
    # x = .95: v = -.1463; .7 x -.1463 = -.1024
    assert standing([ARRIVED, slip(9)], minutes=9).evaluation.kv == pytest.approx(0.903, abs=1e-3)
    # Two good moments after it: (.3 + .2 + .2 / 4) x -.1463 = -.0805
    middle = [ARRIVED, slip(1), conduct(2, 4), conduct(3, 4)]
    assert standing(middle, minutes=9).evaluation.kv == pytest.approx(0.923, abs=1e-3)


@pytest.mark.parametrize(
    ("seconds", "kv"),
    [
        (85, 1.017),  # ln(90 / 85) = .0572; g = .0171; .2231 (1 - exp(-.0768)) = .0165
        (100, 0.819),  # x = .9: v = -1.5 x .19 = -.285; x .7 = -.1995
        (240, 0.406),  # x = .375: v = -1.5 x .8594 = -1.289; x .7 = -.9023
    ],
)
def test_the_ninety_seconds_in_numbers(seconds, kv):
    concept = ServiceConcept(stages={"*": within(90)})
    served = [happened("stage.started", 0, stage="lane"), happened("stage.finished", seconds / 60, stage="lane")]

    assert standing(served, concept, minutes=9).evaluation.kv == pytest.approx(kv, abs=1e-3)


def test_the_diner_in_numbers():
    concept = ServiceConcept(conduct={"courtesy": rated(2, polarity=-1)})

    # u = -ln .5 = .693, capped at .2231; .2231 (1 - exp(-.3)) = .0578
    assert standing([ARRIVED, conduct(1, 1)], concept, minutes=9).evaluation.kv == pytest.approx(1.060, abs=1e-3)
    # u = -ln 2.5: v = -1.5 (1 - .16) = -1.26; x .7 = -.882
    assert standing([ARRIVED, conduct(1, 5)], concept, minutes=9).evaluation.kv == pytest.approx(0.414, abs=1e-3)


def test_recovery_in_numbers():
    faulty = slip(0, "major")
    replaced = happened("problem.resolved", 120, problem_id="slip", outcome="restored")
    again = happened("problem.reported", 200, problem_id="again", touchpoint="letter", kind="defect", severity="major")

    # x = .6: v = -1.5 x .64 = -.96; x .7 = -.672
    assert standing([ARRIVED, faulty], minutes=200).evaluation.kv == pytest.approx(0.511, abs=1e-3)
    # After 2 h of 24 the lift is .5^(1/12) = .9439: x = .6^.0561 = .9718, v = -.0835; x .7 = -.0584
    assert standing([ARRIVED, faulty, replaced], minutes=199).evaluation.kv == pytest.approx(0.943, abs=1e-3)
    # One severity up, x = .3: v = -1.365. .3 (-.0835 - 1.365) + .4 x -1.365 = -.9806
    assert standing([ARRIVED, faulty, replaced, again], minutes=200).evaluation.kv == pytest.approx(0.375, abs=1e-3)
