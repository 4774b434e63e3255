"""When an alert is told again because nobody has acknowledged it, or because somebody had put it off until then."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.alerts.domain.alert import Alert, Severity, State
from services.alerts.domain.decision import Step

STILL_WORTH_IT = timedelta(hours=1)
"""Until so long after it was too late to act an alert is told again: then somebody has to make amends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeating:
    """How often an alert is told again while nobody looks after it."""

    every: Mapping[Severity, timedelta] = field(default_factory=dict)
    """By severity; one that is missing is not told again."""
    at_most: int = 4
    """So many times in a row; whoever has not listened by then does not listen to the next one either."""

    def scheduled(self, alert: Alert, told_at: datetime) -> Alert:
        """The alert, of which something was told just now, with the instant at which it is told again."""
        return replace(alert, repeat_at=self._next(alert, told_at))

    def reworded(self, alert: Alert, before: Alert, now: datetime) -> Alert:
        """The alert, of which only the words have changed: told again after all, if by these it is not too late."""
        if before.repeat_at is None and self._next(before, now) is None:
            return self.scheduled(alert, now)
        return alert

    def again(self, alert: Alert, now: datetime, *, history: bool = False) -> tuple[Alert, Step | None]:
        """The alert once the instant has come, and whether it is told again. `history`: its journey is a replay's."""
        if alert.repeat_at is None or now < alert.repeat_at:
            return alert, None
        if history or _is_too_late(alert, now):
            return replace(alert, repeat_at=None), None
        # Who has put it off has asked for this; it begins anew.
        repeats = 0 if alert.snoozed is not None else alert.repeats + 1
        repeated = replace(alert, steps=alert.steps + 1, repeats=repeats, snoozed=None)
        return self.scheduled(repeated, now), Step.REPEATED

    def _next(self, alert: Alert, told_at: datetime) -> datetime | None:
        if alert.state is not State.OPEN or alert.acknowledged is not None:
            return None
        if alert.snoozed is not None:
            return alert.snoozed.until
        pause = self.every.get(alert.finding.severity)
        if pause is None or alert.repeats >= self.at_most or _is_too_late(alert, told_at + pause):
            return None
        return told_at + pause


def _is_too_late(alert: Alert, now: datetime) -> bool:
    until = alert.finding.until
    return alert.snoozed is None and until is not None and now > until + STILL_WORTH_IT
