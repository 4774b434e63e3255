"""Batches out of a Kafka client: what there is at once when there is little, many polls in one of a backlog."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

POLL_MILLISECONDS = 200
"""How long to wait for records at a time: they are handed on as soon as there are some."""
BACKLOG = 1000
"""So many records at once are a backlog: then larger batches are worth a moment's wait."""
GATHER_SECONDS = 0.25
GATHER_MILLISECONDS = 20
"""The client has fetched more while the last batch was applied, and hands it out in pieces."""


async def gather(consumer: AIOKafkaConsumer, largest_batch: int) -> Mapping[TopicPartition, Sequence[Any]]:
    """The next records, at most `largest_batch`; none when none have come for a moment. Raises what the client does."""
    batches: dict[TopicPartition, list[Any]] = await consumer.getmany(
        timeout_ms=POLL_MILLISECONDS, max_records=largest_batch
    )
    count = sum(map(len, batches.values()))
    until = time.monotonic() + GATHER_SECONDS
    while BACKLOG <= count < largest_batch and time.monotonic() < until:
        try:
            more = await consumer.getmany(timeout_ms=GATHER_MILLISECONDS, max_records=largest_batch - count)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            break  # it is raised again when there is nothing in hand that could be lost
        if not more:
            break
        for place, raws in more.items():
            batches.setdefault(place, []).extend(raws)
        count += sum(map(len, more.values()))
    return batches
