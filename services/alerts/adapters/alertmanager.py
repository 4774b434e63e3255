"""Prometheus Alertmanager: told of every step, and again and again of what is open, since it forgets what it is not."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

from services.alerts.adapters.posting import TOTAL_SECONDS, Posting
from services.alerts.adapters.rendering import until_in
from services.alerts.adapters.telling import account_in_json
from services.alerts.allowance import PUBLIC_ONLY, Allowance
from services.alerts.delivery import Attempt, Delivery, Fate
from services.alerts.domain.account import Case

LASTS = timedelta(minutes=5)
"""An alert that is not repeated for so long has ended, for Alertmanager: several repetitions may fail."""
TEST_LASTS = timedelta(minutes=1)
API = "/api/v2/alerts"


class AlertmanagerChannel:
    """Posts alerts to one Alertmanager. Implements `ports.Board`; use as an asynchronous context manager."""

    def __init__(
        self,
        url: str,
        zone: tzinfo,
        page_url: str,
        *,
        allowed: Allowance = PUBLIC_ONLY,
        name: str = "alertmanager",
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`url` is its own, with its prefix; `page_url` that of our page. `name` stays the same for ever."""
        self.name = name
        self._posting = Posting(url.rstrip("/") + API, allowed, total_seconds=total_seconds)
        self.where = self._posting.where
        self._zone, self._page_url, self._total_seconds = zone, page_url, total_seconds
        # What is repeated was open when it was read: its end must not overtake it on the way.
        self._in_turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._posting.close()

    async def send(self, delivery: Delivery) -> Attempt:
        """Post one step once."""
        body = json.loads(delivery.body)
        return await self._in_time(lambda: self._post([(body["type"], body["data"])]))

    async def repeat(self, still_open: Callable[[], Awaitable[Sequence[Case]]]) -> Attempt:
        """Post what is open once more."""

        async def read_and_post() -> Attempt:
            return await self._post(
                [("alert.open", account_in_json(each, self._page_url)) for each in await still_open()]
            )

        return await self._in_time(read_and_post)

    async def _in_time(self, post: Callable[[], Awaitable[Attempt]]) -> Attempt:
        try:
            async with asyncio.timeout(self._total_seconds), self._in_turn:
                return await post()
        except TimeoutError:
            return Attempt(fate=Fate.REFUSED, why=f"no answer within {self._total_seconds:g} s")

    async def _post(self, steps: Sequence[tuple[str, dict[str, Any]]]) -> Attempt:
        now = datetime.now(UTC)
        alerts = [alert for kind, account in steps for alert in posted(kind, account, now=now, zone=self._zone)]
        if not alerts:
            return Attempt(fate=Fate.SENT)
        return await self._posting.post(json.dumps(alerts, ensure_ascii=False).encode("utf-8", "replace"), {})


def posted(kind: str, account: dict[str, Any], *, now: datetime, zone: tzinfo) -> list[dict[str, Any]]:
    """A step of an alert as Alertmanager has it: one alert, and the end of the milder one that it was before."""
    lasts = TEST_LASTS if kind.endswith(".test") else LASTS
    name = "TouchlineJourneyAtRisk" if account["journey"] else "TouchlineStoreNeglected"
    labels = {
        "alertname": "TouchlineTest" if kind.endswith(".test") else name,
        "store": account["store"],
        "severity": account["severity"],
        "line_kind": account["line"].partition("/")[0],
        "alert_id": account["alert_id"],
    }
    annotations = {
        "headline": account["headline"],
        "remedy": account["remedy"],
        "call": account["call"],
        "until": until_in(account, zone, now=now),
        "link": account["link"],
    }
    # Alertmanager goes by its own clock, ours may be handed and ahead of it; and what ends before it begins is refused.
    ended_at = min(_instant(account["closed_at"]) or now, now)
    ends_at = ended_at if account["closed_at"] else now + lasts
    alert = {
        "labels": labels,
        "annotations": {name: text for name, text in annotations.items() if text},
        "startsAt": min(_instant(account["opened_at"]) or now, ended_at).isoformat(),
        "endsAt": ends_at.isoformat(),
        "generatorURL": account["link"],
    }
    if account["severity"] != "critical" or kind == "alert.opened":
        return [alert]
    # To Alertmanager the labels are what an alert is: with another severity it is another alert.
    return [alert, {**alert, "labels": {**labels, "severity": "warning"}, "endsAt": ended_at.isoformat()}]


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
