"""What was gathered ahead is from where the client stood: after it was made to stand elsewhere it is read again."""

import asyncio
from collections import deque
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from services.chassis.bookkeeping import Fenced, TopicIdentity
from services.chassis.gathering import BACKLOG
from services.chassis.reading import Reading
from services.chassis.store import Store, Unavailable

pytestmark = pytest.mark.anyio
PLACE = TopicPartition("topic", 0)
IDENTITY = TopicIdentity("topic", "cluster", "id")
EVENTS = 20 * BACKLOG


class Client:
    """A topic of one partition, handed out from where the client stands, a backlog at a time."""

    def __init__(self):
        self.position = 0

    async def getmany(self, *, timeout_ms, max_records):
        await asyncio.sleep(0.005)
        first = self.position
        self.position = min(first + min(max_records, BACKLOG), EVENTS)
        if first == self.position:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        return {
            PLACE: [
                SimpleNamespace(partition=0, offset=each, key=b"k", value=b"v", timestamp=0, serialized_value_size=1)
                for each in range(first, self.position)
            ]
        }

    def assignment(self):
        return {PLACE}

    def seek(self, place, offset):
        self.position = offset

    def pause(self, *places): ...

    def resume(self, *places): ...

    def highwater(self, place):
        return EVENTS


class Kept:
    """What is in the database: each offset as often as it was applied, and where the partition stands."""

    def __init__(self, *faults):
        self.offsets, self.stands, self.faults = [], 0, deque(faults)

    def store(self):
        async def identify():
            return IDENTITY

        async def load(identity):
            return {0: self.stands}

        async def apply(identity, records, moves):
            await asyncio.sleep(0.012)  # meanwhile the next batch is gathered; of a large one only a part
            fault = self.faults.popleft() if self.faults else None
            if isinstance(fault, int):  # another worker was here, and went on so far
                self.offsets += range(self.stands, self.stands + fault)
                self.stands += fault
                raise Fenced("it stands elsewhere")
            if fault is not None:
                raise fault
            expected, to = moves[0]
            assert expected == self.stands
            self.offsets += [each.offset for each in records]
            self.stands = to

        async def set_aside(*_):
            raise AssertionError("nothing is to be set aside")

        return Store(identify=identify, load=load, apply=apply, set_aside=set_aside)


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (BACKLOG // 2,),
        (None, BACKLOG + 7, None, BACKLOG),
        (None, Unavailable("the disk is full"), None),
    ],
    ids=["none", "fenced at once", "fenced twice on the way", "a database that is away"],
)
@pytest.mark.parametrize("largest_batch", [BACKLOG, 4 * BACKLOG])
async def test_of_a_backlog_each_event_is_kept_once_and_in_order(faults, largest_batch):
    kept, client, at_the_end = Kept(*faults), Client(), asyncio.Event()
    reading = Reading(
        client,
        topic="topic",
        store=kept.store(),
        largest_batch=largest_batch,
        caught_up=at_the_end.set,
        rebalanced=lambda _: None,
    )
    await reading.on_partitions_assigned([PLACE])
    running = asyncio.create_task(reading.run())
    try:
        async with asyncio.timeout(20):
            await at_the_end.wait()
    finally:
        running.cancel()
        await asyncio.wait({running})

    assert kept.offsets == list(range(EVENTS))
