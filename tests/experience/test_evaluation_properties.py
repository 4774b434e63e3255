"""What holds for every evaluation, whatever the concept and whatever happened; tried on generated ones.

A promise is tried within the journey, not before it: what happened earlier would make the journey begin earlier, and
meet the store as it was then.
"""

from math import fsum, isclose, log

from hypothesis import given, settings
from hypothesis import strategies as st

from services.experience.domain.assessment import assess
from services.experience.domain.evaluation import evaluate, felt, weigh
from services.experience.domain.happening import in_order
from tests.experience.builders import VISIT, at, happened, promised, standing
from tests.experience.generated import (
    concepts,
    journeys,
    kinds,
    ledgers,
    lines,
    minutes,
    parameters,
    ratios,
    scores,
    shares,
)

EXAMPLES = settings(max_examples=200, deadline=None)
LATER = 5_000
"""Minute at which most properties are looked at: by then a promise has ended, and most journeys have closed."""
A_LITTLE = 1e-12
"""Rounding of sums in another order."""


def evaluation_of(ledger, parameters, adequate=0.8):
    return evaluate([weigh(line, line.ratio, line.at, parameters, adequate) for line in ledger], parameters)


@EXAMPLES
@given(journeys(), concepts(), minutes, st.integers(1, 300), st.sampled_from(["silence", "given up", "too late"]))
def test_a_broken_promise_ends_lower_than_the_same_journey_without_it(told, concept, made_at, span, how):
    due = made_at + span
    promise = [promised(made_at, due=due)]
    promise += [happened("promise.broken", made_at, promise_id="p")] if how == "given up" else []
    promise += [happened("promise.kept", due + 1, promise_id="p")] if how == "too late" else []

    without = standing(told, concept, minutes=LATER)
    broken = standing([*told, *promise], concept, minutes=LATER)

    assert broken.evaluation.value < without.evaluation.value


@EXAMPLES
@given(journeys(), concepts(), minutes, st.integers(1, 300), shares)
def test_a_kept_promise_never_ends_lower_than_the_same_journey_without_it(told, concept, made_at, span, used):
    promise = [promised(made_at, due=made_at + span), happened("promise.kept", made_at + span * used, promise_id="p")]

    without = standing(told, concept, minutes=LATER)
    kept = standing([*told, *promise], concept, minutes=LATER)

    assert kept.evaluation.value >= without.evaluation.value - A_LITTLE


@EXAMPLES
@given(ledgers(least=1), parameters(), st.floats(1.001, 100), st.data())
def test_improving_one_outcome_never_lowers_the_evaluation(ledger, parameters, better, data):
    position = data.draw(st.integers(0, len(ledger) - 1))
    line = ledger[position]
    if line.is_promise:
        # Taken back in time is better than broken, and worse than kept.
        ratio = max(line.ratio * better, 1.0 if line.state == "withdrawn" else 0.01)
        improved = line._replace(ratio=ratio, state="kept" if ratio >= 1 else "broken")
    elif line.standard.polarity > 0:
        improved = line._replace(ratio=max(line.ratio * better, 0.01))
    else:
        improved = line._replace(ratio=line.ratio / better)

    before = evaluation_of(ledger, parameters)
    after = evaluation_of([*ledger[:position], improved, *ledger[position + 1 :]], parameters)

    assert after.value >= before.value - A_LITTLE


@EXAMPLES
@given(journeys(), concepts(), st.integers(0, LATER), st.data())
def test_the_order_of_arrival_does_not_matter(told, concept, when, data):
    shuffled = data.draw(st.permutations(told))

    assert standing(shuffled, concept, minutes=when) == standing(told, concept, minutes=when)


@EXAMPLES
@given(journeys(), concepts(), st.integers(0, LATER), st.data())
def test_the_same_event_twice_changes_nothing(told, concept, when, data):
    again = data.draw(st.lists(st.sampled_from(told)))

    assert standing([*told, *again], concept, minutes=when) == standing(told, concept, minutes=when)


@EXAMPLES
@given(journeys(), concepts(), st.integers(0, LATER))
def test_the_contributions_of_the_lines_add_up_to_the_evaluation_exactly(told, concept, when):
    stands = standing(told, concept, minutes=when)

    for evaluation in (stands.evaluation, stands.forecast):
        assert fsum(evaluation.contributions.values()) == evaluation.value
    assert set(stands.forecast.contributions) == {line.id for line in stands.lines}


@EXAMPLES
@given(ledgers(), parameters())
def test_everything_exactly_as_expected_is_worth_one(ledger, parameters):
    met = [line._replace(ratio=1.0, state="kept" if line.is_promise else "met") for line in ledger]

    assert evaluation_of(met, parameters).kv == 1.0


@EXAMPLES
@given(journeys(), concepts(), minutes, st.integers(0, 5_000), st.sampled_from(["restored", "compensated"]), st.data())
def test_recovery_never_lowers_an_evaluation(told, concept, reported_at, took, outcome, data):
    touchpoint = data.draw(st.sampled_from(["desk", "letter", "greeting"]))
    severity = data.draw(st.sampled_from(["minor", "major", "critical"]))
    problem = happened(
        "problem.reported", reported_at, problem_id="p", touchpoint=touchpoint, kind="complaint", severity=severity
    )
    # A second failure at the same place after a recovery is a double deviation; here there is none.
    told = [each for each in told if each.kind != "problem.reported" or each.at <= problem.at]
    resolved = happened("problem.resolved", reported_at + took, problem_id="p", outcome=outcome)

    before = standing([*told, problem], concept, minutes=reported_at + took)
    after = standing([*told, problem, resolved], concept, minutes=reported_at + took)

    assert after.evaluation.value >= before.evaluation.value - A_LITTLE
    lifted = {line.id: line.ratio for line in before.lines}
    for line in after.lines:
        if line.ratio != lifted[line.id] and line.standard.polarity > 0:
            assert line.ratio <= concept.parameters.recovery_cap


@EXAMPLES
@given(ratios, kinds, parameters())
def test_a_line_with_inverted_polarity_is_evaluated_as_its_mirror_image(ratio, kind, parameters):
    mirrored = felt(1 / ratio, 1, kind, parameters) if ratio > 0 else felt(1e9, 1, kind, parameters)

    assert isclose(felt(ratio, -1, kind, parameters), mirrored, abs_tol=1e-9)


@EXAMPLES
@given(lines(), parameters(), st.floats(0.3, 1))
def test_a_must_be_fails_in_the_mirror_as_it_does_before_it(line, parameters, adequate):
    ratio = line.ratio or 0.01
    upright = line._replace(is_promise=False, standard=line.standard._replace(polarity=1))
    mirrored = upright._replace(standard=line.standard._replace(polarity=-1))

    fails = weigh(upright, ratio, at(0), parameters, adequate).failed_must_be
    fails_in_the_mirror = weigh(mirrored, 1 / ratio, at(0), parameters, adequate).failed_must_be

    # At the very edge, ln(1 / x) and -ln(x) may round differently.
    assert fails == fails_in_the_mirror or isclose(log(ratio), log(adequate))


@EXAMPLES
@given(journeys(), concepts(), st.integers(0, 60 * 24 * 30))
def test_a_closed_journey_stands_as_it_stood_when_it_closed(told, concept, later):
    by_then = standing(told, concept, minutes=LATER)
    if by_then.closed:
        assert standing(told, concept, minutes=LATER + later) == by_then


@EXAMPLES
@given(journeys(), concepts(), st.integers(0, LATER), scores)
def test_a_verdict_never_enters_the_evaluation_of_its_own_journey(told, concept, when, score):
    verdict = happened("feedback.given", when, score=float(score), scale_min=1.0, scale_max=5.0)

    assert standing([*told, verdict], concept, minutes=when) == standing(told, concept, minutes=when)


@EXAMPLES
@given(journeys(), concepts(), st.lists(st.tuples(minutes, shares), max_size=4), st.booleans())
def test_a_journey_that_has_closed_stands_as_it_stood_when_it_closed(told, concept, marks, own):
    journey = VISIT if own else None
    checks = [
        happened("cleanliness.checked", minute * 30, journey=journey, area="toilet", score=1 + 4 * share)
        for minute, share in marks
    ]
    seen = [*told, *checks] if own else told
    store_wide = [] if own else checks

    later = standing(seen, concept, minutes=LATER * 10, store_wide=store_wide)

    if later.closed:
        then = assess(in_order(seen), in_order(store_wide), concept, now=later.as_of)
        assert (later, later.evaluation) == (then, then.evaluation)
