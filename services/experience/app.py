"""The experience service, put together: one process that takes in touchpoint events and publishes evaluations."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.chassis.bookkeeping import Record
from services.chassis.clock import Clock
from services.chassis.durable import Durable
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

LARGEST_BODY_BYTES = 1024
"""Nothing is posted to this service."""


class ExperienceService:
    """The running parts."""

    def __init__(self, settings: ExperienceSettings, clock: Clock) -> None:
        self.clock = clock
        self._experience = Experience(
            decode=lambda body: happening_from(parse_event(body)),
            read_concept=concept_from_document,
            tell=evaluation_message,
            tell_again=look_again_message,
        )
        self.deadlines = Deadlines(clock, earliest=self._earliest, look_again=self._look_again)
        self.durable = Durable(
            settings,
            clock,
            name="experience",
            group=settings.group,
            reads=TOUCHPOINTS,
            topics=TOPICS,
            schema=SCHEMA,
            transaction=SqliteTransaction,
            take_in=self._take_in,
            set_aside=set_aside,
            committed=lambda _: self.deadlines.changed(),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block is left."""
        async with self.durable.running(self.deadlines.run):
            yield

    async def idle(self) -> bool:
        """Whether no deadline is due and everything that came of what was read has been sent."""
        return await self.deadlines.none_due() and self.durable.outbox.empty

    def _take_in(self, transaction: SqliteTransaction, records: Sequence[Record], now: datetime) -> None:
        incoming, letters = read(records, now)
        transaction.send(letters)
        self._experience.take_in(transaction, incoming, now=now)

    async def _look_again(self, limit: int) -> int:
        now = self.clock.now()
        looked_at = await self.durable.transact(lambda each: self._experience.look_again(each, now=now, limit=limit))
        if looked_at:
            self.durable.outbox.wake()
        return looked_at

    async def _earliest(self) -> datetime | None:
        return await self.durable.transact(lambda each: each.next_deadline())


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
        not_ready=service.durable.not_ready,
        registry=CollectorRegistry(),
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    app.state.experience = service
    return app
