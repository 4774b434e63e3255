"""What a manager is told of a line, and whether anybody is: at the threshold, and beside something worse."""

from dataclasses import replace

import pytest

from services.experience.domain import attention
from services.experience.domain.attention import attention_for, lines_at_risk, was_unfounded
from services.experience.domain.concept import Costs, ProblemStandard, ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.ledger import expectation, outcome
from services.experience.domain.phrase import phrase
from services.experience.domain.track_record import no_records
from tests.experience.builders import at, happened, promised, standing, within
from tests.experience.generated.ledgers import Recorded

CONCEPT = ServiceConcept(
    greeting=within(60, "a greeting", remedy="Greet them.", call="floor"), problems=ProblemStandard(call="back office")
)
ARRIVED = happened("customer.arrived", 0, channel="door")
MINOR, CRITICAL = (
    happened("problem.reported", 10, problem_id="q", touchpoint="desk", kind="complaint", severity=severity)
    for severity in ("minor", "critical")
)
OWNED = happened("problem.owned", 12, problem_id="q", by_unit="desk")
REFUSED = happened("problem.resolved", 14, problem_id="q", outcome="refused")
RESTORED = happened("problem.resolved", 14, problem_id="q", outcome="restored")
CONFIRMED = happened("promise.confirmed", 5, promise_id="p", by_unit="warehouse")
DECLINED = happened("promise.declined", 5, promise_id="p", by_unit="warehouse", reason="none left")


def conduct(aspect, score, minute=10):
    return happened("conduct.observed", minute, touchpoint="desk", aspect=aspect, score=score, observer="customer")


def told_of(happenings, minutes):
    """What is told of the last line that arose, and the line."""
    assessment = standing(happenings, CONCEPT, minutes=minutes)
    line = assessment.lines[-1]
    return attention_for(line, assessment, at(3)), line


@pytest.mark.parametrize(
    ("happenings", "minutes", "reason", "severity", "until"),
    [
        ([promised()], 44, "slipping", "warning", 180),
        ([promised()], 45, "unconfirmed", "warning", 180),
        ([promised(), CONFIRMED], 100, "slipping", "warning", 180),
        ([promised(), DECLINED], 100, "declined", "warning", 180),
        ([promised(), CONFIRMED], 180, "broken", "critical", None),
        ([ARRIVED], 5, "waiting", "warning", 1),
        ([ARRIVED, happened("customer.left", 3, outcome="served")], 5, "failed", "critical", None),
        ([ARRIVED, happened("customer.greeted", 3)], 5, "failed", "warning", None),
        ([conduct("courtesy", 1)], 15, "failed", "warning", None),
        ([conduct("competence", 1)], 15, "failed", "critical", None),
        ([MINOR], 11, "problem_unowned", "warning", 20),
        ([MINOR, OWNED], 13, "problem_open", "warning", 24 * 60 + 10),
        ([CRITICAL], 11, "problem_unowned", "critical", 20),
        ([MINOR, REFUSED], 15, "failed", "critical", None),
        ([MINOR, RESTORED], 15, "failed", "warning", None),
    ],
)
def test_a_line_is_named_with_its_reason_how_bad_it_is_and_until_when_something_can_be_done(
    happenings, minutes, reason, severity, until
):
    told, line = told_of(happenings, minutes)

    assert (told.line, told.reason, told.severity, told.since) == (line.id, reason, severity, at(3))
    assert told.until == (None if until is None else at(until))


@pytest.mark.parametrize(
    ("happenings", "minutes", "call", "remedy"),
    [
        ([promised()], 50, "warehouse", CONCEPT.promise("goods").remedy),
        ([ARRIVED], 5, "floor", "Greet them."),
        ([MINOR], 11, "back office", CONCEPT.problems.remedy),
        ([MINOR, OWNED], 13, "desk", CONCEPT.problems.remedy),
    ],
)
def test_a_line_is_named_with_whom_to_call_and_what_to_do(happenings, minutes, call, remedy):
    told, _ = told_of(happenings, minutes)

    assert (told.call, told.remedy) == (call, remedy)


@pytest.mark.parametrize(
    ("happenings", "minutes", "arguments"),
    [
        ([promised()], 50, {"expected": expectation}),
        ([promised(), CONFIRMED], 180, {"expected": expectation}),
        ([promised(), DECLINED], 50, {"unit": lambda _: "warehouse", "expected": expectation}),
        ([ARRIVED], 5, {"what": lambda line: line.standard.label, "outcome": outcome}),
        ([MINOR], 11, {"outcome": outcome}),
        ([MINOR, REFUSED], 15, {"what": lambda line: line.standard.label, "outcome": outcome}),
    ],
)
def test_the_headline_says_what_was_expected_or_what_came_of_it(happenings, minutes, arguments):
    told, line = told_of(happenings, minutes)

    assert told.headline == phrase(f"attention.{told.reason}", **{name: of(line) for name, of in arguments.items()})


def priced(threshold, **more):
    """A concept in which somebody is called above exactly this risk."""
    return replace(CONCEPT, costs=Costs(intervention=threshold, effectiveness=1.0, bad_outcome=1.0, **more))


def named(happenings, minutes, concept, flagged=()):
    return [line.id for line in lines_at_risk(standing(happenings, concept, minutes=minutes), dict.fromkeys(flagged))]


RUDE, RUDER = conduct("courtesy", 2, 10), conduct("courtesy", 1, 11)
TWO = [RUDE, RUDER]


def test_at_exactly_the_threshold_nobody_is_called_and_what_was_named_is_cleared():
    assessment = standing(TWO, CONCEPT, minutes=20)
    worse, bad = sorted((line.id for line in assessment.lines), key=assessment.forecast.contributions.get)

    at_it = priced(assessment.risk, clear_below=1.0)
    below_it = priced(assessment.risk * 0.999, clear_below=1.0)
    assert (named(TWO, 20, at_it), named(TWO, 20, below_it)) == ([], [worse])
    assert (named(TWO, 20, at_it, [bad]), named(TWO, 20, below_it, [bad])) == ([], [bad, worse])
    # Between the two limits what was named stays named, and nothing is added.
    assert named(TWO, 20, priced(assessment.risk, clear_below=0.9), [bad]) == [bad]


def test_a_line_that_takes_just_what_is_noticeable_is_named_by_nobody(monkeypatch):
    assessment = standing([RUDER], CONCEPT, minutes=20)
    (part,) = assessment.forecast.contributions.values()
    concept = priced(assessment.risk / 2)

    assert len(named([RUDER], 20, concept)) == 1
    monkeypatch.setattr(attention, "NOTICEABLE", part)
    assert named([RUDER], 20, concept) == []
    # What was named before, and is no more worth noticing, was unfounded.
    (line,) = assessment.forecast.contributions
    assert was_unfounded(line, at(20), [RUDER], [], concept, no_records)


def test_beside_something_worse_what_can_be_saved_is_named_if_it_is_a_risk_alone():
    unconfirmed = [promised(), RUDE, RUDER, conduct("courtesy", 1, 12)]
    alone = standing([promised()], CONCEPT, minutes=50).risk
    assessment = standing(unconfirmed, CONCEPT, minutes=50)
    assert min(assessment.forecast.contributions, key=assessment.forecast.contributions.get) != "promise/p"

    assert "promise/p" in named(unconfirmed, 50, priced(alone * 0.999))
    assert "promise/p" not in named(unconfirmed, 50, priced(alone))


def test_of_what_can_not_be_saved_any_more_only_the_worst_is_named():
    broken = [promised(due=20), promised(due=30, promise_id="other"), happened("promise.kept", 35, promise_id="p")]

    assert named(broken, 60, CONCEPT) == ["promise/other"]


def test_a_notice_is_unfounded_when_the_risk_was_at_the_threshold_and_not_above_it():
    told = in_order(TWO)
    assessment = standing(TWO, CONCEPT, minutes=20)
    worst = lines_at_risk(assessment, {})[0].id

    assert was_unfounded(worst, at(20), told, [], priced(assessment.risk), no_records)
    assert not was_unfounded(worst, at(20), told, [], priced(assessment.risk * 0.999), no_records)


def test_a_notice_of_a_journey_that_had_not_begun_is_unfounded():
    assert was_unfounded("promise/p", at(-5), [promised()], [], CONCEPT, no_records)


def test_whether_a_notice_is_unfounded_is_judged_by_the_records_of_that_time():
    told, broken_before = [promised()], Recorded(0, 500)

    assert not was_unfounded("promise/p", at(30), told, [], CONCEPT, broken_before)
    assert was_unfounded("promise/p", at(30), told, [], CONCEPT, no_records)
