"""One consumer's turn at a topic: its records go to the store, its position comes from there.

The truth is the offset in the database. Kafka's committed offset is a hint for lag tools; nothing is ever read from it.
Every trap that this module avoids is listed in docs/decisions/0003-durable-consumption.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from services.chassis.bookkeeping import Fenced, Record, TopicIdentity
from services.chassis.bounds import within
from services.chassis.consumer_metrics import Rebalance
from services.chassis.dead_letter_limit import Stop, TooMany, before, hold
from services.chassis.gathering import Batches, Gathering
from services.chassis.store import TRANSIENT, Store
from services.chassis.topic_identity import NoSuchTopic

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0
KAFKA_SECONDS = 5.0
"""Bound on every question to Kafka."""


class Untold(ConnectionError):
    """Kafka does not say which topic it is."""


class Reading(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Takes batches from one consumer to the store, and keeps the two in step."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        *,
        topic: str,
        store: Store,
        largest_batch: int,
        caught_up: Callable[[], None],
        rebalanced: Callable[[Rebalance], None],
    ) -> None:
        self.consumer = consumer
        self.topic = topic
        self._store = store
        self._gathering = Gathering(consumer, largest_batch, writing=lambda: self.writing)
        self._caught_up, self._rebalanced = caught_up, rebalanced
        self._lock = asyncio.Lock()
        self._over = asyncio.Event()
        self._turn = 0
        """Counts how often we have sought: what was fetched before that is from somewhere else."""
        self._was_gone = False
        self._in_store = False
        self._stored: dict[int, int | None] = {}
        self._log = structlog.get_logger().bind(topic=topic)
        self.next: dict[int, int] = {}
        """By assigned partition, the offset to apply next."""
        self.identity: TopicIdentity | None = None
        """Which topic the offsets belong to."""
        self.assigned = asyncio.Event()
        """Kafka has told which partitions are ours, and we are where the store stands. It may be none of them."""
        self.outdated = False
        """The topic was made anew: this consumer still knows the partitions of the one before, and is done with."""
        self.trouble: str | None = None
        """Why records have to wait, in words; None: they do not."""
        self._held_by_store = False
        self.last_timestamps: dict[int, int] = {}
        """By partition, when the record that was applied last was written; milliseconds since 1970."""

    @property
    def writing(self) -> bool:
        """Whether something is being written to the store."""
        return self._in_store

    @property
    def held_by_store(self) -> bool:
        """Whether it is the store that everything waits for at this moment: a new consumer would wait as well."""
        return self._in_store or self._held_by_store

    @property
    def stopped(self) -> dict[int, Stop]:
        """Assigned partitions that stand still, because too much of them would be set aside."""
        return self._store.limit.stopped(self.identity, self.next)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Wait until what is being written is durable, then forget where we were."""
        async with self._lock:
            self.next = {}
            self.assigned.clear()
        if revoked:
            self._rebalanced("revoked")

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Start where the database says. The client swallows exceptions from here, so we stay until it worked."""
        async with self._lock:
            if await self._persist(lambda: self._seek([each.partition for each in assigned])):
                self.assigned.set()
        self._rebalanced("assigned")

    def end(self) -> None:
        """Nothing more is begun: this consumer is done with."""
        self._over.set()

    async def run(self) -> None:
        """Read until cancelled, or until the client fails, which is raised."""
        try:
            while not self._over.is_set() and not self.outdated:
                await self._go_on()
        finally:
            await self._gathering.end()

    async def _go_on(self) -> None:
        batches, lost = await self._gathering.next(self._turn)
        if not self.assigned.is_set():
            await asyncio.sleep(FIRST_PAUSE_SECONDS)
        async with self._lock:
            if self._gathering.turn != self._turn:  # while it looked we have been told to stand elsewhere
                self._seek_consumer()
            elif lost:
                await self._find_again(lost)
            elif batches:
                self._gathering.go_ahead(batches, self._turn)
                await self._take_in(batches)
            elif self._is_at_the_end():
                self._caught_up()

    def _is_at_the_end(self) -> bool:
        reading = self.next.keys() - self.stopped.keys()
        ends = {each: self.consumer.highwater(TopicPartition(self.topic, each)) for each in reading}
        return self.assigned.is_set() and all(
            end is not None and self.next[partition] >= end for partition, end in ends.items()
        )

    async def look_which_topic(self) -> None:
        """Notice a topic that was made anew. Raises NoSuchTopic, or what `identify` raises."""
        now = await self._store.identify()
        if self.assigned.is_set() and now != self.identity:
            self.outdated = True

    async def _take_in(self, batches: Batches) -> None:
        for place, raws in batches.items():
            at = self.next.get(place.partition)
            if at is not None and raws[0].offset < at and not await self._goes_back(place.partition, raws[0]):
                return
        records = [
            Record(self.topic, raw.partition, raw.offset, raw.key, raw.value, raw.timestamp)
            for place, raws in batches.items()
            if place.partition in self.next
            for raw in raws
        ]
        await self._persist(lambda: self._take(records))

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do `work` until it succeeds, with growing pauses; say so once when it fails and once when it is over.

        False: we were ended before that.
        """
        pause = FIRST_PAUSE_SECONDS
        while not self._over.is_set():
            try:
                await work()
            except Fenced as fenced:
                self._log.info("another worker has gone on here, reading the stored offsets", reason=str(fenced))
                work = self._seek_assigned
            except TooMany as many:
                self._store.limit.stop(many)  # what comes before that is applied now
                hold(self.consumer, self.stopped)
            except Exception as error:  # noqa: BLE001  # whatever it is: to go on would lose these records
                if self.trouble is None:
                    self._log.error("what was read has to wait, trying until it works", error=repr(error))
                self.trouble = f"what was read has to wait: {error}"
                self._held_by_store = not isinstance(error, Untold)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._over.wait()
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                if self.trouble is not None:
                    self._log.info("keeping what was read works again")
                self.trouble, self._held_by_store = None, False
                return True
        return False

    async def _take(self, records: Sequence[Record]) -> None:
        """Apply those records that have not been applied yet. One that cannot be is set aside alone."""
        fresh = before([each for each in records if each.offset >= self.next[each.partition]], self.stopped)
        if not fresh:
            return
        last = {each.partition: each for each in fresh}
        moves = {partition: (self._stored[partition], each.offset + 1) for partition, each in last.items()}
        assert self.identity is not None
        try:
            with self._in_the_store():
                await self._store.apply(self.identity, fresh, moves)
        except (Fenced, TooMany, *TRANSIENT):
            raise
        except Exception as error:  # noqa: BLE001  # whatever a record can provoke must not stop its partition
            if len(fresh) == 1:
                self._log.error(
                    "a message cannot be handled and is set aside", offset=fresh[0].offset, error=repr(error)
                )
                with self._in_the_store():
                    await self._store.set_aside(self.identity, fresh[0], error, moves)
            else:
                half = len(fresh) // 2
                await self._take(fresh[:half])
                await self._take(fresh[half:])
                return
        for partition, (_, to) in moves.items():
            self._stored[partition] = self.next[partition] = to
            self.last_timestamps[partition] = last[partition].timestamp

    async def _goes_back(self, partition: int, first: Any) -> bool:
        """Records before the stored offset: the topic was made anew, or its log was cut. True: take what comes."""
        if await self._persist(self._look_again) and not self.outdated:
            self._log.error(
                "Kafka has gone back: its log was cut, or restored from a copy. What it holds now is read; what was "
                "read before counts once",
                partition=partition,
                read_until=self.next[partition],
                goes_on_at=first.offset,
            )
            self.next[partition] = first.offset
            return True
        return False

    async def _look_again(self) -> None:
        if await self._identify() != self.identity:
            self.outdated = True

    async def _find_again(self, lost: Sequence[TopicPartition]) -> None:
        """The log does not hold the offset that we are at: go on where it begins, and say what that means."""
        if not await self._persist(self._look_again) or self.outdated:
            return
        starts = await within(KAFKA_SECONDS, self.consumer.beginning_offsets(list(lost)))
        for place, start in starts.items():
            at = self.next.get(place.partition)
            if at is None:
                continue
            if at < start and self._stored[place.partition] is not None:
                self._log.error(
                    "messages were removed from Kafka before they were read: its retention is shorter than we were "
                    "away",
                    partition=place.partition,
                    messages=start - at,
                )
            elif at > start:
                self._log.error(
                    "Kafka holds less than was read before: its log was cut, or restored from a copy. It is read "
                    "from its beginning; what was read before counts once",
                    partition=place.partition,
                )
            self.next[place.partition] = start
            self.consumer.seek(place, start)

    async def _seek_assigned(self) -> None:
        await self._seek(list(self.next))

    async def _seek(self, partitions: Sequence[int]) -> None:
        identity = await self._identify()
        with self._in_the_store():
            stored = await self._store.load(identity)
        ours = {each.partition for each in self.consumer.assignment()}.intersection(partitions)
        self._turn += 1
        self.identity = identity
        self._stored = {partition: stored.get(partition) for partition in ours}
        self.next = {partition: stored.get(partition, 0) for partition in ours}
        self.last_timestamps = {}
        self._store.limit.begin(identity, self.next)
        self._seek_consumer()

    def _seek_consumer(self) -> None:
        # A rebalance may have begun meanwhile: the client refuses to seek what is not ours any more.
        for place in self.consumer.assignment():
            if place.partition in self.next:
                self.consumer.seek(place, self.next[place.partition])
        hold(self.consumer, self.stopped)

    async def _identify(self) -> TopicIdentity:
        try:
            identity = await self._store.identify()
        except NoSuchTopic as error:
            self._was_gone = True
            raise Untold(str(error)) from error
        except Exception as error:
            raise Untold(f"Kafka does not say which topic it is ({error!r})") from error
        self.outdated |= self._was_gone
        return identity

    @contextmanager
    def _in_the_store(self) -> Iterator[None]:
        self._in_store = True
        try:
            yield
        finally:
            self._in_store = False
