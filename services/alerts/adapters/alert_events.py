"""Each step of an alert as the contracts have it, whether it is about a journey or about a store as a whole."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.alerts.domain.account import clipped
from services.alerts.domain.alert import Act, Alert, Grade, Snooze
from services.alerts.domain.decision import Step
from services.alerts.ports import Told
from touchline_contracts import alerts, store_alerts
from touchline_contracts.fields import Fields


def told_as(told: Told) -> Fields:
    """What an event says of the step."""
    return (_OF_STORES if told.case.alert.of_store else _OF_JOURNEYS)[told.step](told)


def _finding(told: Told) -> dict[str, Any]:
    finding = told.case.alert.finding
    return _line(told.case.alert) | {
        "severity": finding.severity,
        "reason": finding.reason,
        "headline": clipped(finding.headline),
        "remedy": clipped(finding.remedy),
        "call": finding.call,
        "until": finding.until,
    }


def _line(alert: Alert) -> dict[str, Any]:
    return {"alert_id": alert.alert_id, "line": alert.line}


def _repeated(told: Told) -> dict[str, Any]:
    return _finding(told) | {"repeated_at": told.at, "times": told.case.alert.repeats}


def _ended(told: Told) -> datetime:
    return told.case.alert.closed_at or told.at


def _resolved(told: Told) -> dict[str, Any]:
    return _line(told.case.alert) | {"resolved_at": _ended(told)}


def _retracted(told: Told) -> dict[str, Any]:
    return _line(told.case.alert) | {"retracted_at": told.at}


def _done(told: Told) -> dict[str, Any]:
    """What a person did, and when."""
    act: Act | None = told.act
    assert act is not None, f"{told.step} says who did it"
    fields: dict[str, Any] = {"alert_id": told.case.alert.alert_id, "by": act.by, "comment": act.comment}
    until = {"until": act.until} if isinstance(act, Snooze) else {}
    return fields | {f"{told.step.value}_at": told.at} | until


_OF_JOURNEYS: dict[Step, Callable[[Told], Fields]] = {
    Step.OPENED: lambda told: alerts.AlertOpened(**_finding(told), opened_at=told.at),
    Step.ESCALATED: lambda told: alerts.AlertEscalated(**_finding(told), escalated_at=told.at),
    Step.REPEATED: lambda told: alerts.AlertRepeated(**_repeated(told)),
    Step.ACKNOWLEDGED: lambda told: alerts.AlertAcknowledged(**_done(told)),
    Step.RELEASED: lambda told: alerts.AlertReleased(**_done(told)),
    Step.SNOOZED: lambda told: alerts.AlertSnoozed(**_done(told)),
    Step.CLOSED: lambda told: alerts.AlertClosed(**_done(told)),
    Step.RESOLVED: lambda told: alerts.AlertResolved(
        **_resolved(told), grade=(told.case.alert.grade or Grade.PENDING).value
    ),
    Step.RETRACTED: lambda told: alerts.AlertRetracted(**_retracted(told)),
}
_OF_STORES: dict[Step, Callable[[Told], Fields]] = {
    Step.OPENED: lambda told: store_alerts.StoreAlertOpened(**_finding(told), opened_at=told.at),
    Step.ESCALATED: lambda told: store_alerts.StoreAlertEscalated(**_finding(told), escalated_at=told.at),
    Step.REPEATED: lambda told: store_alerts.StoreAlertRepeated(**_repeated(told)),
    Step.ACKNOWLEDGED: lambda told: store_alerts.StoreAlertAcknowledged(**_done(told)),
    Step.RELEASED: lambda told: store_alerts.StoreAlertReleased(**_done(told)),
    Step.SNOOZED: lambda told: store_alerts.StoreAlertSnoozed(**_done(told)),
    Step.CLOSED: lambda told: store_alerts.StoreAlertClosed(**_done(told)),
    Step.RESOLVED: lambda told: store_alerts.StoreAlertResolved(**_resolved(told)),
    Step.RETRACTED: lambda told: store_alerts.StoreAlertRetracted(**_retracted(told)),
}
