"""Batches out of a client: the next of a backlog is gathered while the last is written, and known by its turn."""

import asyncio
from collections import deque
from typing import NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from services.chassis.gathering import BACKLOG, LARGEST_BACKLOG_BYTES, Gathering

pytestmark = pytest.mark.anyio
SECONDS = 5.0
"""None of this takes as long: who waits for more has been forgotten."""
PLACE = TopicPartition("topic", 0)


class Raw(NamedTuple):
    offset: int
    serialized_value_size: int = 400


class Client:
    """Hands out what it was given, as often as it is asked; then nothing, after the time it was asked to wait."""

    def __init__(self, *answers):
        self.answers = deque(answers)

    async def getmany(self, *, timeout_ms, max_records):
        await asyncio.sleep(0)
        if not self.answers:
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        assert len(answer) <= max_records
        return {PLACE: list(answer)}


def raws(first, count, size=400):
    return [Raw(each, size) for each in range(first, first + count)]


def offsets(batches):
    return [raw.offset for raw in batches.get(PLACE, ())]


async def test_a_little_is_handed_on_at_once_and_nothing_is_begun_with_it():
    client = Client(raws(0, 10), raws(10, 10))
    gathering = Gathering(client, 30_000, writing=lambda: True)

    batches, lost = await gathering.next(1)
    gathering.go_ahead(batches, 1)

    assert (offsets(batches), lost) == (list(range(10)), ())
    await asyncio.sleep(0.01)
    assert len(client.answers) == 1


async def test_the_next_of_a_backlog_is_gathered_while_the_last_is_written():
    client = Client(raws(0, BACKLOG))
    writing = False
    gathering = Gathering(client, 30_000, writing=lambda: writing)
    batches, _ = await gathering.next(1)

    writing = True
    client.answers.extend([raws(BACKLOG, BACKLOG), [], raws(2 * BACKLOG, 5)])
    gathering.go_ahead(batches, 1)
    async with asyncio.timeout(SECONDS):
        while client.answers:
            await asyncio.sleep(0.001)
    writing = False

    batches, _ = await gathering.next(1)
    assert offsets(batches) == list(range(BACKLOG, 2 * BACKLOG + 5))


async def test_what_was_begun_before_the_client_was_made_to_stand_elsewhere_is_known_by_its_turn():
    client = Client(raws(0, BACKLOG))
    gathering = Gathering(client, BACKLOG, writing=lambda: False)
    batches, _ = await gathering.next(1)
    gathering.go_ahead(batches, 1)

    await gathering.next(2)
    assert gathering.turn == 1
    await gathering.next(2)
    assert gathering.turn == 2


async def test_a_batch_is_bounded_by_records_and_by_bytes_however_long_the_last_is_written():
    async def gathered(gathering):
        async with asyncio.timeout(SECONDS):
            return len(offsets((await gathering.next(1))[0]))

    many = Gathering(Client(raws(0, BACKLOG), raws(BACKLOG, 500), raws(0, 500)), BACKLOG + 500, writing=lambda: True)
    assert await gathered(many) == BACKLOG + 500

    size = LARGEST_BACKLOG_BYTES // BACKLOG + 1
    large = Gathering(Client(raws(0, BACKLOG, size), raws(BACKLOG, 1)), 30_000, writing=lambda: True)
    assert await gathered(large) == BACKLOG


async def test_a_place_that_kafka_lacks_is_told_and_what_is_in_hand_goes_first():
    missing = OffsetOutOfRangeError({PLACE: 7})
    gathering = Gathering(
        Client(missing, raws(0, BACKLOG), missing, NoOffsetForPartitionError(PLACE)), 30_000, writing=lambda: True
    )

    assert await gathering.next(1) == ({}, [PLACE])
    batches, lost = await gathering.next(1)
    assert (len(offsets(batches)), lost) == (BACKLOG, ())
    assert await gathering.next(1) == ({}, ())


async def test_at_its_end_it_leaves_what_it_has_begun_and_is_no_longer_than_a_moment():
    gathering = Gathering(Client(raws(0, BACKLOG), ConnectionError("gone")), BACKLOG, writing=lambda: True)
    batches, _ = await gathering.next(1)
    gathering.go_ahead(batches, 1)

    async with asyncio.timeout(1):
        await gathering.end()
