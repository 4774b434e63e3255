"""Batches out of a Kafka client: what there is at once when there is little, many polls in one of a backlog."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

POLL_MILLISECONDS = 200
"""How long to wait for records at a time: they are handed on as soon as there are some."""
BACKLOG = 1000
"""So many records at once are a backlog: then larger batches are worth a moment's wait."""
LARGEST_BACKLOG_BYTES = 64 << 20
"""About so much of a backlog is held at once; with what is being written, twice as much."""
GATHER_SECONDS = 0.25
GATHER_MILLISECONDS = 20
"""The client has fetched more while the last batch was applied, and hands it out in pieces."""


Batches = Mapping[TopicPartition, Sequence[Any]]
"""A client's records, by partition, in order."""


class Gathering:
    """Gathers from one client, a batch at a time; of a backlog the next one while the last is written."""

    def __init__(self, consumer: AIOKafkaConsumer, largest_batch: int, *, writing: Callable[[], bool]) -> None:
        """`writing`: whether the last batch still is, so that nobody waits for the next."""
        self._consumer, self._largest_batch, self._writing = consumer, largest_batch, writing
        self._ahead: tuple[int, asyncio.Task[Batches]] | None = None
        self.turn = 0
        """The turn in which the last batch was begun: see `next`."""

    async def next(self, turn: int) -> tuple[Batches, Sequence[TopicPartition]]:
        """The next batch, empty when nothing has come for a moment; or partitions of which Kafka lacks our place.

        Raises what the client does. `turn` rises whenever the client is made to stand elsewhere: what was begun before
        that is from where it stood.
        """
        self.turn, gathering = self._ahead or (turn, self._begin())
        self._ahead = None
        try:
            return await gathering, ()
        except OffsetOutOfRangeError as error:
            return {}, list(error.args[0])
        except NoOffsetForPartitionError:
            return {}, ()  # the client has looked before it was told where to begin

    def go_ahead(self, batches: Batches, turn: int) -> None:
        """Begin with the next batch if these, which are about to be written, are of a backlog."""
        if sum(map(len, batches.values())) >= BACKLOG:
            self._ahead = (turn, self._begin())

    async def end(self) -> None:
        """Leave what was begun."""
        if self._ahead is not None:
            self._ahead[1].cancel()
            await asyncio.gather(self._ahead[1], return_exceptions=True)

    def _begin(self) -> asyncio.Task[Batches]:
        return asyncio.create_task(_gather(self._consumer, self._largest_batch, self._writing))


async def _gather(consumer: AIOKafkaConsumer, largest_batch: int, in_no_hurry: Callable[[], bool]) -> Batches:
    """The next records, at most `largest_batch`. While nobody waits for them a batch of a backlog goes on growing."""
    batches: dict[TopicPartition, list[Any]] = await consumer.getmany(
        timeout_ms=POLL_MILLISECONDS, max_records=largest_batch
    )
    count, size = sum(map(len, batches.values())), _size(batches)
    until = time.monotonic() + GATHER_SECONDS
    while BACKLOG <= count < largest_batch and size < LARGEST_BACKLOG_BYTES:
        if not in_no_hurry() and time.monotonic() >= until:
            break
        try:
            more = await consumer.getmany(timeout_ms=GATHER_MILLISECONDS, max_records=largest_batch - count)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            break  # it is raised again when there is nothing in hand that could be lost
        if not more and not in_no_hurry():
            break
        for place, raws in more.items():
            batches.setdefault(place, []).extend(raws)
        count, size = count + sum(map(len, more.values())), size + _size(more)
    return batches


def _size(batches: Batches) -> int:
    return sum([raw.serialized_value_size for raws in batches.values() for raw in raws])
