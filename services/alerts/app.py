"""The alert service, put together: one process that reads evaluations, tells people, and shows them what is open."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TypeVar

from aiokafka.errors import KafkaError
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.alerts.adapters.sqlite import SCHEMA, SqliteTransaction
from services.alerts.adapters.telling import alert_message, deliveries
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.entrypoints.api import alerts_api
from services.alerts.entrypoints.delivering import Delivering
from services.alerts.entrypoints.headers import SecurityHeaders
from services.alerts.entrypoints.kafka import Evaluations
from services.alerts.entrypoints.pages import Banner, show_pages
from services.alerts.metrics import AlertMetrics
from services.alerts.ports import Transaction
from services.alerts.settings import AlertSettings
from services.alerts.usecases import Alerts
from services.chassis.bookkeeping import Outgoing
from services.chassis.broker import cluster_identity, create_topics, kafka_broker
from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.consuming import TRANSIENT, DurableConsumer
from services.chassis.outbox import Outbox
from services.chassis.sqlite import Database
from services.chassis.web import web_app
from touchline_contracts import EVALUATIONS, TOPICS

Result = TypeVar("Result")

ATTEMPT_SECONDS = 30.0
PAUSE_SECONDS = 1.0
WRITABLE_SECONDS = 2.0
"""How long the store may take to write when somebody asks whether we are ready."""
LARGEST_BODY_BYTES = 1024
"""Nothing is posted to this service."""


class AlertService:
    """The running parts. `idle` tells whether all that came of what was read has been told."""

    def __init__(self, settings: AlertSettings, clock: Clock, registry: CollectorRegistry) -> None:
        self.clock = clock
        self.metrics = AlertMetrics(registry)
        self.database = Database(settings.database, SCHEMA)
        self.broker = kafka_broker(settings, client="alerts")
        self.channel = WebhookChannel(settings.webhook_url, settings.signing_secret) if settings.webhook_url else None
        self.delivering = (
            Delivering(self.transact, self.channel, observe=self.metrics.tried) if self.channel is not None else None
        )
        channels = [self.channel.name] if self.channel is not None else []
        evaluations = Evaluations(
            alerts=Alerts(announce=alert_message, notify=lambda told: deliveries(told, channels, settings.public_url)),
            transact=self.transact,
            clock=clock,
            metrics=self.metrics,
            cluster=self._cluster,
            committed=self._committed,
        )
        self.consumer = DurableConsumer(
            topic=EVALUATIONS.name,
            group=settings.group,
            load=evaluations.load,
            apply=evaluations.apply,
            set_aside=evaluations.set_aside,
        )
        self.consumer.subscribe(self.broker)
        self.outbox = Outbox(self.broker, unsent=self._unsent, forget=self._forget)
        self.connection = Connection(
            self.broker,
            where=settings.kafka_bootstrap_servers,
            prepare=lambda: create_topics(settings, TOPICS),
            attempt_seconds=ATTEMPT_SECONDS,
            pause_seconds=PAUSE_SECONDS,
        )
        self._settings = settings

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block is left; what was taken in by then is durable."""
        async with AsyncExitStack() as stack:
            await self.database.open()
            stack.push_async_callback(self.database.close)
            self.metrics.open(await self.transact(lambda each: each.count_open()))
            if self.channel is not None and self.delivering is not None:
                await stack.enter_async_context(self.channel)
                await stack.enter_async_context(_task(self.delivering.run))
            await stack.enter_async_context(_task(self.outbox.run))
            await stack.enter_async_context(self.connection)
            yield

    async def transact(self, work: Callable[[Transaction], Result]) -> Result:
        """Do work in one transaction of the store."""

        def with_transaction(connection: sqlite3.Connection) -> Result:
            return work(SqliteTransaction(connection))

        return await self.database.transact(with_transaction)

    async def not_ready(self) -> Sequence[str]:
        """What keeps the service from its work, in words."""
        reasons = [self.connection.trouble] if self.connection.trouble else []
        if not self.consumer.assigned.is_set():
            reasons.append("no partitions are assigned yet")
        try:
            async with asyncio.timeout(WRITABLE_SECONDS):
                await self.transact(lambda each: each.check_writable(self.clock.now()))
        except (TimeoutError, *TRANSIENT) as error:
            reasons.append(f"the database cannot be written ({type(error).__name__})")
        return reasons

    async def idle(self) -> bool:
        """Whether everything that can be sent and delivered by now has been."""
        return self.outbox.empty and (self.delivering is None or await self.delivering.nothing_due())

    async def banners(self) -> Sequence[Banner]:
        """What managers have to know before they trust the page."""
        banners = []
        if self.connection.trouble:
            banners.append(Banner(text="Cut off from Kafka: what you see here may be out of date.", serious=True))
        elif not self.consumer.assigned.is_set():
            banners.append(Banner(text="Just started: still catching up with what has happened.", serious=False))
        if self.delivering is None or self.channel is None:
            banners.append(Banner(text="No webhook is set: alerts reach nobody but whoever looks here.", serious=False))
        elif self.delivering.trouble:
            waiting = await self.delivering.waiting()
            text = f"Alerts do not reach {self.channel.where}: {self.delivering.trouble}."
            banners.append(Banner(text=f"{text} {waiting} waiting." if waiting else text, serious=True))
        return banners

    def _committed(self) -> None:
        self.outbox.wake()
        if self.delivering is not None:
            self.delivering.wake()

    async def _cluster(self) -> str:
        try:
            return await cluster_identity(self._settings)
        except KafkaError as error:  # it will be back, and until then nothing may be read: see DurableConsumer
            raise ConnectionError(f"Kafka does not say which cluster it is: {error!r}") from error

    async def _unsent(self, limit: int) -> Sequence[tuple[int, Outgoing]]:
        return await self.transact(lambda each: each.unsent(limit))

    async def _forget(self, numbers: Sequence[int]) -> None:
        await self.transact(lambda each: each.forget_sent(numbers))


@asynccontextmanager
async def _task(run: Callable[[], object]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(run())  # type: ignore[call-overload]
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def create_app(settings: AlertSettings, clock: Clock) -> FastAPI:
    """The service as a web application: page, API, health and metrics outside, the work in its lifespan."""
    registry = CollectorRegistry()
    service = AlertService(settings, clock, registry)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = web_app(
        title="Touchline alerts",
        description="Which journeys need somebody, why, and what to do about it. The page at / says it to people.",
        lifespan=lifespan,
        not_ready=service.not_ready,
        registry=registry,
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    app.add_middleware(SecurityHeaders)
    app.include_router(alerts_api(service.transact, settings.public_url))
    show_pages(app, transact=service.transact, clock=clock, zone=settings.zone, banners=service.banners)
    app.state.alerts = service
    return app
