"""What waits for one person as pages: read from the bodies of deliveries, with what is known of their causes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from services.alerts.delivery import Delivery
from services.alerts.domain.alert import cause_of, is_shared
from services.alerts.domain.pacing import Page
from services.alerts.domain.taken import HOLDS, covers, taken
from services.alerts.ports import CauseKey, Transaction

Body = Mapping[str, Any]


class Waiting(NamedTuple):
    """What waits for one person."""

    pages: list[Page]
    told_of: Mapping[str, bool]
    """The alerts that the person was told of before; whether they were called."""


def waiting_for(
    transaction: Transaction, channel: str, deliveries: Sequence[Delivery], now: datetime, *, alerts_now: datetime
) -> Waiting:
    """The pages of deliveries to one person. `alerts_now`: the same instant by the clock that alerts go by.

    A cause that somebody has is so for whoever was told of the alert that was taken. What is told again, because nobody
    had it by then, is so for everybody.
    """
    bodies: list[Body] = [json.loads(each.body) for each in deliveries]
    causes = {_cause(each) for each in bodies if _asks(each) and is_shared(_cause(each)[1])}
    found = transaction.of_causes(causes, alerts_now - HOLDS)
    mine = {cause: taken(alerts, alerts_now) for cause, alerts in found.items()}
    of_interest = {each.alert_id for each in deliveries} | {one.alert_id for each in mine.values() for one in each}
    told_of = transaction.told_of(channel, of_interest)

    def is_taken(body: Body) -> bool:
        return _asks(body) and any(
            (_is_again(body) or each.alert_id in told_of) and covers(each, body["data"]["severity"])
            for each in mine.get(_cause(body), ())
        )

    pages = sorted(
        (_page(each, body, now, is_taken=is_taken(body)) for each, body in zip(deliveries, bodies, strict=True)),
        key=lambda each: each.step,
    )
    # Of an alert the last step says it all.
    last = {each.alert_id: each.taken for each in pages}
    return Waiting([replace(each, taken=last[each.alert_id]) for each in pages], told_of)


def body_of(delivery: Delivery) -> bytes:
    """The body as it is told: what somebody has says so."""
    if not delivery.taken:
        return delivery.body
    body = json.loads(delivery.body)
    body["data"]["taken"] = True
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _asks(body: Body) -> bool:
    """Whether a step only asks for somebody: what gets worse is news, and who has put it off wants to hear of it."""
    return body["type"] == "alert.opened" or _is_again(body)


def _is_again(body: Body) -> bool:
    return body["type"] == "alert.repeated" and bool(body["data"]["repeats"])


def _cause(body: Body) -> CauseKey:
    return body["data"]["store"], cause_of(body["data"]["line"])


def _page(delivery: Delivery, body: Body, now: datetime, *, is_taken: bool) -> Page:
    data = body["data"]
    return Page(
        page_id=delivery.delivery_id,
        alert_id=delivery.alert_id,
        step=delivery.step,
        store=data["store"],
        cause=delivery.cause or delivery.alert_id,
        calls=data["closed_at"] is None,
        critical=data["severity"] == "critical",
        taken=is_taken,
        again=_is_again(body),
        until=data["until"] and datetime.fromisoformat(data["until"]),
        lost=data["grade"] == "lost",
        due_at=delivery.due_at or now,
    )
