"""What holds for every evaluation, whatever the concept and whatever happened; tried on generated ones.

A journey is compared with another that differs in one thing alone. What keeps a journey open longer has its customer
meet more of the store, so the store is seen as it was until the first of the two closed. What happened earlier would
make a journey begin earlier: what is added happens within it.
"""

from math import fsum, isclose, log

from hypothesis import assume, given
from hypothesis import strategies as st

from services.experience.domain.concept import Importance
from services.experience.domain.evaluation import evaluate, felt, weigh
from services.experience.domain.problems import recovered
from tests.experience.as_expected import Perfect
from tests.experience.builders import at, happened, standing
from tests.experience.generated.concepts import concepts, parameters
from tests.experience.generated.histories import PLACES, TOLD, journeys, minutes, promise, store_wide
from tests.experience.generated.ledgers import ledgers, lines, records
from tests.experience.generated.numbers import Detail, kinds, ratios, shares, some_shares

LATER = 5_000
"""Minute at which most properties are looked at: by then every promise has ended, and most journeys have closed."""
A_LITTLE = 1e-9
"""Rounding, of sums in another order, and of ln(1 / x) against -ln(x)."""
BROKEN = {
    "silence": {},
    "confirmed, then silence": {"confirmed": 0},
    "declined": {"declined": 0},
    "given up": {"broken": 0},
    "too late": {"kept": 1},
    "taken back too late": {"withdrawn": 1},
}
"""How a promise is broken: what is heard of it, so many minutes after it was due (0: when it was made)."""


def evaluation_of(ledger, parameters, adequate=0.8):
    return evaluate([weigh(line, line.ratio, line.at, parameters, adequate) for line in ledger], parameters)


def both(one, other, concept, seen, minutes=LATER):
    """How two journeys stand that differ in one thing, having met the same of the store."""
    end = min(standing(each, concept, minutes=minutes, store_wide=seen).as_of for each in (one, other))
    met = [each for each in seen if each.at <= end]
    return tuple(standing(each, concept, minutes=minutes, store_wide=met) for each in (one, other))


@given(journeys(), concepts, store_wide, minutes, st.integers(1, 300), st.sampled_from(sorted(BROKEN)))
def test_a_broken_promise_ends_lower_than_the_same_journey_without_it(told, concept, seen, made_at, span, how):
    due = made_at + span
    heard = {kind: due + late if late else made_at for kind, late in BROKEN[how].items()}

    without, broken = both(told, [*told, *promise(made_at, due, **heard)], concept, seen)

    assert broken.evaluation.value < without.evaluation.value


@given(journeys(), concepts, store_wide, minutes, st.integers(1, 300), shares, st.booleans(), st.booleans())
def test_a_kept_promise_never_ends_lower_than_the_same_journey_without_it(
    told, concept, seen, made_at, span, used, rescheduled, declined
):
    heard = {"declined": made_at} if declined else {}
    story = promise(made_at, made_at + span, **heard, kept=made_at + span * used * (2 if rescheduled else 1))
    if rescheduled:
        agreed = {"promise_id": "p", "customer_agreed": True, "due": at(made_at + 2 * span)}
        story.append(happened("promise.rescheduled", made_at, id="pr", **agreed))

    without, kept = both(told, [*told, *story], concept, seen)

    assert kept.evaluation.value >= without.evaluation.value - A_LITTLE


@given(ledgers(least=1), parameters, st.floats(1.001, 100), st.integers(0, 5))
def test_improving_one_outcome_never_lowers_the_evaluation(ledger, parameters, better, position):
    position %= len(ledger)
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


def _goodness(line):
    """How well a line came out: of two, the greater is the better."""
    if line.is_promise:
        return (("broken", "withdrawn", "kept").index(line.state), line.ratio)
    return (0 if line.ratio is None else line.ratio * line.standard.polarity, line.put_right)


def _improved(lines, others):
    """Whether a journey's lines are those of another, and no worse."""
    pairs = list(zip(lines, others, strict=False))
    alike = len(lines) == len(others) and all(one.id == two.id and one.at == two.at for one, two in pairs)
    return alike and all(all(a >= b for a, b in zip(_goodness(one), _goodness(two), strict=True)) for one, two in pairs)


RATED = ("conduct.observed", "delivery.completed", "cleanliness.checked", "customer.greeted", "problem.reported")
NAMES = ("aspect", "area", "location", "touchpoint", "observer")
"""What two moments must share to differ in nothing but how good they were."""


@given(journeys(), concepts, st.sampled_from(RATED), minutes, st.integers(0, 2**20), st.integers(0, 2**20))
def test_a_better_moment_in_a_journey_never_lowers_its_evaluation(told, concept, kind, minute, one, other):
    names = {name: value for name, value in TOLD[kind](Detail(one)).items() if name in NAMES}
    moments = [
        happened(kind, minute, id="m", **{**TOLD[kind](Detail(detail)), **names, "problem_id": "z"})
        for detail in (one, other)
    ]

    first, second = (standing([*told, moment], concept, minutes=LATER) for moment in moments)
    if _improved(second.lines, first.lines):
        first, second = second, first

    assume(_improved(first.lines, second.lines))
    assert first.evaluation.value >= second.evaluation.value - A_LITTLE


@given(journeys(), concepts, store_wide, records, st.integers(0, LATER), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(told, concept, seen, records, when, random):
    shuffled = random.sample(told, len(told))
    seen_shuffled = random.sample(seen, len(seen))

    one = standing(shuffled, concept, minutes=when, store_wide=seen_shuffled, records=records)
    other = standing(told, concept, minutes=when, store_wide=seen, records=records)

    assert (one, one.evaluation) == (other, other.evaluation)


@given(journeys(), concepts, store_wide, st.integers(0, LATER), st.randoms(use_true_random=False))
def test_the_same_event_twice_changes_nothing(told, concept, seen, when, random):
    again = random.choices(told, k=3)
    claims = [each._replace(at=each.at + (at(7) - at(0))) for each in again]  # its identity, and another time

    once = standing(told, concept, minutes=when, store_wide=seen)
    twice = standing([*again, *told, *again], concept, minutes=when, store_wide=[*seen, *seen])
    claimed = [standing(each, concept, minutes=when, store_wide=seen) for each in ([*claims, *told], [*told, *claims])]

    assert (twice, twice.evaluation) == (once, once.evaluation)
    assert [(each, each.evaluation) for each in claimed] == [(once, once.evaluation)] * 2


@given(journeys(), concepts, store_wide, records, st.integers(0, LATER))
def test_the_contributions_of_the_lines_add_up_to_the_evaluation_exactly(told, concept, seen, records, when):
    stands = standing(told, concept, minutes=when, store_wide=seen, records=records)

    for evaluation in (stands.evaluation, stands.forecast):
        assert fsum(evaluation.contributions.values()) == evaluation.value
    assert set(stands.forecast.contributions) == {line.id for line in stands.lines}
    assert set(stands.evaluation.contributions) == {line.id for line in stands.lines if line.ratio is not None}
    for each in stands.weighed:
        # What is good for nobody's account costs nobody, and a loss is borne by whom it came from.
        part = stands.evaluation.contributions[each.line]
        assert part <= 0 if each.value < 0 or each.failed_must_be else part >= 0


@given(ledgers(), parameters)
def test_everything_exactly_as_expected_is_worth_one(ledger, parameters):
    met = [line._replace(ratio=1.0, state="kept" if line.is_promise else "met") for line in ledger]

    assert evaluation_of(met, parameters).kv == 1.0


@given(concepts, st.integers(0, 2**30))
def test_a_journey_in_which_everything_happens_exactly_as_expected_is_worth_one(concept, detail):
    perfect = Perfect(concept, Detail(detail))

    stands = standing(perfect.told, perfect.concept, minutes=perfect.ends + LATER, store_wide=perfect.seen)

    assert {line.id: line.ratio for line in stands.lines} == {line.id: 1.0 for line in stands.lines}
    assert len(stands.lines) == perfect.lines
    assert (stands.evaluation.value, stands.evaluation.kv, stands.forecast.kv) == (0.0, 1.0, 1.0)


@given(journeys(), concepts, minutes, st.integers(0, LATER), st.integers(0, 2**20))
def test_recovery_never_lowers_an_evaluation_and_lifts_a_line_at_most_to_its_cap(
    told, concept, reported_at, took, detail
):
    detail = Detail(detail)
    touchpoint, severity = detail.of(PLACES), detail.of(["minor", "major", "critical"])
    problem = happened(
        "problem.reported",
        reported_at,
        id="q1",
        problem_id="q",
        touchpoint=touchpoint,
        kind="return",
        severity=severity,
    )
    # A second failure at the same place after a recovery is a double deviation; here there is none.
    told = [each for each in told if each.kind != "problem.reported" or each.at < problem.at]
    outcome = detail.of(["restored", "compensated"])
    resolved = happened("problem.resolved", reported_at + took, id="q2", problem_id="q", outcome=outcome)

    for minute in (reported_at + took, reported_at + took + LATER):
        before = standing([*told, problem], concept, minutes=minute)
        after = standing([*told, problem, resolved], concept, minutes=minute)
        assert after.evaluation.value >= before.evaluation.value - A_LITTLE

        ratios = {line.id: line.ratio for line in before.lines}
        for line in after.lines:
            if line.ratio is not None and not isclose(line.ratio, ratios[line.id], rel_tol=A_LITTLE):
                upright = line.ratio if line.standard.polarity > 0 or not line.ratio else 1 / line.ratio
                assert upright <= concept.parameters.recovery_cap + A_LITTLE


@given(ratios, concepts, shares, st.sampled_from(["restored", "compensated", "refused"]))
def test_recovery_lifts_in_the_mirror_as_it_does_before_it(ratio, concept, used, outcome):
    took = concept.problems.resolve_within * used
    upright = recovered(ratio, 1, outcome, took, concept)

    assert max(ratio, concept.parameters.recovery_cap) + A_LITTLE >= upright >= ratio - A_LITTLE
    if ratio > 0 and upright > 0:
        assert isclose(recovered(1 / ratio, -1, outcome, took, concept), 1 / upright, rel_tol=A_LITTLE)


@given(ratios, kinds, parameters)
def test_a_line_with_inverted_polarity_is_evaluated_as_its_mirror_image(ratio, kind, parameters):
    mirrored = felt(1 / ratio, 1, kind, parameters) if ratio > 0 else felt(1e99, 1, kind, parameters)

    assert isclose(felt(ratio, -1, kind, parameters), mirrored, abs_tol=A_LITTLE)


@given(ledgers(least=1), parameters, st.floats(0.3, 1))
def test_a_journey_in_the_mirror_is_evaluated_as_it_is_before_it(ledger, parameters, adequate):
    ledger = [line if line.ratio else line._replace(ratio=0.01) for line in ledger]
    mirrored = [
        line
        if line.is_promise
        else line._replace(
            standard=line.standard._replace(polarity=-line.standard.polarity),
            ratio=1 / line.ratio,
        )
        for line in ledger
    ]
    # At the very edge, ln(1 / x) and -ln(x) may round differently.
    assume(not any(isclose(abs(line.trust * log(line.ratio)), -log(adequate), abs_tol=A_LITTLE) for line in ledger))

    before, after = (evaluation_of(each, parameters, adequate) for each in (ledger, mirrored))

    assert isclose(before.value, after.value, abs_tol=A_LITTLE, rel_tol=A_LITTLE)


@given(lines, parameters, some_shares)
def test_no_gain_makes_up_for_a_failed_must_be(line, parameters, adequate):
    failed = line._replace(
        is_promise=False,
        put_right=False,
        ratio=adequate / 2,
        trust=1.0,
        standard=line.standard._replace(kind=Importance.MUST_BE, polarity=1),
    )
    delight = line._replace(
        id="line/1",
        is_promise=False,
        ratio=100.0,
        at=at(-1),  # before it, so that it does not fade it either
        standard=line.standard._replace(kind=Importance.ATTRACTIVE, polarity=1),
    )

    alone = evaluation_of([failed], parameters, adequate)
    with_delight = evaluation_of([delight, failed], parameters, adequate)

    assert with_delight.value == alone.value < log(parameters.must_be_factor) + A_LITTLE
    assert evaluation_of([failed._replace(put_right=True)], parameters, adequate).value >= alone.value
