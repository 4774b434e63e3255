"""What to do about one line of a journey or a store after an evaluation: whether somebody is told, and why."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.alerts.domain.alert import Alert, Finding, Grade, Standing, State
from services.alerts.domain.freshness import is_historic

RANK = {"warning": 0, "critical": 1}
NEWS_BY_ITSELF = frozenset({"declined"})
"""Somebody has said no: whoever was warned of silence has to know, however long there is to go."""


class Reason(StrEnum):
    """Why a decision came out as it did."""

    FIRST_WARNING = "first_warning"
    WORSENED = "worsened"
    STILL_SO = "still_so"
    """The words have changed, the alert has not: nobody is told again."""
    CLEARED = "cleared"
    DISPROVED = "disproved"
    JOURNEY_ENDED = "journey_ended"
    GRADED = "graded"
    """Resolved before; now it is known, or known better, how the journey ended."""
    REOPENED = "reopened"
    HISTORY = "history"
    """A replay: it opens nothing and pages nobody."""
    HISTORIC = "historic"
    """It came to be so too long ago: nobody is told what cannot be helped any more."""
    SEEN_BEFORE = "seen_before"
    """The evaluation is not newer than one that was handled."""
    NOTHING_NEW = "nothing_new"


class Step(StrEnum):
    """What is told of an alert."""

    OPENED = "opened"
    ESCALATED = "escalated"
    REPEATED = "repeated"
    """Told again unchanged: nobody has acknowledged it, or somebody had put it off until now."""
    RESOLVED = "resolved"
    RETRACTED = "retracted"
    ACKNOWLEDGED = "acknowledged"
    RELEASED = "released"
    """Nobody looks after it any more: the acknowledgement was taken back."""
    SNOOZED = "snoozed"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What becomes of an alert, and what is told of it."""

    reason: Reason
    alert: Alert | None = None
    """The alert as it is from now on; None: as it was."""
    tell: Step | None = None


def decide(
    known: Alert | None,
    finding: Finding | None,
    standing: Standing,
    now: datetime,
    *,
    fresh_from: datetime | None = None,
) -> Decision:
    """What to do about a line, given its alert (if there ever was one) and what the evaluation finds wrong with it.

    What came to be so before `fresh_from` opens nothing; an alert that is open goes on.
    The caller has seen to it that the evaluation is newer than the last one.
    """
    if standing.ended:
        finding = None  # there is nothing left to do about it
    opens = known is None or known.state is not State.OPEN
    if finding is not None and opens and not standing.replay and is_historic(finding, fresh_from=fresh_from, now=now):
        return Decision(reason=Reason.HISTORIC)
    if known is None:
        return _unknown(finding, standing, now)
    if finding is None and known.line in standing.disproved:
        return _disproved(known, standing, now)
    if known.state in {State.OPEN, State.CLOSED}:
        return _unsettled(known, finding, standing, now)
    return _settled(known, finding, standing, now)


def _unknown(finding: Finding | None, standing: Standing, now: datetime) -> Decision:
    if finding is None:
        return Decision(reason=Reason.NOTHING_NEW)
    if standing.replay:
        return Decision(reason=Reason.HISTORY)
    alert = Alert(
        store=standing.store, journey=standing.journey, finding=finding, opened_at=now, version=standing.version
    )
    return Decision(reason=Reason.FIRST_WARNING, alert=alert, tell=Step.OPENED)


def _disproved(known: Alert, standing: Standing, now: datetime) -> Decision:
    if known.state is State.RETRACTED:
        return Decision(reason=Reason.NOTHING_NEW)
    alert = _next(known, standing, state=State.RETRACTED, grade=None, closed_at=now, snoozed=None)
    return Decision(reason=Reason.DISPROVED, alert=alert, tell=Step.RETRACTED)


def _unsettled(known: Alert, finding: Finding | None, standing: Standing, now: datetime) -> Decision:
    """The facts have not put an end to it, even if a person has."""
    if finding is None:
        reason = Reason.JOURNEY_ENDED if standing.ended else Reason.CLEARED
        alert = _next(known, standing, state=State.RESOLVED, grade=standing.grade, closed_at=now, snoozed=None)
        return Decision(reason=reason, alert=alert, tell=Step.RESOLVED)
    if standing.replay:
        # Not even the words: a rise in severity that was taken over silently would never be told.
        return Decision(reason=Reason.HISTORY)
    if _worse(finding, known.finding):
        if known.state is State.CLOSED:
            return _opened_again(known, finding, standing, now)
        highest = max(finding.severity, known.finding.severity, key=RANK.__getitem__)
        worse = replace(finding, severity=highest)
        # Whoever has put it off did not know of this.
        alert = _next(known, standing, finding=worse, escalated_at=now, snoozed=None, repeats=0)
        return Decision(reason=Reason.WORSENED, alert=alert, tell=Step.ESCALATED)
    fresh = replace(finding, severity=known.finding.severity)
    if fresh == known.finding:
        return Decision(reason=Reason.NOTHING_NEW)
    return Decision(reason=Reason.STILL_SO, alert=replace(known, finding=fresh, version=standing.version))


def _settled(known: Alert, finding: Finding | None, standing: Standing, now: datetime) -> Decision:
    if finding is not None:
        return Decision(reason=Reason.HISTORY) if standing.replay else _opened_again(known, finding, standing, now)
    grade = standing.grade
    if known.state is State.RESOLVED and grade not in (Grade.PENDING, known.grade):
        return Decision(reason=Reason.GRADED, alert=_next(known, standing, grade=grade), tell=Step.RESOLVED)
    return Decision(reason=Reason.NOTHING_NEW)


def _opened_again(known: Alert, finding: Finding, standing: Standing, now: datetime) -> Decision:
    """From its beginning: what people did about it the last time is over."""
    alert = Alert(
        store=known.store,
        journey=known.journey,
        finding=finding,
        opened_at=now,
        steps=known.steps + 1,
        version=standing.version,
    )
    return Decision(reason=Reason.REOPENED, alert=alert, tell=Step.OPENED)


def _worse(finding: Finding, before: Finding) -> bool:
    risen = RANK[finding.severity] > RANK[before.severity]
    return risen or (finding.reason in NEWS_BY_ITSELF and finding.reason != before.reason)


def _next(known: Alert, standing: Standing, **changes: object) -> Alert:
    """The alert after one more thing was told of it."""
    return replace(known, steps=known.steps + 1, version=standing.version, **changes)  # type: ignore[arg-type]
