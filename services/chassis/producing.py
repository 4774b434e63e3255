"""Publishing to one topic: each message to the partition of its key, in order, acknowledged by Kafka."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import RecordMetadata
from faststream.kafka import KafkaBroker

FEW_MESSAGES = 16
"""Up to this many messages with different keys share Kafka's requests with those of concurrent callers."""
LARGEST_BATCH_BYTES = 512 * 1024
"""Half of what Kafka takes by default."""
LARGEST_MESSAGE_BYTES = 1 << 20
"""What Kafka takes by default in one message."""
OVERHEAD_BYTES = 160
"""What Kafka adds to a message at most, with the batch that it is in."""
KEYS_REMEMBERED = 50_000
"""Keys of which the partition is remembered: working it out takes longer than all else that is done to a message."""


class NotAcknowledged(Exception):
    """Kafka has not acknowledged a message in time. It may arrive yet: send it again, with the same identity."""


class TooLarge(Exception):
    """A message is larger than its topic takes. Sending it again will not help."""


class Message(NamedTuple):
    """One message. Without a value it is a tombstone; without a key it goes to any partition."""

    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] = MappingProxyType({})


class _Ready(NamedTuple):
    """A message as it goes into Kafka, and its place among those that were handed in."""

    place: int
    message: Message
    headers: list[tuple[str, bytes]]
    size: int
    """Key, value and headers, in bytes."""


Outcomes = list[Exception | None]
"""For each message that was handed in what went wrong; None: Kafka has acknowledged it."""


class Producing:
    """Publishes to one topic through a broker that somebody else connects."""

    def __init__(
        self, broker: KafkaBroker, topic: str, *, seconds: float = 10.0, largest_bytes: int = LARGEST_MESSAGE_BYTES
    ) -> None:
        """`seconds` bounds how long `publish` waits for Kafka; `largest_bytes` is what the topic takes in a message."""
        self.broker = broker
        self.topic = topic
        self.seconds = seconds
        self._largest_bytes = largest_bytes - OVERHEAD_BYTES
        self.acknowledged: dict[tuple[str, int], int] = {}
        """The last acknowledged offset of each partition that was published to."""

    async def publish(self, messages: Sequence[Message]) -> Outcomes:
        """Publish, and say for each message what went wrong; None: Kafka has acknowledged it.

        TooLarge, of one that its topic would not take: the others are sent.
        Never raises for what Kafka does, and returns within `seconds`. Messages with one key stay in order: when one
        fails, those after it are not sent. What failed can be published again; it may then be there twice.
        """
        late = NotAcknowledged(f"Kafka has not acknowledged within {self.seconds:g} s")
        outcomes: Outcomes = [late] * len(messages)
        try:
            async with asyncio.timeout(self.seconds):
                await self._publish(messages, outcomes)
        except TimeoutError:
            pass  # what has no outcome by now is late
        except Exception as error:  # noqa: BLE001 - handed to the caller, for each message that it concerns
            outcomes = [error if outcome is late else outcome for outcome in outcomes]
        return outcomes

    async def _publish(self, messages: Sequence[Message], outcomes: Outcomes) -> None:
        # FastStream's own batches store the keys but do not route by them, and cost twice as much: this is the client
        # that it sends with. It is another one after a fault that the old one did not survive.
        of_faststream: Any = self.broker.config.producer
        producer = of_faststream._producer.producer  # noqa: SLF001
        ready = self._ready(messages, outcomes)
        if not ready:
            return
        partitions = tuple(sorted(await producer.partitions_for(self.topic)))
        if len(ready) <= FEW_MESSAGES and len({each.message.key for each in ready}) == len(ready):
            await self._few(producer, partitions, ready, outcomes)
            return
        by_partition: defaultdict[int, list[_Ready]] = defaultdict(list)
        for each in ready:
            by_partition[_partition(each.message.key, partitions)].append(each)
        await asyncio.gather(
            *[self._to_partition(producer, partition, ours, outcomes) for partition, ours in by_partition.items()]
        )

    def _ready(self, messages: Sequence[Message], outcomes: Outcomes) -> list[_Ready]:
        """Those that can be sent. What comes after one that cannot be written, under the same key, is not."""
        ready: list[_Ready] = []
        faults: dict[bytes | None, Exception] = {}
        same: Mapping[str, str] | None = None  # most neighbours share their headers
        written: list[tuple[str, bytes]] = []
        headers_size = 0
        for place, message in enumerate(messages):
            key, value, headers = message
            if key in faults:
                outcomes[place] = faults[key]
                continue
            try:
                if headers is not same:
                    written = [(name, text.encode()) for name, text in headers.items()]
                    headers_size = sum(len(name.encode()) + len(text) for name, text in written)
                    same = headers
            except UnicodeEncodeError as error:
                outcomes[place] = error
                if key is not None:
                    faults[key] = error
                continue
            size = len(key or b"") + len(value or b"") + headers_size
            if size > self._largest_bytes:
                outcomes[place] = TooLarge(f"{size:,} bytes, {self.topic} takes {self._largest_bytes:,}")
            else:
                ready.append(_Ready(place, message, written, size))
        return ready

    async def _few(
        self, producer: Any, partitions: tuple[int, ...], ready: Sequence[_Ready], outcomes: Outcomes
    ) -> None:
        sent: list[tuple[asyncio.Future[Any], Sequence[_Ready]]] = []
        for each in ready:
            key, value, _ = each.message
            partition = _partition(key, partitions)
            future = await producer.send(self.topic, value, key=key, partition=partition, headers=each.headers)
            sent.append((future, [each]))
        await self._acknowledged(sent, outcomes)

    async def _to_partition(self, producer: Any, partition: int, ours: Sequence[_Ready], outcomes: Outcomes) -> None:
        for few in _batches(ours):
            batch = producer.create_batch()
            for each in few:
                key, value, _ = each.message
                batch.append(timestamp=None, key=key, value=value, headers=each.headers)
            batch.close()  # so that nobody adds to it until it is too large for Kafka
            try:
                future = await producer.send_batch(batch, self.topic, partition=partition)
                await self._acknowledged([(future, few)], outcomes)
                error = outcomes[few[0].place]
            except Exception as raised:  # noqa: BLE001 - handed to the caller
                error = raised
            if error is not None:
                for each in ours[ours.index(few[0]) :]:
                    outcomes[each.place] = error
                return

    async def _acknowledged(
        self, sent: Sequence[tuple[asyncio.Future[Any], Sequence[_Ready]]], outcomes: Outcomes
    ) -> None:
        try:
            # Shielded: what is under way cannot be called back, and the client does not survive our trying.
            await asyncio.shield(asyncio.gather(*[future for future, _ in sent], return_exceptions=True))
        finally:
            for future, ours in sent:
                if not future.done():
                    continue  # late
                error: Any = future.exception()
                if error is None:
                    self._note(future.result(), len(ours))
                for each in ours:
                    outcomes[each.place] = error

    def _note(self, record: RecordMetadata, count: int) -> None:
        if record.offset < 0:  # an idempotent producer repeated itself, and Kafka does not remember where it was
            return
        place, last = (record.topic, record.partition), record.offset + count - 1
        self.acknowledged[place] = max(last, self.acknowledged.get(place, -1))


def _partition(key: bytes | None, partitions: tuple[int, ...]) -> int:
    if key is None:
        return random.choice(partitions)  # noqa: S311 - nobody is to be kept from guessing it
    return _partition_of(key, partitions)


@lru_cache(KEYS_REMEMBERED)
def _partition_of(key: bytes, partitions: tuple[int, ...]) -> int:
    """The partition that every producer with Kafka's own partitioner chooses for a key."""
    return int(DefaultPartitioner()(key, partitions, partitions))


def _batches(ours: Sequence[_Ready]) -> list[list[_Ready]]:
    """In order, as many in each as Kafka is sure to take."""
    batches: list[list[_Ready]] = []
    left = 0
    for each in ours:
        left -= each.size + OVERHEAD_BYTES
        if left < 0:
            batches.append([])
            left = LARGEST_BATCH_BYTES - each.size - OVERHEAD_BYTES
        batches[-1].append(each)
    return batches
