"""Durable consumption against a real broker: what its offsets, redeliveries and failures do to what is kept.

The broker is the embedded one: what only a broker with a log on disk can show is not shown here.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from faststream.kafka import KafkaBroker

from services.chassis.bookkeeping import Fenced, Record
from services.chassis.broker import create_topics, kafka_broker
from services.chassis.consuming import DurableConsumer, Moves
from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.producing import Message, Producing
from services.chassis.settings import ProcessSettings
from touchline_contracts import TOPICS, TOUCHPOINTS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

WITHIN_SECONDS = 20.0


class Book:
    """A store that behaves: applies records and moves offsets together, or neither."""

    def __init__(self) -> None:
        self.offsets: dict[int, int] = {}
        self.applied: list[bytes | None] = []
        self.set_aside: list[bytes | None] = []
        self.before_apply: Callable[[Sequence[Record]], None] = lambda _: None

    async def load(self) -> dict[int, int]:
        return dict(self.offsets)

    async def apply(self, records: Sequence[Record], moves: Moves) -> None:
        self.before_apply(records)
        self._move(moves)
        self.applied += [record.value for record in records]

    async def put_aside(self, record: Record, error: Exception, moves: Moves) -> None:
        self._move(moves)
        self.set_aside.append(record.value)

    def _move(self, moves: Moves) -> None:
        for partition, (expected, to) in moves.items():
            if self.offsets.get(partition) != expected:
                raise Fenced(f"{partition} stands at {self.offsets.get(partition)}, not at {expected}")
            self.offsets[partition] = to


@pytest.fixture(scope="module")
async def settings() -> AsyncIterator[ProcessSettings]:
    async with EmbeddedBroker() as broker:
        settings = ProcessSettings(kafka_bootstrap_servers=broker.bootstrap_servers, kafka_idempotence=False)
        await create_topics(settings, TOPICS)
        yield settings


@asynccontextmanager
async def consuming(settings: ProcessSettings, book: Book, group: str) -> AsyncIterator[KafkaBroker]:
    broker = kafka_broker(settings, client="test")
    consumer = DurableConsumer(
        topic=TOUCHPOINTS.name, group=group, load=book.load, apply=book.apply, set_aside=book.put_aside
    )
    consumer.subscribe(broker)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


async def publish(broker: KafkaBroker, values: Sequence[bytes]) -> None:
    outcomes = await Producing(broker, TOUCHPOINTS.name).publish([Message(b"key", value) for value in values])
    assert outcomes == [None] * len(values)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def test_after_a_restart_it_goes_on_where_its_own_store_stands(settings: ProcessSettings) -> None:
    book = Book()
    async with consuming(settings, book, "restart") as broker:
        await publish(broker, [b"r1", b"r2", b"r3"])
        await until(lambda: b"r3" in book.applied)

    # The store forgets the last record, as after a crash between Kafka's commit and ours: the store is right.
    (partition,) = book.offsets
    book.offsets[partition] -= 1
    book.applied.remove(b"r3")
    async with consuming(settings, book, "restart") as broker:
        await publish(broker, [b"r4"])
        await until(lambda: b"r4" in book.applied)

    assert [value for value in book.applied if value in (b"r1", b"r2", b"r3", b"r4")] == [b"r1", b"r2", b"r3", b"r4"]


async def test_a_record_that_cannot_be_handled_is_set_aside_alone(settings: ProcessSettings) -> None:
    book = Book()

    def trip(records: Sequence[Record]) -> None:
        if any(record.value == b"poison" for record in records):
            raise KeyError("poison")

    book.before_apply = trip
    async with consuming(settings, book, "poison") as broker:
        await publish(broker, [b"p1", b"p2", b"poison", b"p3", b"p4"])
        await until(lambda: b"p4" in book.applied)

    assert book.set_aside == [b"poison"]
    assert [value for value in book.applied if value in (b"p1", b"p2", b"p3", b"p4")] == [b"p1", b"p2", b"p3", b"p4"]


async def test_a_fault_of_the_database_loses_nothing_and_sets_nothing_aside(settings: ProcessSettings) -> None:
    book = Book()
    failures = iter(range(4))

    def fail_for_a_while(_: Sequence[Record]) -> None:
        if next(failures, None) is not None:
            raise sqlite3.OperationalError("database is locked")

    book.before_apply = fail_for_a_while
    async with consuming(settings, book, "transient") as broker:
        await publish(broker, [b"t1", b"t2"])
        await until(lambda: b"t2" in book.applied)

    assert next(failures, "exhausted") == "exhausted"
    assert book.set_aside == []
    assert [value for value in book.applied if value in (b"t1", b"t2")] == [b"t1", b"t2"]


async def test_a_worker_that_was_overtaken_goes_on_from_the_stored_offsets(settings: ProcessSettings) -> None:
    book = Book()
    overtaken = []

    def overtake(records: Sequence[Record]) -> None:
        # Another worker has applied this batch in the meantime.
        if not overtaken and any(record.value == b"f1" for record in records):
            overtaken.append(True)
            for record in records:
                book.offsets[record.partition] = record.offset + 1

    book.before_apply = overtake
    async with consuming(settings, book, "fenced") as broker:
        await publish(broker, [b"f1"])
        await until(lambda: bool(overtaken))
        await publish(broker, [b"f2"])
        await until(lambda: b"f2" in book.applied)

    assert b"f1" not in book.applied
