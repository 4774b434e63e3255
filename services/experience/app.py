"""The experience service, put together: one process that takes in touchpoint events and publishes evaluations."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.chassis.bookkeeping import Record
from services.chassis.clock import Clock
from services.chassis.consumer_metrics import ConsumerMetrics
from services.chassis.consuming import TRANSIENT
from services.chassis.durable import Durable
from services.chassis.process_metrics import process_registry
from services.chassis.web import web_app
from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.adapters.database import MIGRATIONS, StoredTransaction
from services.experience.adapters.database_census import census, earliest_overdue, store_figures
from services.experience.adapters.messages import evaluation_message, look_again_message, store_message
from services.experience.entrypoints.audit import Audit
from services.experience.entrypoints.clock import Deadlines
from services.experience.entrypoints.reading import CANNOT_BE_HANDLED, read, set_aside
from services.experience.entrypoints.translation import happening_from
from services.experience.metrics import ExperienceMetrics
from services.experience.outcome import Outcome
from services.experience.settings import ExperienceSettings
from services.experience.store_metrics import StoreMetrics
from services.experience.usecases import Experience
from services.keys.door import Door
from touchline_contracts import TOUCHPOINTS, parse_event
from touchline_contracts.access import EXPERIENCE

LARGEST_BODY_BYTES = 1024
"""Nothing is posted to this service."""
LARGEST_BATCH = 30_000
"""Events in one transaction; about a second's work."""
BACKLOG = 2_000
"""So many events at once have been waiting: they are kept, and evaluated a little later."""
CATCH_UP_SECONDS = 30.0
"""How long deadlines wait at the start for what Kafka holds while nothing of it is read. Real seconds."""
LITTLE = 2_000
"""Events that nobody has read yet: of a few seconds, not of a long absence."""
LITTLE_SECONDS = 2.0
"""Deadlines wait this long at the start where little is unread."""
LOOK_SECONDS = 0.5
CENSUS_SECONDS = 10.0
"""How often the store is asked what is open. Real seconds: whoever looks at it does not care for the handed clock."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What came of some records, for whoever counts it once it has been committed."""

    outcome: Outcome
    set_aside: Counter[str]
    """How many were set aside as dead letters, by reason."""


class ExperienceService:
    """The running parts."""

    def __init__(self, settings: ExperienceSettings, clock: Clock, registry: CollectorRegistry) -> None:
        self.clock = clock
        self.metrics = ExperienceMetrics(registry, topic=TOUCHPOINTS.name)
        self.store_metrics = StoreMetrics(registry)
        self._experience = Experience(
            decode=lambda body: happening_from(parse_event(body)),
            read_concept=concept_from_lineage,
            tell=evaluation_message,
            tell_store=store_message,
            tell_again=look_again_message,
        )
        self._at_work = asyncio.Event()
        """Deadlines are looked at from now on."""
        self.deadlines = Deadlines(clock, earliest=self._earliest, look_again=self._look_again)
        self.audit = Audit(clock, overdue=self._overdue, tell=self.metrics.overdue)
        self.durable = Durable(
            settings,
            clock,
            name="experience",
            group=settings.group,
            reads=TOUCHPOINTS,
            topics=EXPERIENCE.writes,
            migrations=MIGRATIONS,
            transaction=StoredTransaction,
            take_in=self._take_in,
            set_aside=set_aside,
            committed=self._committed,
            rolled_back=self._experience.forget,
            largest_batch=LARGEST_BATCH,
            metrics=ConsumerMetrics(registry),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block is left."""
        async with self.durable.running(self._run_deadlines, self._take_census, self._run_audit):
            yield

    async def idle(self) -> bool:
        """Whether no deadline is due and everything that came of what was read has been sent."""
        return await self.deadlines.none_due() and self.durable.outbox.empty

    def _take_in(self, transaction: StoredTransaction, records: Sequence[Record], now: datetime) -> Taken:
        incoming, letters = read(records, now)
        transaction.set_aside(letters)
        outcome = self._experience.take_in(transaction, incoming, now=now, behind=len(records) >= BACKLOG)
        return Taken(outcome=outcome, set_aside=Counter([each.headers["touchline-reason"] for each in letters]))

    def _committed(self, taken: Taken | None) -> None:
        if taken is None:
            self.metrics.set_aside(Counter([CANNOT_BE_HANDLED]))
        else:
            self.metrics.took_in(taken.outcome, self.clock.now())
            self.store_metrics.looked_at(taken.outcome)
            self.metrics.set_aside(taken.set_aside)
        self.deadlines.changed()

    async def _look_again(self, limit: int) -> int:
        now = self.clock.now()
        outcome = await self.durable.transact(lambda each: self._experience.look_again(each, now=now, limit=limit))
        self.metrics.looked_again(outcome, self.clock.now())
        self.store_metrics.looked_at(outcome)
        return len(outcome.told)

    async def _earliest(self) -> datetime | None:
        return await self.durable.transact(lambda each: each.next_deadline())

    async def not_ready(self) -> Sequence[str]:
        """What keeps the service from its work, in words; nothing: it is ready."""
        return [*await self.durable.not_ready(), *([self.audit.trouble] if self.audit.trouble else [])]

    async def _overdue(self, now: datetime) -> datetime | None:
        return await self.durable.transact(lambda each: earliest_overdue(each.rows, now))

    async def _run_deadlines(self) -> None:
        await self._caught_up()
        self._at_work.set()
        await self.deadlines.run()

    async def _run_audit(self) -> None:
        await self._at_work.wait()  # until then deadlines wait on purpose
        await self.audit.run()

    async def _caught_up(self) -> None:
        """Return once what was said while we were away has been read, or cannot be had: silence is news only then."""
        waits = [
            asyncio.create_task(self.durable.consumer.caught_up.wait()), asyncio.create_task(self._little_is_left())
        ]  # fmt: skip
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.wait(waits)  # it has a consumer to end

    async def _little_is_left(self) -> None:
        """Return when little is unread, or nothing more of it is being read.

        A worker that died keeps its partitions until its session is over, and deadlines are not kept waiting for that:
        what is told by mistake because of it is retracted.
        """
        await asyncio.sleep(LITTLE_SECONDS)
        least, went_on_at = inf, time.monotonic()
        while time.monotonic() - went_on_at < CATCH_UP_SECONDS:
            unread = await self.durable.unread()
            if unread is not None and unread <= LITTLE:
                return
            if unread is not None and unread < least:
                least, went_on_at = unread, time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)

    async def _take_census(self) -> None:
        """Have the store counted every so often, until cancelled: it knows what earlier runs have left open."""
        while True:
            try:
                counted, figures = await self.durable.transact(
                    lambda each: (census(each.rows, self.clock.now()), store_figures(each.rows))
                )
                self.metrics.counted(counted)
                self.store_metrics.counted(figures)
            except TRANSIENT:
                self.metrics.counted(None)  # that the database fails is said by those who write to it
            await asyncio.sleep(CENSUS_SECONDS)


def create_app(settings: ExperienceSettings, clock: Clock) -> FastAPI:
    """The service as a web application: health and metrics outside, the work in its lifespan."""
    registry = process_registry()
    service = ExperienceService(settings, clock, registry)
    # Nothing is told here yet; what will be tells nobody of a store that is not theirs.
    door = Door(settings.keys_file, scope="read", registry=registry, service="experience")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running(), door.running():
            yield

    app = web_app(
        title="Touchline experience",
        description="Takes touchpoint events from Kafka and publishes journey.evaluated. Only health and metrics here.",
        lifespan=lifespan,
        not_ready=service.not_ready,
        dead=service.durable.dead,
        notes=door.notes,
        registry=registry,
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    app.state.experience = service
    door.guard(app)
    return app
