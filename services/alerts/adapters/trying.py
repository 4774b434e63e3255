"""A message that tries a channel out: everybody who reads it, person or program, can tell that nothing is wrong."""

from datetime import datetime
from uuid import uuid4

from services.alerts.adapters.telling import account_in_json, as_body
from services.alerts.delivery import Delivery
from services.alerts.domain.account import Case
from services.alerts.domain.alert import Alert, Finding, JourneyStanding

KIND = "channel.test"
"""No kind of alert, so that a program which acts on alerts does not act on it."""


def trial(channel: str, page_url: str, now: datetime) -> Delivery:
    """A message for one channel, with an id of its own each time."""
    name = uuid4().hex
    finding = Finding(
        line="test",
        severity="warning",
        reason="test",
        headline="Touchline can reach you; nothing is wrong",
        remedy="Nothing has to be done.",
    )
    alert = Alert(store="test", journey="test", finding=finding, opened_at=now, version=0)
    standing = JourneyStanding(
        store="test", journey="test", version=0, as_of=now, kv=1.0, forecast=1.0, risk=0.0, adequate=1.0
    )
    account = account_in_json(Case(alert=alert, standing=standing), page_url)
    body = as_body(KIND, now, {**account, "alert_id": name, "link": page_url})
    return Delivery(delivery_id=f"{name}:1:{channel}", alert_id=name, step=1, channel=channel, body=body)
