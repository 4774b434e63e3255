"""The experience service, put together: one process that takes in touchpoint events and publishes evaluations."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TypeVar

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.chassis.bookkeeping import Outgoing, Record
from services.chassis.broker import cluster_identity, create_topics, kafka_broker
from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.consuming import DurableConsumer, Moves
from services.chassis.outbox import Outbox
from services.chassis.sqlite import Database
from services.chassis.web import web_app
from services.experience.adapters.concept_file import concept_from_document
from services.experience.adapters.messages import evaluation_message, look_again_message
from services.experience.adapters.sqlite import SCHEMA, SqliteTransaction
from services.experience.entrypoints.clock import Deadlines
from services.experience.entrypoints.reading import read, set_aside
from services.experience.entrypoints.translation import happening_from
from services.experience.settings import ExperienceSettings
from services.experience.usecases import Experience
from touchline_contracts import TOPICS, TOUCHPOINTS, parse_event

Result = TypeVar("Result")

ATTEMPT_SECONDS = 30.0
"""Joining the consumer group is part of connecting, and takes some brokers 5 s or more."""
PAUSE_SECONDS = 1.0
LARGEST_BODY_BYTES = 1024
"""Nothing is posted to this service."""


class ExperienceService:
    """The running parts. `idle` tells whether all that was handed to Kafka so far has been worked off."""

    def __init__(self, settings: ExperienceSettings, clock: Clock) -> None:
        self.clock = clock
        self.database = Database(settings.database, SCHEMA)
        self.broker = kafka_broker(settings, client="experience")
        self.consumer = DurableConsumer(
            topic=TOUCHPOINTS.name, group=settings.group, load=self._load, apply=self._apply, set_aside=self._set_aside
        )
        self.consumer.subscribe(self.broker)
        self.outbox = Outbox(self.broker, unsent=self._unsent, forget=self._forget)
        self.deadlines = Deadlines(clock, earliest=self._earliest, look_again=self._look_again)
        self.connection = Connection(
            self.broker,
            where=settings.kafka_bootstrap_servers,
            prepare=self._prepare,
            attempt_seconds=ATTEMPT_SECONDS,
            pause_seconds=PAUSE_SECONDS,
        )
        self._settings = settings
        self._cluster = ""
        self._experience = Experience(
            decode=lambda body: happening_from(parse_event(body)),
            read_concept=concept_from_document,
            tell=evaluation_message,
            tell_again=look_again_message,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block is left; what was taken in by then is durable."""
        await self.database.open()
        tasks = []
        try:
            async with self.connection:
                tasks = [asyncio.create_task(self.outbox.run()), asyncio.create_task(self.deadlines.run())]
                yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self.database.close()

    async def not_ready(self) -> Sequence[str]:
        """What keeps the service from its work, in words."""
        reasons = [self.connection.trouble] if self.connection.trouble else []
        if not self.consumer.assigned.is_set():
            reasons.append("no partitions are assigned yet")
        return reasons

    async def idle(self) -> bool:
        """Whether no deadline is due and everything that came of what was read has been sent."""
        return await self.deadlines.none_due() and self.outbox.empty

    async def _prepare(self) -> None:
        await create_topics(self._settings, TOPICS)
        self._cluster = await cluster_identity(self._settings)

    async def _transact(self, work: Callable[[SqliteTransaction], Result]) -> Result:
        def with_transaction(connection: sqlite3.Connection) -> Result:
            return work(SqliteTransaction(connection))

        return await self.database.transact(with_transaction)

    async def _apply(self, records: Sequence[Record], moves: Moves) -> None:
        now = self.clock.now()
        incoming, letters = read(records, now)

        def work(transaction: SqliteTransaction) -> None:
            self._advance(transaction, moves)
            transaction.send(letters)
            self._experience.take_in(transaction, incoming, now=now)

        await self._transact(work)
        self._committed()

    async def _set_aside(self, record: Record, error: Exception, moves: Moves) -> None:
        letter = set_aside(record, "cannot_be_handled", error, self.clock.now())

        def work(transaction: SqliteTransaction) -> None:
            self._advance(transaction, moves)
            transaction.send([letter])

        await self._transact(work)
        self._committed()

    def _advance(self, transaction: SqliteTransaction, moves: Moves) -> None:
        for partition, (expected, to) in moves.items():
            transaction.advance(self._cluster, TOUCHPOINTS.name, partition, expected=expected, to=to)

    def _committed(self) -> None:
        self.outbox.wake()
        self.deadlines.changed()

    async def _load(self) -> dict[int, int]:
        return dict(await self._transact(lambda each: each.next_offsets(self._cluster, TOUCHPOINTS.name)))

    async def _look_again(self, limit: int) -> int:
        now = self.clock.now()
        looked_at = await self._transact(lambda each: self._experience.look_again(each, now=now, limit=limit))
        if looked_at:
            self.outbox.wake()
        return looked_at

    async def _earliest(self) -> datetime | None:
        return await self._transact(lambda each: each.next_deadline())

    async def _unsent(self, limit: int) -> Sequence[tuple[int, Outgoing]]:
        return await self._transact(lambda each: each.unsent(limit))

    async def _forget(self, numbers: Sequence[int]) -> None:
        await self._transact(lambda each: each.forget_sent(numbers))


def create_app(settings: ExperienceSettings, clock: Clock) -> FastAPI:
    """The service as a web application: health and metrics outside, the work in its lifespan."""
    service = ExperienceService(settings, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = web_app(
        title="Touchline experience",
        description="Takes touchpoint events from Kafka and publishes journey.evaluated. Only health and metrics here.",
        lifespan=lifespan,
        not_ready=service.not_ready,
        registry=CollectorRegistry(),
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    app.state.experience = service
    return app
