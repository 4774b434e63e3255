"""What people do about an alert, and what an evaluation then makes of it: every branch."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.domain.action import (
    LONGEST_SNOOZE,
    Acted,
    CannotWait,
    HasEnded,
    acknowledge,
    close,
    release,
    snooze,
)
from services.alerts.domain.alert import Act, Grade, Snooze, State
from services.alerts.domain.decision import Reason, Step, decide
from tests.alerts.builders import NOON, alert, broken, finding, standing

MINUTE = timedelta(minutes=1)
LATER = NOON + 30 * MINUTE
ANNA, BEN = Act(by="anna", at=NOON, comment="on my way"), Act(by="ben", at=LATER)
IN_AN_HOUR = Snooze(by="anna", at=NOON, until=NOON + 60 * MINUTE)


def closed(**changes):
    return alert(state=State.CLOSED, closed=ANNA, closed_at=NOON, steps=2, **changes)


def changed(result):
    assert isinstance(result, Acted)
    return result.alert


def test_who_acknowledges_an_alert_has_it():
    result = acknowledge(alert(), ANNA)

    assert result == Acted(alert=alert(acknowledged=ANNA, steps=2), act=ANNA, tell=Step.ACKNOWLEDGED)


@pytest.mark.parametrize("again", [ANNA, replace(ANNA, at=LATER), replace(ANNA, at=LATER, comment=None)])
def test_who_acknowledges_again_has_nothing_to_add(again):
    acknowledged = alert(acknowledged=ANNA, steps=2)

    assert acknowledge(acknowledged, again) == Acted(alert=acknowledged, act=again)


@pytest.mark.parametrize("other", [BEN, replace(ANNA, comment="in ten minutes")])
def test_another_person_or_other_words_take_the_place_of_the_last(other):
    result = acknowledge(alert(acknowledged=ANNA, steps=2), other)

    assert (changed(result).acknowledged, changed(result).steps, result.tell) == (other, 3, Step.ACKNOWLEDGED)


def test_an_acknowledgement_ends_a_snooze_and_a_snooze_an_acknowledgement():
    snoozed = changed(snooze(alert(acknowledged=BEN), IN_AN_HOUR))
    acknowledged = changed(acknowledge(snoozed, BEN))

    assert (snoozed.acknowledged, snoozed.snoozed) == (None, IN_AN_HOUR)
    assert (acknowledged.acknowledged, acknowledged.snoozed) == (BEN, None)


@pytest.mark.parametrize("attended", [{"acknowledged": ANNA}, {"snoozed": IN_AN_HOUR}])
def test_what_was_taken_or_put_off_is_given_back(attended):
    result = release(alert(**attended), BEN)

    assert result == Acted(alert=alert(steps=2), act=BEN, tell=Step.RELEASED)


def test_what_nobody_has_is_given_back_without_a_word():
    assert release(alert(), BEN) == Acted(alert=alert(), act=BEN)


def test_who_puts_it_off_again_until_then_has_nothing_to_add():
    snoozed = alert(snoozed=IN_AN_HOUR)

    assert snooze(snoozed, replace(IN_AN_HOUR, at=NOON + MINUTE)).tell is None
    assert snooze(snoozed, replace(IN_AN_HOUR, until=NOON + 61 * MINUTE)).tell is Step.SNOOZED


@pytest.mark.parametrize("span", [timedelta(), -MINUTE, LONGEST_SNOOZE + timedelta(microseconds=1)])
def test_an_alert_is_put_off_until_later_but_not_for_ever(span):
    result = snooze(alert(), Snooze(by="anna", at=NOON, until=NOON + span))

    assert result == CannotWait(after=NOON, at_the_latest=NOON + LONGEST_SNOOZE)
    assert changed(snooze(alert(), Snooze(by="anna", at=NOON, until=NOON + LONGEST_SNOOZE))).snoozed


def test_who_closes_an_alert_puts_an_end_to_it():
    result = close(alert(snoozed=IN_AN_HOUR), ANNA)

    assert result == Acted(alert=closed(), act=ANNA, tell=Step.CLOSED)
    assert close(closed(), replace(ANNA, at=LATER)) == Acted(alert=closed(), act=replace(ANNA, at=LATER))
    assert close(closed(), BEN) == HasEnded(state=State.CLOSED, since=NOON)


@pytest.mark.parametrize("state", [State.RESOLVED, State.RETRACTED, State.CLOSED])
@pytest.mark.parametrize("action", [acknowledge, release, snooze, close])
def test_nothing_is_done_about_what_has_ended(action, state):
    by_ben = Snooze(by="ben", at=LATER, until=LATER + MINUTE)

    assert action(alert(state=state, closed_at=NOON), by_ben) == HasEnded(state=state, since=NOON)


def test_a_closed_alert_stays_closed_while_its_cause_is_as_it_was():
    still = decide(closed(), finding(headline="other words"), standing(version=2), LATER)

    assert (still.reason, still.tell) == (Reason.STILL_SO, None)
    assert still.alert == replace(closed(), finding=finding(headline="other words"), version=2)
    assert decide(closed(), finding(), standing(version=2), LATER).reason is Reason.NOTHING_NEW


@pytest.mark.parametrize("worse", [broken(), finding(reason="declined")], ids=["critical", "declined"])
def test_a_closed_alert_opens_again_when_it_gets_worse(worse):
    decision = decide(closed(), worse, standing(version=2), LATER)

    assert (decision.reason, decision.tell) == (Reason.REOPENED, Step.OPENED)
    assert decision.alert == alert(finding=worse, opened_at=LATER, steps=3, version=2)


def test_a_closed_alert_does_not_open_again_when_it_gets_milder_and_then_as_bad_as_it_was():
    milder = decide(closed(finding=broken()), finding(), standing(version=2), LATER)
    again = decide(milder.alert, broken(), standing(version=3), LATER)

    assert (milder.reason, again.reason) == (Reason.STILL_SO, Reason.STILL_SO)


def test_a_closed_alert_is_resolved_by_the_facts_and_from_then_on_as_any_other():
    resolved = decide(closed(), None, standing(version=2), LATER)
    again = decide(resolved.alert, finding(), standing(version=3), LATER)
    ended = decide(closed(), None, standing(version=2, ended=True, kv=0.9), LATER)

    assert (resolved.reason, resolved.tell, resolved.alert.state) == (Reason.CLEARED, Step.RESOLVED, State.RESOLVED)
    assert (resolved.alert.closed, resolved.alert.closed_at) == (ANNA, LATER)
    assert (again.reason, again.tell, again.alert.closed) == (Reason.REOPENED, Step.OPENED, None)
    assert ended.alert.grade is Grade.SAVED


def test_history_opens_nothing_that_somebody_has_closed():
    assert decide(closed(), broken(), standing(version=2, replay=True), LATER).reason is Reason.HISTORY


def test_what_was_disproved_is_retracted_even_if_somebody_has_closed_it():
    disproved = standing(version=2, disproved=frozenset({finding().line}))

    assert decide(closed(), None, disproved, LATER).tell is Step.RETRACTED


def test_a_worsening_ends_a_snooze_and_begins_to_count_anew_but_leaves_an_acknowledgement():
    snoozed = decide(alert(snoozed=IN_AN_HOUR, repeats=3), broken(), standing(version=2), LATER)
    acknowledged = decide(alert(acknowledged=ANNA), broken(), standing(version=2), LATER)

    assert (snoozed.tell, snoozed.alert.snoozed, snoozed.alert.repeats) == (Step.ESCALATED, None, 0)
    assert (acknowledged.tell, acknowledged.alert.acknowledged) == (Step.ESCALATED, ANNA)


@pytest.mark.parametrize("words", [finding(), finding(headline="other words")])
def test_what_is_no_worse_leaves_a_snooze_as_it_is(words):
    decision = decide(alert(snoozed=IN_AN_HOUR), words, standing(version=2), LATER)

    assert decision.tell is None
    assert decision.alert is None or decision.alert.snoozed == IN_AN_HOUR


def test_what_opens_again_is_nobodys():
    ended = alert(state=State.RESOLVED, closed_at=NOON, acknowledged=ANNA, repeats=2)
    decision = decide(ended, finding(), standing(version=2), LATER)

    assert decision.alert == alert(opened_at=LATER, steps=2, version=2)
