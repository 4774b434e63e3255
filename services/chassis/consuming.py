"""Durable consumption: what was read, what came of it and how far we are, in one transaction of the process's database.

The truth is the offset in the database. Kafka's committed offset is a hint for lag tools; nothing is ever read from it.
Every trap that this module avoids is listed in docs/decisions/0003-durable-consumption.md.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.chassis.bookkeeping import Fenced, Record

LARGEST_BATCH = 1000
POLL_MILLISECONDS = 50
"""An empty poll waits twice this long; it bounds the delay of the first event after silence."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0
KAFKA_SECONDS = 5.0
"""Bound on every call of the Kafka client that only helps others; some of its calls have none of their own."""

TRANSIENT = (OSError, sqlite3.OperationalError)
"""Faults of disk, database and network: they pass, so the same records are tried again until they do."""

Offsets = dict[int, int]
Moves = dict[int, tuple[int | None, int]]
"""By partition, the offset at which it must stand (None: never read) and the one to move it to."""
Apply = Callable[[Sequence[Record], Moves], Awaitable[None]]
"""Apply records and move their partitions on, in one transaction. Raises Fenced."""
SetAside = Callable[[Record, Exception, Moves], Awaitable[None]]
"""Set one record aside as a dead letter and move its partition on, in one transaction. Raises Fenced."""
Load = Callable[[], Awaitable[Offsets]]
"""The offsets that the database holds for this cluster and topic."""


class DurableConsumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Feeds one topic to a handler, batch by batch, in step with the database."""

    def __init__(self, *, topic: str, group: str, load: Load, apply: Apply, set_aside: SetAside) -> None:
        self.topic = topic
        self.group = group
        self._load, self._apply, self._set_aside = load, apply, set_aside
        self._lock = asyncio.Lock()
        self._subscriber: Any = None
        self._failing = False
        self._log = structlog.get_logger().bind(topic=topic)
        self.next: dict[int, int | None] = {}
        """By assigned partition, the offset to apply next; None: from the beginning."""
        self.assigned = asyncio.Event()

    def subscribe(self, broker: KafkaBroker) -> None:
        """Register with a broker that has not been started yet."""
        self._subscriber = broker.subscriber(
            self.topic,
            group_id=self.group,
            batch=True,
            max_records=LARGEST_BATCH,
            batch_timeout_ms=POLL_MILLISECONDS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            listener=self,
            decoder=_leave_the_bytes_alone,
        )
        self._subscriber(self._on_batch)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:  # noqa: ARG002  # the interface hands it in
        """Wait until what is being written is durable, then forget where we were."""
        async with self._lock:
            self.next.clear()
            self.assigned.clear()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Start where the database says. The client swallows exceptions from here, so we stay until it worked."""
        async with self._lock:
            await self._persist(lambda: self._seek([each.partition for each in assigned]))
            self.assigned.set()

    async def _on_batch(self, message: KafkaMessage) -> None:
        # Must never raise: the client would go on, and the next batch would commit past the failure.
        records = [
            Record(raw.topic, raw.partition, raw.offset, raw.key, raw.value, raw.timestamp)
            for raw in message.raw_message
        ]
        async with self._lock:
            await self._persist(lambda: self._take(records))
            offsets = {
                TopicPartition(self.topic, partition): at for partition, at in self.next.items() if at is not None
            }
        with suppress(Exception):  # only a hint for lag tools
            await asyncio.wait_for(self._subscriber.consumer.commit(offsets), KAFKA_SECONDS)

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` until it succeeds, with growing pauses; say so once when it fails and once when it is over."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await work()
            except Fenced as fenced:
                self._log.info("another worker has gone on here, reading the stored offsets again", reason=str(fenced))
                work = self._seek_assigned
            except Exception as error:  # noqa: BLE001  # whatever it is: to go on would lose these records
                if not self._failing:
                    self._log.error("cannot write what was read, trying until it works", error=repr(error))
                self._failing = True
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                if self._failing:
                    self._log.info("writing what was read works again")
                self._failing = False
                return

    async def _take(self, records: Sequence[Record]) -> None:
        """Apply those records that have not been applied yet. One that cannot be is set aside alone."""
        ours = [each for each in records if each.partition in self.next]
        fresh = [each for each in ours if each.offset >= (self.next[each.partition] or 0)]
        if len(fresh) < len(ours):
            # We have sought to where we stand, so the log should hold nothing before it: it may have been made anew.
            self._log.error("records before the stored offset are left out; was the topic made again?")
        if not fresh:
            return
        moves = {each.partition: (self.next[each.partition], each.offset + 1) for each in fresh}
        try:
            await self._apply(fresh, moves)
        except (Fenced, *TRANSIENT):
            raise
        except Exception as error:  # noqa: BLE001  # whatever a record can provoke must not stop its partition
            if len(fresh) == 1:
                self._log.error(
                    "a message cannot be handled and is set aside", offset=fresh[0].offset, error=repr(error)
                )
                await self._set_aside(fresh[0], error, moves)
            else:
                half = len(fresh) // 2
                await self._take(fresh[:half])
                await self._take(fresh[half:])
                return
        self.next.update({partition: to for partition, (_, to) in moves.items()})

    async def _seek_assigned(self) -> None:
        await self._seek(list(self.next))

    async def _seek(self, partitions: Sequence[int]) -> None:
        stored = await self._load()
        self.next = {partition: stored.get(partition) for partition in partitions}
        for partition, at in self.next.items():
            self._subscriber.consumer.seek(TopicPartition(self.topic, partition), at or 0)


async def _leave_the_bytes_alone(message: Any) -> Any:
    # A body that does not decode would lose the whole batch unseen: we decode record by record ourselves.
    return message.body
