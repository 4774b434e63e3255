"""A service that keeps state, put together: it reads one topic, keeps what comes of it, and sends what it has to say.

What was read, what came of it, what is to be sent and how far we are is one transaction of the service's database.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError

from services.chassis.bookkeeping import Outgoing, Record
from services.chassis.broker import cluster_identity, create_topics, kafka_broker
from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.consuming import TRANSIENT, DurableConsumer, Moves, Offsets
from services.chassis.outbox import Outbox
from services.chassis.settings import ProcessSettings
from services.chassis.sqlite import Database, SqliteBookkeeping
from touchline_contracts import Topic

log = structlog.get_logger(__name__)

TransactionType = TypeVar("TransactionType", bound=SqliteBookkeeping)
Outcome = TypeVar("Outcome")
Result = TypeVar("Result")

ATTEMPT_SECONDS = 60.0
"""Joining the consumer group is part of connecting; joining again after a crash took the embedded broker 18 s."""
PAUSE_SECONDS = 1.0
WRITABLE_SECONDS = 2.0
"""How long the database may take to write when somebody asks whether we are ready."""


class Durable(Generic[TransactionType, Outcome]):
    """Consumer, database and outbox of one service. Hand it what the service does with records; then run it."""

    def __init__(  # noqa: PLR0913  # by name, by whoever puts a service together
        self,
        settings: ProcessSettings,
        clock: Clock,
        *,
        name: str,
        group: str,
        reads: Topic,
        topics: Sequence[Topic],
        schema: Sequence[str],
        transaction: Callable[[sqlite3.Connection], TransactionType],
        take_in: Callable[[TransactionType, Sequence[Record], datetime], Outcome],
        set_aside: Callable[[Record, Exception, datetime], Outgoing],
        committed: Callable[[Outcome | None], None],
    ) -> None:
        """`take_in` handles records within a transaction, and `set_aside` makes the dead letter of one that it cannot.

        Both run in the database's thread. `committed` is called in the event loop after each commit, with what
        `take_in` returned, or with None after a record was set aside.
        `topics` are created where they are missing.
        """
        self.clock = clock
        self.database = Database(settings.database, schema)
        self.broker = kafka_broker(settings, client=name)
        self.consumer = DurableConsumer(
            topic=reads.name, group=group, load=self._load, apply=self._apply, set_aside=self._put_aside
        )
        self.consumer.subscribe(self.broker)
        self.connection = Connection(
            self.broker,
            where=settings.kafka_bootstrap_servers,
            prepare=lambda: create_topics(settings, topics),
            attempt_seconds=ATTEMPT_SECONDS,
            pause_seconds=PAUSE_SECONDS,
        )
        self.outbox = Outbox(self.connection, topics, unsent=self._unsent, forget=self._forget)
        self._settings = settings
        self._topic = reads.name
        self._transaction, self._take_in, self._set_aside = transaction, take_in, set_aside
        self._committed = committed
        self._cluster = ""

    @asynccontextmanager
    async def running(self, *tasks: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Work until the block is left, with further `tasks` beside; what was taken in by then is durable."""
        await self.database.open()
        running = [asyncio.create_task(_for_ever(task)) for task in (self.outbox.run, *tasks)]
        try:
            async with self.connection:
                yield
        finally:
            for task in running:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self.database.close()

    async def transact(self, work: Callable[[TransactionType], Result]) -> Result:
        """Do work in one transaction: all of it is durable when this returns, or none if it raises."""

        def with_transaction(connection: sqlite3.Connection) -> Result:
            return work(self._transaction(connection))

        return await self.database.transact(with_transaction)

    async def not_ready(self) -> Sequence[str]:
        """What keeps the service from its work, in words; nothing: it is ready."""
        reasons = [self.connection.trouble] if self.connection.trouble else []
        if not self.consumer.assigned.is_set():
            reasons.append("no partitions are assigned yet")
        try:
            async with asyncio.timeout(WRITABLE_SECONDS):
                await self.transact(lambda each: each.forget_sent([]))
        except (TimeoutError, *TRANSIENT) as error:
            reasons.append(f"the database cannot be written ({type(error).__name__})")
        return reasons

    async def _load(self) -> Offsets:
        """The stored offsets of the cluster that is there now: it may be another one than a moment ago."""
        try:
            self._cluster = await cluster_identity(self._settings)
        except KafkaError as error:
            raise ConnectionError(f"Kafka does not say which cluster it is: {error!r}") from error
        return dict(await self.transact(lambda each: each.next_offsets(self._cluster, self._topic)))

    async def _apply(self, records: Sequence[Record], moves: Moves) -> None:
        now = self.clock.now()

        def work(transaction: TransactionType) -> Outcome:
            self._advance(transaction, moves)
            return self._take_in(transaction, records, now)

        outcome = await self.transact(work)
        self._say_committed(outcome)

    async def _put_aside(self, record: Record, error: Exception, moves: Moves) -> None:
        letter = self._set_aside(record, error, self.clock.now())

        def work(transaction: TransactionType) -> None:
            self._advance(transaction, moves)
            transaction.send([letter])

        await self.transact(work)
        self._say_committed(None)

    def _advance(self, transaction: TransactionType, moves: Moves) -> None:
        for partition, (expected, to) in moves.items():
            transaction.advance(self._cluster, self._topic, partition, expected=expected, to=to)

    def _say_committed(self, outcome: Outcome | None) -> None:
        self.outbox.wake()
        self._committed(outcome)

    async def _unsent(self, limit: int) -> Sequence[tuple[int, Outgoing]]:
        return await self.transact(lambda each: each.unsent(limit))

    async def _forget(self, numbers: Sequence[int]) -> None:
        await self.transact(lambda each: each.forget_sent(numbers))


async def _for_ever(task: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a task that should never end, again and again: a fault of ours in one of them must not silence it."""
    while True:
        try:
            await task()
        except Exception:
            log.exception("a task has failed and is started again", task=task.__qualname__)
        await asyncio.sleep(PAUSE_SECONDS)
