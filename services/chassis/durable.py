"""A service that keeps state, put together: it reads one topic, keeps what comes of it, and sends what it has to say.

What was read, what came of it, what is to be sent and how far we are is one transaction of the service's database.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError

from services.chassis.bookkeeping import Bookkeeping, Outgoing, Record, TopicIdentity
from services.chassis.broker import kafka_broker
from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.consumer_metrics import ConsumerMetrics
from services.chassis.consuming import LARGEST_BATCH, SESSION_SECONDS, DurableConsumer
from services.chassis.database import Database
from services.chassis.dead_letter_limit import DeadLetterLimit, Weighed
from services.chassis.outbox import Outbox, runs
from services.chassis.rows import Rows
from services.chassis.security import security_arguments
from services.chassis.settings import ProcessSettings
from services.chassis.store import TRANSIENT, Moves, Offsets, Store, Unreachable
from services.chassis.stored_bookkeeping import StoredBookkeeping
from services.chassis.topic_identity import topic_identity
from services.chassis.topics import prepare
from services.chassis.unread import unread
from touchline_contracts import Topic

log = structlog.get_logger(__name__)

TransactionType = TypeVar("TransactionType", bound=StoredBookkeeping)
Outcome = TypeVar("Outcome")
Result = TypeVar("Result")

ATTEMPT_SECONDS = 30.0
"""How long one attempt to connect may take."""
PAUSE_SECONDS = 1.0
EMBEDDED_SESSION_SECONDS = 6.0
"""The embedded broker waits for half a session, in case others come, before it lets anybody begin."""
WRITABLE_SECONDS = 2.0
"""How long the database may take to write when somebody asks whether we are ready."""
SILENT_SECONDS = 10.0
"""A batch that takes longer than this is not the usual one: something holds the database."""
WRITABLE_HOLDS_SECONDS = 2.0
"""Whoever asks more often gets the answer of the last time."""


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
        migrations: str,
        transaction: Callable[[Rows], TransactionType],
        take_in: Callable[[TransactionType, Sequence[Record], datetime], Outcome],
        set_aside: Callable[[Record, Exception, datetime], Outgoing],
        committed: Callable[[Outcome | None], None],
        rolled_back: Callable[[], None] = lambda: None,
        largest_batch: int = LARGEST_BATCH,
        metrics: ConsumerMetrics | None = None,
    ) -> None:
        """`take_in` handles records within a transaction, and `set_aside` makes the dead letter of one that it cannot.

        Both run in the database's thread. `committed` is called in the event loop after each commit, with what
        `take_in` returned, or with None after a record was set aside.
        What `take_in` cannot read it hands to the transaction's `set_aside`, so that it is counted.
        `rolled_back` is called in the database's thread after each transaction that came to nothing.
        `topics` are those that it writes to. What is missing of them is created, if that is allowed.
        `largest_batch` bounds the records of one transaction.
        """
        self.clock = clock
        self.database = Database(settings.database, migrations, rolled_back=rolled_back)
        self.broker = kafka_broker(settings, client=name)
        self._limit = DeadLetterLimit(settings.most_dead_letters)
        self.consumer = DurableConsumer(
            topic=reads.name,
            group=group,
            store=Store(
                identify=self._identify,
                load=self._load,
                apply=self._apply,
                set_aside=self._put_aside,
                limit=self._limit,
            ),
            largest_batch=largest_batch,
            stalled_seconds=settings.stalled_seconds,
            session_seconds=session_seconds(settings),
            let_in=lambda: security_arguments(settings),
            metrics=metrics,
        )
        self.connection = Connection(
            self.broker,
            where=settings.kafka_bootstrap_servers,
            prepare=lambda: prepare(self.broker, settings, reads=[reads], writes=topics),
            attempt_seconds=ATTEMPT_SECONDS,
            pause_seconds=PAUSE_SECONDS,
        )
        self.outbox = Outbox(self.connection, topics, unsent=self._unsent, forget=self._forget)
        self._compacted = {topic.name for topic in topics if topic.cleanup == "compact"}
        self._settings = settings
        self._topic = reads.name
        self._transaction, self._take_in, self._set_aside = transaction, take_in, set_aside
        self._committed = committed
        self._said: TopicIdentity | None = None
        self._written_at = 0.0
        self._running: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def running(self, *tasks: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Work until the block is left, with further `tasks` beside; what was taken in by then is durable."""
        await self.database.open()
        tasks = (lambda: self.consumer.run(self.connection), self.outbox.run, *tasks)
        self._running = [asyncio.create_task(_for_ever(task)) for task in tasks]
        try:
            async with self.connection:
                try:
                    yield
                finally:
                    for each in self._running:
                        each.cancel()
                    await asyncio.wait(self._running)
        finally:
            await self.database.close()

    async def transact(self, work: Callable[[TransactionType], Result]) -> Result:
        """Do work in one transaction: all of it is durable when this returns, or none if it raises."""
        loop = asyncio.get_running_loop()

        def with_transaction(rows: Rows) -> tuple[Result, Sequence[tuple[int, Outgoing]]]:
            transaction = self._transaction(rows)
            transaction.compacted = self._compacted
            return work(transaction), transaction.left_to_send

        def hand_on(outcome: tuple[Result, Sequence[tuple[int, Outgoing]]]) -> None:
            loop.call_soon_threadsafe(self.outbox.committed, outcome[1])

        try:
            result, _ = await self.database.transact(with_transaction, committed=hand_on)
        except Unreachable:
            self.outbox.look()  # it may have been committed all the same
            raise
        return result

    async def unread(self) -> int | None:
        """How much of the topic no worker has read yet; None: that cannot be told at the moment."""
        if not self.connection.up:
            return None
        try:
            offsets = await self._load(await self._identify())
            build = await self.broker.connect()
            return await unread(
                lambda: build(group_id=None, **security_arguments(self._settings)), self._topic, offsets
            )
        except (*TRANSIENT, TimeoutError, KafkaError) as error:  # who is away is said elsewhere
            log.debug("kafka does not say what is unread", error=repr(error))
            return None

    def dead(self) -> Sequence[str]:
        """Which of the tasks that should never end have ended, in words; a process with one of them is past help."""
        ours = ["a task of the service has ended"] if any(each.done() for each in self._running) else []
        return [*ours, *self.connection.dead()]

    async def not_ready(self) -> Sequence[str]:
        """What keeps the service from its work, in words; nothing: it is ready."""
        reasons = [each for each in (self.connection.trouble, self.consumer.trouble) if each]
        reasons += self.consumer.stopped
        now = asyncio.get_running_loop().time()
        if now - self._written_at > WRITABLE_HOLDS_SECONDS:
            try:
                async with asyncio.timeout(WRITABLE_SECONDS):
                    await self.transact(lambda each: each.check_writable())
                self._written_at = now
            except TimeoutError:
                if now - self._written_at < SILENT_SECONDS:
                    return reasons  # a large batch is being written
                reasons.append(f"the database has not written anything for {WRITABLE_SECONDS:g} s")
            except TRANSIENT as error:
                away = isinstance(error, Unreachable)
                reasons.append(f"the database cannot be {'reached' if away else 'written'}: {error}")
        return reasons

    async def _identify(self) -> TopicIdentity:
        return await topic_identity(self.broker, self._topic)

    async def _load(self, identity: TopicIdentity) -> Offsets:
        offsets, before = await self.transact(lambda each: (each.next_offsets(identity), each.read_before(self._topic)))
        if before and not offsets and self._said != identity:
            self._said = identity
            log.warning(
                "this is another topic than the one that was read before, made anew under the same name: it is read "
                "from its beginning, and what was read before counts once",
                topic=identity.name,
                id=identity.id,
                cluster=identity.cluster,
                before=[f"{each.id} in {each.cluster}" for each in before],
            )
        return offsets

    async def _apply(self, identity: TopicIdentity, records: Sequence[Record], moves: Moves) -> None:
        now = self.clock.now()

        def work(transaction: TransactionType) -> tuple[Outcome, Weighed]:
            _advance(transaction, identity, moves)
            outcome = self._take_in(transaction, records, now)
            return outcome, self._limit.weigh(identity, transaction.letters)

        outcome, weighed = await self.transact(work)
        self._limit.keep(weighed)
        self._written_at = asyncio.get_running_loop().time()
        self._committed(outcome)

    async def _put_aside(self, identity: TopicIdentity, record: Record, error: Exception, moves: Moves) -> None:
        letter = self._set_aside(record, error, self.clock.now())

        def work(transaction: TransactionType) -> Weighed:
            _advance(transaction, identity, moves)
            transaction.set_aside([letter])
            return self._limit.weigh(identity, transaction.letters)

        self._limit.keep(await self.transact(work))
        self._committed(None)

    async def _unsent(self, limit: int, after: int) -> Sequence[tuple[int, Outgoing]]:
        return await self.transact(lambda each: each.unsent(limit, after=after))

    async def _forget(self, numbers: Sequence[int]) -> None:
        def work(transaction: TransactionType) -> None:
            for first, last in runs(numbers):
                transaction.forget_sent_range(first, last)

        await self.transact(work)


def session_seconds(settings: ProcessSettings) -> float:
    """How long a consumer may give no sign of life; less on the embedded broker, which alone has no idempotence."""
    return SESSION_SECONDS if settings.kafka_idempotence else EMBEDDED_SESSION_SECONDS


def _advance(transaction: Bookkeeping, identity: TopicIdentity, moves: Moves) -> None:
    for partition, (expected, to) in moves.items():
        transaction.advance(identity, partition, expected=expected, to=to)


async def _for_ever(task: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a task that should never end, again and again: a fault of ours in one of them must not silence it."""
    while True:
        try:
            await task()
        except Exception:
            log.exception("a task has failed and is started again", task=task.__qualname__)
        await asyncio.sleep(PAUSE_SECONDS)
