"""Each step of an alert as the contracts have it, whether it is about a journey or about a store as a whole."""

from collections.abc import Callable
from typing import Any

from services.alerts.domain.account import clipped, unless_long
from services.alerts.domain.alert import Act, Alert, Grade, Snooze
from services.alerts.domain.decision import Step
from services.alerts.ports import Told
from touchline_contracts import alerts, store_alerts
from touchline_contracts.fields import Fields


def told_as(told: Told) -> Fields:
    """What an event says of the step."""
    (of_journey, of_store), fields = _TOLD_AS[told.step]
    return (of_store if told.case.alert.of_store else of_journey)(**fields(told))


def _finding(told: Told) -> dict[str, Any]:
    finding = told.case.alert.finding
    return _line(told.case.alert) | {
        "severity": finding.severity,
        "reason": finding.reason,
        "headline": clipped(finding.headline),
        "phrase": unless_long(finding.phrase, finding.headline),
        "remedy": clipped(finding.remedy),
        "call": finding.call,
        "until": finding.until,
    }


def _line(alert: Alert) -> dict[str, Any]:
    return {"alert_id": alert.alert_id, "line": alert.line}


def _opened(told: Told) -> dict[str, Any]:
    return _finding(told) | {"opened_at": told.at}


def _escalated(told: Told) -> dict[str, Any]:
    return _finding(told) | {"escalated_at": told.at}


def _repeated(told: Told) -> dict[str, Any]:
    return _finding(told) | {"repeated_at": told.at, "times": told.case.alert.repeats}


def _resolved(told: Told) -> dict[str, Any]:
    alert = told.case.alert
    grade = {} if alert.of_store else {"grade": (alert.grade or Grade.PENDING).value}
    return _line(alert) | {"resolved_at": alert.closed_at or told.at} | grade


def _retracted(told: Told) -> dict[str, Any]:
    return _line(told.case.alert) | {"retracted_at": told.at}


def _done(told: Told) -> dict[str, Any]:
    """What a person did, and when."""
    act: Act | None = told.act
    assert act is not None, f"{told.step} says who did it"
    fields: dict[str, Any] = {"alert_id": told.case.alert.alert_id, "by": act.by, "comment": act.comment}
    until = {"until": act.until} if isinstance(act, Snooze) else {}
    return fields | {f"{told.step.value}_at": told.at} | until


_TOLD_AS: dict[Step, tuple[tuple[type[Fields], type[Fields]], Callable[[Told], dict[str, Any]]]] = {
    Step.OPENED: ((alerts.AlertOpened, store_alerts.StoreAlertOpened), _opened),
    Step.ESCALATED: ((alerts.AlertEscalated, store_alerts.StoreAlertEscalated), _escalated),
    Step.REPEATED: ((alerts.AlertRepeated, store_alerts.StoreAlertRepeated), _repeated),
    Step.ACKNOWLEDGED: ((alerts.AlertAcknowledged, store_alerts.StoreAlertAcknowledged), _done),
    Step.RELEASED: ((alerts.AlertReleased, store_alerts.StoreAlertReleased), _done),
    Step.SNOOZED: ((alerts.AlertSnoozed, store_alerts.StoreAlertSnoozed), _done),
    Step.CLOSED: ((alerts.AlertClosed, store_alerts.StoreAlertClosed), _done),
    Step.RESOLVED: ((alerts.AlertResolved, store_alerts.StoreAlertResolved), _resolved),
    Step.RETRACTED: ((alerts.AlertRetracted, store_alerts.StoreAlertRetracted), _retracted),
}
"""Of a journey, of a store, and what both say."""
