"""A broker, a touchpoint service on it, and what the service has published, read back from Kafka."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.chassis.clock import SteppedClock
from services.chassis.embedded_broker import EmbeddedBroker
from services.touchpoints import cleanliness, delivery, feedback, greeting, handoff, promises, recovery
from services.touchpoints.shell.app import create_app
from services.touchpoints.shell.service import TouchpointService
from services.touchpoints.shell.settings import TouchpointSettings
from touchline_contracts import TOUCHPOINTS

PATIENCE_SECONDS = 20
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
SERVICES = {
    module.SERVICE.name: module.SERVICE
    for module in (greeting, handoff, delivery, cleanliness, promises, recovery, feedback)
}

_numbers = itertools.count(1)


class CrashingBroker(EmbeddedBroker):
    """A broker that can end as machines end: at once, without a word to those who are connected."""

    async def crash(self) -> None:
        self._process.kill()
        await self._process.wait()


@dataclass
class Desk:
    """A touchpoint service that runs, and somebody who sends it events."""

    service: TouchpointService
    clock: SteppedClock
    app: Any
    http: httpx.AsyncClient
    bootstrap_servers: str

    async def send(
        self, body: Any, content_type: str = "application/cloudevents+json", **headers: str
    ) -> httpx.Response:
        """Send an event, a batch, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/v1/events", content=content, headers={"content-type": content_type} | named)

    async def send_lines(self, *events: Any) -> httpx.Response:
        """Send a line for each."""
        lines = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in events)
        return await self.send(lines, "application/x-ndjson")

    async def published(self, journey: "Journey", *, until: str) -> list[ConsumerRecord]:
        """What is in Kafka about a journey, in order, up to the event whose id is `until`."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(TOUCHPOINTS.name, number) for number in range(TOUCHPOINTS.partitions)])
            await consumer.seek_to_beginning()
            found = []
            async with asyncio.timeout(PATIENCE_SECONDS):
                async for record in consumer:
                    event = json.loads(record.value)
                    if event.get("subject") == journey.subject:
                        found.append(record)
                        if event["id"] == until:
                            return found
        finally:
            await consumer.stop()
        raise AssertionError("the consumer ended by itself")

    async def published_once_more(self, journey: "Journey") -> list[ConsumerRecord]:
        """Everything in Kafka about a journey: a last event is sent, and all before it is there."""
        last = journey.event()
        assert (await self.send(last)).status_code == 202
        return (await self.published(journey, until=last["id"]))[:-1]


@dataclass
class Journey:
    """A journey of its own, so that tests on one topic do not see each other."""

    subject: str = field(default_factory=lambda: f"visit-{next(_numbers)}")

    def event(self, **changes: Any) -> dict[str, Any]:
        """A customer's arrival, with an id of its own; `changes` are attributes. None leaves one out."""
        event = {
            "specversion": "1.0",
            "id": f"event-{next(_numbers)}",
            "source": "/riga-1/door-1",
            "type": "touchline.customer.arrived.v1",
            "subject": self.subject,
            "time": "2026-11-21T14:00:00+02:00",
            "store": "riga-1",
            "data": {"channel": "door"},
        } | changes
        return {name: value for name, value in event.items() if value is not None}


@pytest.fixture
def journey() -> Journey:
    return Journey()


@pytest.fixture(params=SERVICES.values(), ids=SERVICES.keys())
def service(request) -> TouchpointService:
    """Each of the touchpoint services in turn."""
    return request.param


@pytest.fixture(scope="session")
def service_by_name() -> dict[str, TouchpointService]:
    return SERVICES


@pytest.fixture
async def crashing_kafka() -> AsyncIterator[CrashingBroker]:
    """A broker for one test, which may end it and start it again."""
    async with CrashingBroker() as broker:
        yield broker


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[EmbeddedBroker]:
    async with EmbeddedBroker() as broker:
        yield broker


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(scope="session")
def open_desk() -> OpenDesk:
    """Starts a service against a broker; settings follow by name."""

    @asynccontextmanager
    async def opened(service: TouchpointService, bootstrap_servers: str, **settings: Any) -> AsyncIterator[Desk]:
        with TemporaryDirectory(prefix="touchline-desk-") as directory:
            async with opened_in(Path(directory), service, bootstrap_servers, **settings) as desk:
                yield desk

    @asynccontextmanager
    async def opened_in(
        directory: Path, service: TouchpointService, bootstrap_servers: str, **settings: Any
    ) -> AsyncIterator[Desk]:
        chosen = TouchpointSettings(
            kafka_bootstrap_servers=bootstrap_servers,
            kafka_idempotence=False,
            **{"kafka_pause_seconds": 0.1, "spool_file": directory / "spool.db"} | settings,
        )
        clock = SteppedClock(NOW)
        app = create_app(service, chosen, clock)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://desk") as http,
        ):
            yield Desk(service=service, clock=clock, app=app, http=http, bootstrap_servers=bootstrap_servers)

    return opened


@pytest.fixture(scope="session")
def ready() -> Callable[[Desk], Awaitable[None]]:
    """Waits until a desk has its broker."""

    async def wait(desk: Desk) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await desk.app.state.connection.wait_until_up()

    return wait


@pytest.fixture(scope="module")
async def desk(kafka: EmbeddedBroker, open_desk: OpenDesk, ready) -> AsyncIterator[Desk]:
    """The greeting service, running."""
    async with open_desk(greeting.SERVICE, kafka.bootstrap_servers) as opened:
        await ready(opened)
        yield opened
