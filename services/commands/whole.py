"""The whole path in one process: broker, all services, a manager's phone, and a clock that is turned by hand.

For stories and their tests. Everything is the real thing but the clock and the processes: events go in by HTTP, through
Kafka's protocol, through databases on disk, and alerts come out as signed webhooks.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from services.alerts.app import create_app as create_alerts
from services.alerts.settings import AlertSettings
from services.chassis.clock import SteppedClock
from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.kafka_settings import without_security
from services.chassis.producing import Message, Producing
from services.commands.concept import concept_events
from services.commands.concept_reading import read_file
from services.commands.phone import Phone, new_secret
from services.commands.touchpoint_services import SERVICES
from services.commands.watching import Watcher
from services.experience.app import create_app as create_experience
from services.experience.settings import ExperienceSettings
from services.touchpoints.shell.app import create_app as create_touchpoint
from services.touchpoints.shell.settings import TouchpointSettings
from touchline_contracts import TOUCHPOINTS, AnyEvent

START_SECONDS = 60.0
SETTLE_SECONDS = 30.0
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""From when the concepts of a story hold."""
CLOUDEVENT = {"content-type": "application/cloudevents+json"}


class Whole:
    """All services, ready. `post` hands in an event, `turn_to` moves the clock; both return when all is worked off."""

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        idempotence: bool,
        directory: Path,
        start: datetime,
        alert_settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.clock = SteppedClock(start)
        secret = new_secret()
        self.phone = Phone(secret)
        self.watcher = Watcher(bootstrap_servers)
        shared: dict[str, Any] = {"kafka_bootstrap_servers": bootstrap_servers, "kafka_idempotence": idempotence}
        self._apps: dict[str, FastAPI] = {
            name: create_touchpoint(
                service,
                # Nobody but the story reaches it.
                TouchpointSettings(**shared, spool_file=directory / f"{name}.spool.db", keys_file=None, open=True),
                self.clock,
            )
            for name, service in SERVICES.items()
        }
        self._experience_app = create_experience(
            ExperienceSettings(**shared, database=directory / "experience.db", keys_file=None), self.clock
        )
        self._alerts_app = create_alerts(
            AlertSettings(
                **shared
                | {
                    "database": directory / "alerts.db",
                    # Nobody but the story reaches it.
                    "open": True,
                    "sign_in": "none",
                    "outgoing_allow": ("127.0.0.1",),
                    # Nobody but the phone is told of a story.
                    "smtp_host": None,
                    "apprise_url": None,
                    "apprise_url_file": None,
                    "alertmanager_url": None,
                    "webhook_url": self.phone.url,
                    "webhook_secret": SecretStr(secret),
                    "repeat_minutes": 0,  # in stories nobody acknowledges anything, and each step is told once
                }
                | dict(alert_settings or {})
            ),
            self.clock,
        )
        self.experience = self._experience_app.state.experience
        self.alerts = self._alerts_app.state.alerts
        self._spools = [app.state.spool for app in self._apps.values()]
        self._producing = Producing(self.experience.durable.broker, TOUCHPOINTS.name)
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._stack.enter_async_context(self.phone)
            apps = {**self._apps, "experience": self._experience_app, "alerts": self._alerts_app}
            for name, app in apps.items():
                await self._stack.enter_async_context(app.router.lifespan_context(app))
                transport = httpx.ASGITransport(app)
                self._clients[name] = await self._stack.enter_async_context(
                    httpx.AsyncClient(transport=transport, base_url=f"http://{name}")
                )
            await _wait_for(self._ready, START_SECONDS, "the services did not become ready")
            await self._stack.enter_async_context(self.watcher)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def post(self, *events: AnyEvent) -> None:
        """Hand events to their services, one after the other. Raises RuntimeError when one is not accepted."""
        for event in events:
            if event.kind is None:
                raise ValueError(f"no service takes {event.type}")
            if event.kind.teller == "command":
                await self._publish([event])
                continue
            client = self._clients[event.kind.teller]
            answer = await client.post("/v1/events", content=event.to_json(), headers=CLOUDEVENT)
            if answer.status_code != httpx.codes.ACCEPTED:
                raise RuntimeError(f"{event.kind.teller} has not accepted {event.type}: {answer.text}")
        await self.settle()

    async def publish(self, concept: Path, *stores: str) -> None:
        """Publish a service concept that has held for ever in these stores, or in those that it names.

        What it builds on is published with it. Raises ConceptError when it has mistakes.
        """
        read = read_file(concept)
        for ancestor in [] if read.whole is None else read.whole.lineage[:-1]:
            await self._publish(concept_events(read_file(Path(ancestor.name)), now=LONG_AGO))
        events = concept_events(read, now=LONG_AGO)
        await self._publish([_in_store(events[0], store) for store in stores] or events)
        await self.settle()

    async def _publish(self, events: Sequence[AnyEvent]) -> None:
        """Put events into Kafka, as the command line does."""
        outcomes = await self._producing.publish([Message(event.key.encode(), event.to_json()) for event in events])
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def turn_to(self, instant: datetime) -> None:
        """Move the clock forward, stopping at each deadline on the way as a running clock would."""
        while True:
            earliest = await self.experience.deadlines.earliest()
            if earliest is None or earliest > instant:
                break
            self.clock.advance_to(max(earliest, self.clock.now()))
            await self.settle()
        if instant > self.clock.now():
            self.clock.advance_to(instant)  # nothing is due, so nothing comes of it

    async def settle(self) -> None:
        """Wait until everything that was handed in has come out at the other end."""
        await _wait_for(self._settled, SETTLE_SECONDS, "the services did not work off what they were handed")

    async def page(self, path: str = "/", service: str = "alerts") -> httpx.Response:
        """A page of a service."""
        return await self._clients[service].get(path)

    async def _ready(self) -> bool:
        answers = [await client.get("/health/ready") for client in self._clients.values()]
        return all(answer.status_code == httpx.codes.OK for answer in answers)

    async def _settled(self) -> bool:
        if not all(spool.outbox.empty for spool in self._spools):
            return False
        told = self._acknowledged()
        for acknowledged in told:
            for consumer in (self.experience.durable.consumer, self.alerts.durable.consumer):
                for (topic, partition), last in acknowledged.items():
                    if topic == consumer.topic and (consumer.next.get(partition) or 0) <= last:
                        return False
            if not await self.watcher.has_read(acknowledged):
                return False
        idle = await self.experience.idle() and await self.alerts.idle()
        return idle and self._acknowledged() == told  # else something was sent while we looked

    def _acknowledged(self) -> list[dict[tuple[str, int], int]]:
        """What everybody here has put into Kafka: by topic and partition, the last offset."""
        told = [self._producing.acknowledged, *(spool.outbox.acknowledged for spool in self._spools)]
        told += [self.experience.durable.outbox.acknowledged, self.alerts.durable.outbox.acknowledged]
        return [dict(each) for each in told]


@asynccontextmanager
async def whole(
    *, start: datetime, bootstrap_servers: str | None = None, alert_settings: Mapping[str, Any] | None = None
) -> AsyncIterator[Whole]:
    """All services in this process, on a Kafka of its own or the one that is named.

    `alert_settings`: what is set of the alert service in another way than for stories.
    """
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="touchline-")))
        servers = bootstrap_servers
        if servers is None:
            without_security(os.environ)
            servers = (await stack.enter_async_context(EmbeddedBroker())).bootstrap_servers
        services = Whole(
            servers,
            idempotence=bootstrap_servers is not None,
            directory=directory,
            start=start,
            alert_settings=alert_settings,
        )
        yield await stack.enter_async_context(services)


def _in_store(event: AnyEvent, store: str) -> AnyEvent:
    return event.model_copy(update={"store": store, "partitionkey": store})


async def _wait_for(condition: Callable[[], Awaitable[bool]], seconds: float, otherwise: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await condition():  # noqa: ASYNC110  # it spans Kafka, databases and HTTP
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise RuntimeError(f"{otherwise} within {seconds:g} s") from None
