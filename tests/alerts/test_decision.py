"""Who is told what about a line of a journey, and why: every branch of the decision."""

from datetime import timedelta

import pytest

from services.alerts.domain.alert import Grade, State, alert_id
from services.alerts.domain.decision import Decision, Reason, Step, decide
from tests.alerts.builders import GOODS, JOURNEY, NOON, STORE, alert, broken, finding, standing

LATER = NOON + timedelta(minutes=30)


def resolved(grade: Grade = Grade.PENDING):
    return alert(state=State.RESOLVED, grade=grade, closed_at=NOON, steps=2)


def retracted():
    return alert(state=State.RETRACTED, closed_at=NOON, steps=2)


def outcome(decision: Decision) -> tuple[Reason, Step | None]:
    return decision.reason, decision.tell


def test_a_line_that_needs_attention_for_the_first_time_opens_an_alert():
    decision = decide(None, finding(), standing(), NOON)

    assert outcome(decision) == (Reason.FIRST_WARNING, Step.OPENED)
    assert decision.alert == alert()


def test_an_alert_that_gets_critical_escalates_and_stays_the_same_alert():
    decision = decide(alert(), broken(), standing(version=2), LATER)

    assert outcome(decision) == (Reason.WORSENED, Step.ESCALATED)
    assert decision.alert.alert_id == alert().alert_id
    assert decision.alert.escalated_at == LATER
    assert decision.alert.opened_at == NOON
    assert decision.alert.steps == 2


def test_whoever_was_warned_of_silence_hears_of_a_refusal():
    decision = decide(alert(), finding(reason="declined"), standing(version=2), LATER)

    assert outcome(decision) == (Reason.WORSENED, Step.ESCALATED)


def test_a_refusal_does_not_make_a_critical_alert_less_critical():
    critical = alert(finding=finding(severity="critical", reason="slipping"))

    decision = decide(critical, finding(reason="declined"), standing(version=2), LATER)

    assert decision.alert.finding.severity == "critical"


def test_other_words_are_taken_over_and_nobody_is_told_again():
    decision = decide(alert(), finding(reason="slipping", headline="Likely to be late"), standing(version=2), LATER)

    assert outcome(decision) == (Reason.STILL_SO, None)
    assert decision.alert.finding.headline == "Likely to be late"
    assert decision.alert.steps == 1


def test_an_alert_stays_as_severe_as_it_has_been_so_that_it_does_not_escalate_twice():
    critical = alert(finding=broken())

    milder = decide(critical, finding(), standing(version=2), LATER)
    again = decide(milder.alert, broken(), standing(version=3), LATER)

    assert milder.alert.finding.severity == "critical"
    assert outcome(again) == (Reason.STILL_SO, None)


def test_the_same_again_changes_nothing():
    decision = decide(alert(), finding(), standing(version=2), LATER)

    assert decision == Decision(reason=Reason.NOTHING_NEW)


def test_a_line_that_needs_no_attention_any_more_resolves_its_alert():
    decision = decide(alert(), None, standing(version=2), LATER)

    assert outcome(decision) == (Reason.CLEARED, Step.RESOLVED)
    assert decision.alert.state is State.RESOLVED
    assert decision.alert.grade is Grade.PENDING
    assert decision.alert.closed_at == LATER


def test_a_line_that_late_facts_disproved_retracts_its_alert():
    decision = decide(alert(), None, standing(version=2, disproved=frozenset({GOODS})), LATER)

    assert outcome(decision) == (Reason.DISPROVED, Step.RETRACTED)
    assert decision.alert.state is State.RETRACTED


def test_what_was_disproved_about_another_line_does_not_retract_this_one():
    decision = decide(alert(), None, standing(version=2, disproved=frozenset({"greeting"})), LATER)

    assert decision.reason is Reason.CLEARED


@pytest.mark.parametrize("grade", Grade)
def test_an_alert_that_was_resolved_can_still_be_disproved(grade):
    decision = decide(resolved(grade), None, standing(version=3, ended=True, disproved=frozenset({GOODS})), LATER)

    assert outcome(decision) == (Reason.DISPROVED, Step.RETRACTED)
    assert decision.alert.grade is None


def test_what_was_retracted_is_not_retracted_again():
    decision = decide(retracted(), None, standing(version=3, disproved=frozenset({GOODS})), LATER)

    assert decision == Decision(reason=Reason.NOTHING_NEW)


@pytest.mark.parametrize(("kv", "grade"), [(1.03, Grade.SAVED), (0.8, Grade.SAVED), (0.799, Grade.LOST)])
def test_the_end_of_a_journey_resolves_its_open_alert_with_a_grade(kv, grade):
    decision = decide(alert(), None, standing(version=2, ended=True, kv=kv), LATER)

    assert outcome(decision) == (Reason.JOURNEY_ENDED, Step.RESOLVED)
    assert decision.alert.grade is grade


@pytest.mark.parametrize(("kv", "grade"), [(0.8, Grade.SAVED), (0.23, Grade.LOST)])
def test_an_alert_that_was_resolved_before_is_graded_when_its_journey_ends(kv, grade):
    decision = decide(resolved(), None, standing(version=3, ended=True, kv=kv), LATER)

    assert outcome(decision) == (Reason.GRADED, Step.RESOLVED)
    assert decision.alert.grade is grade
    assert decision.alert.closed_at == NOON


def test_a_late_event_corrects_a_grade():
    decision = decide(resolved(Grade.LOST), None, standing(version=4, ended=True, kv=1.0), LATER)

    assert outcome(decision) == (Reason.GRADED, Step.RESOLVED)
    assert decision.alert.grade is Grade.SAVED


def test_a_grade_that_stays_is_not_told_again():
    decision = decide(resolved(Grade.SAVED), None, standing(version=4, ended=True, kv=0.9), LATER)

    assert decision == Decision(reason=Reason.NOTHING_NEW)


@pytest.mark.parametrize("closed", [resolved(), retracted()], ids=["resolved", "retracted"])
def test_a_line_that_goes_wrong_again_opens_its_alert_again(closed):
    decision = decide(closed, broken(), standing(version=3), LATER)

    assert outcome(decision) == (Reason.REOPENED, Step.OPENED)
    assert decision.alert.alert_id == closed.alert_id
    assert decision.alert.state is State.OPEN
    assert decision.alert.opened_at == LATER
    assert decision.alert.grade is None
    assert decision.alert.closed_at is None
    assert decision.alert.steps == 3


def test_a_running_journey_without_findings_leaves_a_resolved_alert_alone():
    assert decide(resolved(), None, standing(version=3), LATER) == Decision(reason=Reason.NOTHING_NEW)


@pytest.mark.parametrize(
    "known", [None, alert(), resolved(), retracted()], ids=["unknown", "open", "resolved", "retracted"]
)
def test_history_opens_nothing_and_pages_nobody(known):
    decision = decide(known, broken(), standing(version=9, replay=True), LATER)

    # Not even the words are taken over: a rise in severity would go unnoticed when it comes live.
    assert decision == Decision(reason=Reason.HISTORY)


def test_history_may_still_resolve_the_alert_of_a_live_journey():
    decision = decide(alert(), None, standing(version=2, replay=True), LATER)

    assert outcome(decision) == (Reason.CLEARED, Step.RESOLVED)


def test_nothing_is_opened_about_a_journey_that_has_ended():
    assert decide(None, broken(), standing(ended=True), LATER) == Decision(reason=Reason.NOTHING_NEW)


def test_a_finding_does_not_keep_an_alert_open_when_the_journey_has_ended():
    decision = decide(alert(), broken(), standing(version=2, ended=True, kv=0.2), LATER)

    assert outcome(decision) == (Reason.JOURNEY_ENDED, Step.RESOLVED)


def test_an_alert_is_named_by_store_journey_and_line_alone():
    name = alert_id(STORE, JOURNEY, GOODS)

    assert decide(None, finding(), standing(), NOON).alert.alert_id == name
    assert decide(None, broken(), standing(version=7, kv=0.1), LATER).alert.alert_id == name
    others = {
        alert_id("riga-2", JOURNEY, GOODS),
        alert_id(STORE, "visit-1", GOODS),
        alert_id(STORE, JOURNEY, "greeting"),
    }
    assert name not in others
    assert len(others) == 3
