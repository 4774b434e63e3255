"""What the alert service tells: each step of an alert as an event for Kafka, and as the body of a webhook."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from services.alerts.adapters.alert_events import told_as
from services.alerts.delivery import FAIL_OVER_AFTER, Delivery, is_personal
from services.alerts.domain.account import Account, Case, account, clipped
from services.alerts.domain.notice import Notice
from services.alerts.domain.pacing import ENDS_WITHIN, patience
from services.alerts.domain.routing import CALLING
from services.alerts.ports import Told
from services.chassis.bookkeeping import Outgoing
from touchline_contracts import ALERTS, new_event
from touchline_contracts.alerts import NoticeGiven

SOURCE = "/touchline/alerts"

OVER = "over"
"""The cause of an end, for a person: it is no reason to be silent when the same begins again."""
_ACCOUNT = TypeAdapter(Account)
_INSTANT = TypeAdapter(datetime)


def alert_message(told: Told) -> Outgoing:
    """A step of an alert as a Kafka message. Its id is made of the alert and the step: who reads it twice can tell."""
    alert = told.case.alert
    event = new_event(
        told_as(told),
        id=f"{alert.alert_id}/{alert.steps}/{told.step.value}",
        source=SOURCE,
        store=alert.store,
        subject=None if alert.of_store else alert.journey,
        time=told.at,
        replay=told.case.standing.replay,
        traceparent=told.traceparent,
    )
    return Outgoing(ALERTS.name, event.key.encode(), event.to_json())


def deliveries(told: Told, channels: Sequence[str], page_url: str, *, now: datetime | None = None) -> list[Delivery]:
    """A step of an alert for each channel, due `now`: by the network's time, whatever clock we were handed.

    What is told to one person waits a little for what belongs to it.
    """
    alert, now = told.case.alert, now or datetime.now(UTC)
    body = webhook_body(told, page_url) if channels else b""
    plain = Delivery(
        delivery_id="",
        alert_id=alert.alert_id,
        step=alert.steps,
        channel="",
        body=body,
        asked_at=told.asked_at,
        pass_on_at=now + FAIL_OVER_AFTER,
    )
    finding = alert.finding
    waits = patience(critical=finding.severity == "critical", at=told.at, until=finding.until)
    due_at = now + (waits if told.step in CALLING else ENDS_WITHIN)
    cause = f"{alert.store}\n{alert.cause}" if told.step in CALLING else OVER
    to_a_person = replace(plain, cause=cause, due_at=due_at, pass_on_at=due_at + FAIL_OVER_AFTER)
    return [
        replace(
            to_a_person if is_personal(channel) else plain,
            delivery_id=f"{alert.alert_id}:{alert.steps}:{channel}",
            channel=channel,
        )
        for channel in channels
    ]


def webhook_body(told: Told, page_url: str) -> bytes:
    """A step of an alert as JSON: what happened, when, and all there is to say about the alert."""
    return as_body(f"alert.{told.step.value}", told.at, account_in_json(told.case, page_url))


def as_body(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """What happened, when, and what there is to say, as JSON."""
    body = {"type": kind, "timestamp": _INSTANT.dump_python(at, mode="json"), "data": data}
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def account_in_json(case: Case, page_url: str) -> dict[str, Any]:
    """All there is to say about an alert."""
    found: dict[str, Any] = _ACCOUNT.dump_python(account(case, page_url), mode="json")
    return found


def notice_message(notice: Notice) -> Outgoing:
    """Good news as a Kafka message."""
    event = new_event(
        NoticeGiven(
            notice_id=notice.notice_id,
            line=notice.news.line,
            touchpoint=notice.news.touchpoint,
            headline=clipped(notice.news.headline),
            kv=notice.kv,
            given_at=notice.given_at,
        ),
        id=f"{notice.notice_id}/given",
        source=SOURCE,
        store=notice.store,
        subject=notice.journey,
        time=notice.given_at,
    )
    return Outgoing(ALERTS.name, event.key.encode(), event.to_json())
