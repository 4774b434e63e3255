"""What somebody who looks after an alert can report: what has come of it, as a store's own systems would tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.alerts.domain.account import Case
from services.alerts.domain.alert import State

Teller = Literal["greeting", "promises", "recovery"]
"""The services that take what is reported."""


class Report(StrEnum):
    """One thing that has come to be so, or that was agreed."""

    GREETED = "greeted"
    CONFIRMED = "confirmed"
    """Whoever must carry a promise out has said that they will."""
    DECLINED = "declined"
    RESCHEDULED = "rescheduled"
    """The customer has agreed to another time."""
    KEPT = "kept"
    WITHDRAWN = "withdrawn"
    """The promise was taken back, before it was due."""
    OWNED = "owned"
    """Somebody has taken a problem as their own."""
    RESTORED = "restored"
    """A problem was put right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """What somebody reports of an alert."""

    report: Report
    case: Case
    at: datetime
    due: datetime | None = None
    """The new time, of a promise that is rescheduled."""
    reason: str | None = None


_OF_PROMISES: Mapping[str, tuple[Report, ...]] = {
    "made": (Report.CONFIRMED, Report.RESCHEDULED, Report.KEPT, Report.DECLINED, Report.WITHDRAWN),
    "confirmed": (Report.KEPT, Report.RESCHEDULED, Report.DECLINED, Report.WITHDRAWN),
    "declined": (Report.CONFIRMED, Report.RESCHEDULED, Report.KEPT, Report.WITHDRAWN),
    "broken": (Report.KEPT,),
}
_OF_PROBLEMS: Mapping[str, tuple[Report, ...]] = {
    "reported": (Report.OWNED, Report.RESTORED),
    "owned": (Report.RESTORED,),
}
_OF_GREETINGS: Mapping[str, tuple[Report, ...]] = {"open": (Report.GREETED,), "overdue": (Report.GREETED,)}


def reports(case: Case) -> tuple[Report, ...]:
    """What makes sense to be reported of an alert as it stands, the likeliest first; nothing once it has ended."""
    alert = case.alert
    if alert.state is not State.OPEN or alert.of_store or case.standing.ended:
        return ()
    kind = alert.line.partition("/")[0]
    by_state = {"promise": _OF_PROMISES, "problem": _OF_PROBLEMS, "greeting": _OF_GREETINGS}.get(kind, {})
    return by_state.get(_state(case), ())


def _state(case: Case) -> str:
    return next((each.state for each in case.ledger if each.line == case.alert.line), "")
