"""Publishing to one topic: each message to the partition of its key, in order, acknowledged by Kafka."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import RecordMetadata
from faststream.kafka import KafkaBroker, KafkaPublishMessage

FEW_MESSAGES = 16
"""Up to this many messages with different keys go one by one, so that concurrent callers share Kafka's requests."""
LARGEST_BATCH_BYTES = 512 * 1024
"""Half of what Kafka takes by default: our estimate of a batch's size is rough."""
LARGEST_MESSAGE_BYTES = 1 << 20
"""What Kafka takes by default in one message."""
OVERHEAD_BYTES = 160
"""What Kafka and FastStream add to a message at most, its own headers aside."""
PARTITIONS_HOLD_SECONDS = 60.0
"""The number of partitions is asked again after this long."""


class NotAcknowledged(Exception):
    """Kafka has not acknowledged a message in time. It may arrive yet: send it again, with the same identity."""


class TooLarge(Exception):
    """A message is larger than its topic takes. Sending it again will not help."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Without a value it is a tombstone; without a key it goes to any partition."""

    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """What it takes itself: key, value and headers."""
        headers = sum(len(name) + len(value.encode(errors="replace")) for name, value in self.headers.items())
        return len(self.key or b"") + len(self.value or b"") + headers

    @property
    def size(self) -> int:
        """About how many bytes it takes in a batch; rather too many than too few."""
        headers = sum(len(name) * 4 + len(value) * 4 + 10 for name, value in self.headers.items())
        return len(self.key or b"") + len(self.value or b"") + headers + OVERHEAD_BYTES


class Producing:
    """Publishes to one topic through a broker that somebody else connects.

    FastStream's own batches store the keys but do not route by them; here every message goes where its key belongs.
    """

    def __init__(
        self, broker: KafkaBroker, topic: str, *, seconds: float = 10.0, largest_bytes: int = LARGEST_MESSAGE_BYTES
    ) -> None:
        """`seconds` bounds how long `publish` waits for Kafka; `largest_bytes` is what the topic takes in a message."""
        self.broker = broker
        self.topic = topic
        self._largest_bytes = largest_bytes - OVERHEAD_BYTES
        self.seconds = seconds
        self.acknowledged: dict[tuple[str, int], int] = {}
        """The last acknowledged offset of each partition that was published to."""
        self._partitions: list[int] = []
        self._partitions_known_at = 0.0
        self._partition_of = DefaultPartitioner()

    async def publish(self, messages: Sequence[Message]) -> list[Exception | None]:
        """Publish, and say for each message what went wrong; None: Kafka has acknowledged it.

        TooLarge, of one that its topic would not take: the others are sent.
        Never raises for what Kafka does, and returns within `seconds`. Messages with one key stay in order: when one
        fails, those after it are not sent. What failed can be published again; it may then be there twice.
        """
        fitting = [index for index, message in enumerate(messages) if message.bytes <= self._largest_bytes]
        outcomes: list[Exception | None] = [
            TooLarge(f"{message.bytes:,} bytes, {self.topic} takes {self._largest_bytes:,}") for message in messages
        ]
        for index, outcome in zip(fitting, await self._publish([messages[i] for i in fitting]), strict=True):
            outcomes[index] = outcome
        return outcomes

    async def _publish(self, messages: Sequence[Message]) -> list[Exception | None]:
        late = NotAcknowledged(f"Kafka has not acknowledged within {self.seconds:g} s")
        outcomes: list[Exception | None] = [late] * len(messages)
        keys = [message.key for message in messages if message.key is not None]
        try:
            async with asyncio.timeout(self.seconds):
                if len(messages) <= FEW_MESSAGES and len(set(keys)) == len(keys):
                    await asyncio.gather(*[self._one(messages, i, outcomes) for i in range(len(messages))])
                else:
                    await self._in_batches(messages, outcomes)
        except TimeoutError:
            pass  # what has no outcome by now is late
        except Exception as error:  # noqa: BLE001 - handed to the caller, for each message that it concerns
            outcomes = [error if outcome is late else outcome for outcome in outcomes]
        return outcomes

    async def _one(self, messages: Sequence[Message], index: int, outcomes: list[Exception | None]) -> None:
        message = messages[index]
        try:
            record = await self.broker.publish(
                message.value, self.topic, key=message.key, headers=dict(message.headers)
            )
        except Exception as error:  # noqa: BLE001 - handed to the caller
            outcomes[index] = error
        else:
            self._note(record, 1)
            outcomes[index] = None

    async def _in_batches(self, messages: Sequence[Message], outcomes: list[Exception | None]) -> None:
        partitions = await self._known_partitions()
        by_partition: defaultdict[int, list[int]] = defaultdict(list)
        for index, message in enumerate(messages):
            by_partition[self._partition_of(message.key, partitions, partitions)].append(index)
        await asyncio.gather(
            *[self._to_partition(partition, messages, ours, outcomes) for partition, ours in by_partition.items()]
        )

    async def _to_partition(
        self, partition: int, messages: Sequence[Message], ours: list[int], outcomes: list[Exception | None]
    ) -> None:
        for batch in _batches(messages, ours):
            first = messages[batch[0]]
            try:
                if first.value is None:  # FastStream would make an empty value of it in a batch
                    record = await self.broker.publish(
                        None, self.topic, key=first.key, partition=partition, headers=dict(first.headers)
                    )
                else:
                    record = await self.broker.publish_batch(
                        *[_in_batch(messages[i]) for i in batch],
                        topic=self.topic,
                        partition=partition,
                        headers=dict(first.headers),
                    )
            except Exception as error:  # noqa: BLE001 - handed to the caller
                for index in ours[ours.index(batch[0]) :]:
                    outcomes[index] = error
                self._partitions_known_at = 0.0
                return
            self._note(record, len(batch))
            for index in batch:
                outcomes[index] = None

    def _note(self, record: RecordMetadata, count: int) -> None:
        if record.offset < 0:  # an idempotent producer repeated itself, and Kafka does not remember where it was
            return
        place, last = (record.topic, record.partition), record.offset + count - 1
        self.acknowledged[place] = max(last, self.acknowledged.get(place, -1))

    async def _known_partitions(self) -> list[int]:
        now = asyncio.get_running_loop().time()
        if not self._partitions or now - self._partitions_known_at > PARTITIONS_HOLD_SECONDS:
            (description,) = await self.broker.config.admin_client.describe_topics([self.topic])
            self._partitions = sorted(partition["partition"] for partition in description["partitions"])
            self._partitions_known_at = now
        if not self._partitions:
            raise NotAcknowledged(f"the topic {self.topic} does not exist yet")
        return self._partitions


def _in_batch(message: Message) -> KafkaPublishMessage | bytes | None:
    # FastStream takes a message without a key out of its wrapping only where others beside it have one.
    return message.value if message.key is None else KafkaPublishMessage(message.value, key=message.key)


def _batches(messages: Sequence[Message], ours: list[int]) -> list[list[int]]:
    """Which messages may go in one batch: neighbours with the same headers, no tombstones, not too many bytes."""
    batches: list[list[int]] = []
    for (_, tombstone), run in groupby(ours, key=lambda i: (messages[i].headers, messages[i].value is None)):
        size = LARGEST_BATCH_BYTES
        for index in run:
            size += messages[index].size
            if tombstone or size > LARGEST_BATCH_BYTES:
                batches.append([])
                size = messages[index].size
            batches[-1].append(index)
    return batches
