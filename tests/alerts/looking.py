"""The service without Kafka, and somebody who looks at its page: what it shows is in the store."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.alerts.app import create_app
from services.alerts.domain.alert import Alert
from services.alerts.settings import AlertSettings
from services.chassis.clock import SteppedClock
from services.chassis.embedded_broker import free_port
from tests.alerts.builders import NOON, standing


@dataclass
class Page:
    """The service, and somebody who looks at its page."""

    service: Any
    http: httpx.AsyncClient
    clock: SteppedClock

    async def has(self, *alerts: Alert, ledger=(), **journey: Any) -> None:
        """Put alerts into the store, with their journeys and ledgers."""

        def work(transaction) -> None:
            transaction.save_alerts(alerts)
            for each in alerts:
                stands = standing(each.journey, store=each.store, **journey)
                transaction.save_journeys([stands])
                transaction.save_ledgers({stands.key: tuple(ledger)})

        await self.service.durable.transact(work)

    async def html(self, path: str = "/", status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text

    async def text(self, path: str = "/") -> str:
        """What stands on a page, without its tags."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", await self.html(path)))


@asynccontextmanager
async def opened(directory, **settings: Any) -> AsyncIterator[Page]:
    clock = SteppedClock(NOON)
    kafka = f"127.0.0.1:{free_port()}"
    usual = {"kafka_bootstrap_servers": kafka, "database": directory / "alerts.db", "outgoing_allow": "127.0.0.1"}
    app = create_app(AlertSettings(**usual | settings), clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8120") as http,
    ):
        yield Page(app.state.alerts, http, clock)
