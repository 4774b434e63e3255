"""What the alert service tells: each step of an alert as an event for Kafka, and as the body of a webhook."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import TypeAdapter

from services.alerts.domain.account import Account, account, clipped
from services.alerts.domain.alert import Alert, Grade
from services.alerts.domain.decision import Step
from services.alerts.ports import Delivery, Told
from services.chassis.bookkeeping import Outgoing
from touchline_contracts import ALERTS, new_event
from touchline_contracts.alerts import AlertEscalated, AlertOpened, AlertResolved, AlertRetracted
from touchline_contracts.fields import Fields

SOURCE = "/touchline/alerts"

_ACCOUNT = TypeAdapter(Account)
_INSTANT = TypeAdapter(datetime)


def alert_message(told: Told) -> Outgoing:
    """A step of an alert as a Kafka message. Its id is made of the alert and the step: who reads it twice can tell."""
    alert, journey = told.case.alert, told.case.journey
    event = new_event(
        _TOLD_AS[told.step](alert, told.at),
        id=f"{alert.alert_id}/{alert.steps}/{told.step.value}",
        source=SOURCE,
        store=alert.store,
        subject=alert.journey,
        time=told.at,
        replay=journey.replay,
        traceparent=told.traceparent,
    )
    return Outgoing(ALERTS.name, event.key.encode(), event.to_json())


def deliveries(told: Told, channels: Sequence[str], page_url: str) -> list[Delivery]:
    """A step of an alert for each channel."""
    alert = told.case.alert
    body = webhook_body(told, page_url) if channels else b""
    return [
        Delivery(
            delivery_id=f"{alert.alert_id}:{alert.steps}:{channel}",
            alert_id=alert.alert_id,
            step=alert.steps,
            channel=channel,
            body=body,
            asked_at=told.asked_at,
        )
        for channel in channels
    ]


def webhook_body(told: Told, page_url: str) -> bytes:
    """A step of an alert as JSON: what happened, when, and all there is to say about the alert."""
    body = {
        "type": f"alert.{told.step.value}",
        "timestamp": _INSTANT.dump_python(told.at, mode="json"),
        "data": _ACCOUNT.dump_python(account(told.case, page_url), mode="json"),
    }
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _opened(alert: Alert, at: datetime) -> Fields:
    finding = alert.finding
    return AlertOpened(
        alert_id=alert.alert_id,
        line=finding.line,
        severity=finding.severity,
        reason=finding.reason,
        headline=clipped(finding.headline),
        remedy=clipped(finding.remedy),
        call=finding.call,
        until=finding.until,
        opened_at=at,
    )


def _escalated(alert: Alert, at: datetime) -> Fields:
    finding = alert.finding
    return AlertEscalated(
        alert_id=alert.alert_id,
        line=finding.line,
        severity=finding.severity,
        reason=finding.reason,
        headline=clipped(finding.headline),
        remedy=clipped(finding.remedy),
        call=finding.call,
        until=finding.until,
        escalated_at=at,
    )


def _resolved(alert: Alert, at: datetime) -> Fields:
    return AlertResolved(
        alert_id=alert.alert_id,
        line=alert.line,
        resolved_at=alert.closed_at or at,
        grade=(alert.grade or Grade.PENDING).value,
    )


def _retracted(alert: Alert, at: datetime) -> Fields:
    return AlertRetracted(alert_id=alert.alert_id, line=alert.line, retracted_at=at)


_TOLD_AS: dict[Step, Callable[[Alert, datetime], Fields]] = {
    Step.OPENED: _opened,
    Step.ESCALATED: _escalated,
    Step.RESOLVED: _resolved,
    Step.RETRACTED: _retracted,
}
