"""What came of the events that were accepted: in the experience service's database, and in what it told Kafka."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from tests.live.outages.traffic import STORE, Accepted
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, journey_key, parse_event

LOOK_SECONDS = 0.1
COUNTED_SECONDS = 60.0
TOLD_SECONDS = 30.0


class Counting:
    """Looks at the database of the experience service all the time. An asynchronous context manager."""

    def __init__(self, database: Path) -> None:
        self.seen: dict[str, float] = {}
        """By event, when it was first seen to be counted."""
        self._database = database
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._looking is not None
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking  # one that has failed has not seen what was counted since

    async def until_counted(self, accepted: Sequence[Accepted]) -> None:
        """Return when all of them are counted, or when that has taken too long: what is missing is lost."""
        deadline = time.monotonic() + COUNTED_SECONDS
        while time.monotonic() < deadline and any(each.id not in self.seen for each in accepted):
            await asyncio.sleep(LOOK_SECONDS)

    def lost(self, accepted: Sequence[Accepted]) -> int:
        """How many were accepted and are not counted."""
        return sum(each.id not in self.seen for each in accepted)

    def doubled(self, accepted: Sequence[Accepted]) -> int:
        """How many events are counted in journeys beyond those that were accepted."""
        counted = dict(self._rows("select journey, events from journeys"))
        return sum(max(0, counted.get(journey, 0) - count) for journey, count in per_journey(accepted).items())

    def standstill(self, accepted: Sequence[Accepted], *, since: float) -> float | None:
        """Seconds from an instant until on each partition something sent after it was counted; None: not yet."""
        partitions = list(range(TOUCHPOINTS.partitions))
        choose = DefaultPartitioner()
        first: dict[int, float] = {}
        for each in accepted:
            if each.first_sent >= since and each.id in self.seen:
                partition = choose(journey_key(STORE, each.journey).encode(), partitions, partitions)
                first[partition] = min(first.get(partition, float("inf")), self.seen[each.id])
        return max(first.values()) - since if set(first) == set(partitions) else None

    async def _look(self) -> None:
        while True:
            rows = await asyncio.to_thread(self._rows, "select id from events")
            now = time.monotonic()
            for (id_,) in rows:
                self.seen.setdefault(id_, now)
            await asyncio.sleep(LOOK_SECONDS)

    def _rows(self, query: str) -> list[tuple[str, int]]:
        if not self._database.exists():
            return []
        with closing(sqlite3.connect(self._database, timeout=10.0)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise


def per_journey(accepted: Sequence[Accepted]) -> Counter[str]:
    """How many events of each journey were accepted."""
    return Counter(each.journey for each in accepted)


async def wrongly_told(servers: str, accepted: Sequence[Accepted]) -> dict[str, tuple[int, int]]:
    """The journeys whose last evaluation in Kafka counts other events than were accepted: expected and got.

    The last is the one of the highest edition: a worker that hung may send an old one late, and readers drop it.
    """
    expected = per_journey(accepted)
    told: dict[str, int] = {}
    editions: dict[str, tuple[int, int]] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(EVALUATIONS.name, number) for number in range(EVALUATIONS.partitions)])
        deadline = time.monotonic() + TOLD_SECONDS
        while time.monotonic() < deadline:
            batches = await consumer.getmany(timeout_ms=1000)
            for record in (record for batch in batches.values() for record in batch):
                event = parse_event(record.value)
                if event.subject is None:
                    continue  # how a store as a whole stands
                journey = event.subject
                if event.data.edition >= editions.get(journey, (0, 0)):
                    editions[journey], told[journey] = event.data.edition, event.data.events
            if not batches and all(told.get(journey) == count for journey, count in expected.items()):
                break
    finally:
        await consumer.stop()
    return {
        journey: (count, told.get(journey, 0)) for journey, count in expected.items() if told.get(journey, 0) != count
    }
