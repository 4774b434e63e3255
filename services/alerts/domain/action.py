"""What people do about an alert: acknowledge it, give it back, put it off, close it; or why that makes no sense.

What was said last holds. Whoever says the same twice changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.domain.alert import Act, Alert, Snooze, State
from services.alerts.domain.decision import Step

LONGEST_SNOOZE = timedelta(days=7)
"""Whoever does not want to hear of an alert for longer than this closes it, and says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acted:
    """The alert after what a person did."""

    alert: Alert
    act: Act
    tell: Step | None = None
    """What is told of it; None: it was so before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HasEnded:
    """Refused: nobody has to look after the alert any more."""

    state: State
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CannotWait:
    """Refused: an alert cannot be put off until then, but until an instant between these."""

    after: datetime
    at_the_latest: datetime


def acknowledge(alert: Alert, act: Act) -> Acted | HasEnded:
    """Somebody takes the alert; whoever had taken it, or put it off, has not any more."""
    if alert.state is not State.OPEN:
        return _ended(alert)
    if _same(alert.acknowledged, act):
        return Acted(alert=alert, act=act)
    return _acted(alert, act, Step.ACKNOWLEDGED, acknowledged=act, snoozed=None)


def release(alert: Alert, act: Act) -> Acted | HasEnded:
    """Whoever has taken the alert, or put it off, gives it back: it needs somebody again."""
    if alert.state is not State.OPEN:
        return _ended(alert)
    if not alert.is_attended:
        return Acted(alert=alert, act=act)
    return _acted(alert, act, Step.RELEASED, acknowledged=None, snoozed=None)


def snooze(alert: Alert, act: Snooze) -> Acted | HasEnded | CannotWait:
    """Somebody wants to hear of the alert later, unless it gets worse; nobody has taken it then."""
    if alert.state is not State.OPEN:
        return _ended(alert)
    latest = act.at + LONGEST_SNOOZE
    if not act.at < act.until <= latest:
        return CannotWait(after=act.at, at_the_latest=latest)
    if _same(alert.snoozed, act):
        return Acted(alert=alert, act=act)
    return _acted(alert, act, Step.SNOOZED, acknowledged=None, snoozed=act)


def close(alert: Alert, act: Act) -> Acted | HasEnded:
    """Somebody puts an end to the alert, whatever the facts say. If it gets worse it opens again."""
    if alert.state is State.CLOSED and alert.closed is not None and alert.closed.by == act.by:
        return Acted(alert=alert, act=act)
    if alert.state is not State.OPEN:
        return _ended(alert)
    return _acted(alert, act, Step.CLOSED, state=State.CLOSED, closed=act, closed_at=act.at, snoozed=None)


def _same(before: Act | None, act: Act) -> bool:
    """Whether somebody says again what he said before; who says no more than that has nothing to add."""
    if before is None:
        return False
    again = replace(act, at=before.at, comment=act.comment or before.comment)
    return again == before


def _acted(alert: Alert, act: Act, step: Step, **changes: object) -> Acted:
    changed = replace(alert, steps=alert.steps + 1, **changes)  # type: ignore[arg-type]
    return Acted(alert=changed, act=act, tell=step)


def _ended(alert: Alert) -> HasEnded:
    return HasEnded(state=alert.state, since=alert.closed_at or alert.opened_at)
