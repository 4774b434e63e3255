"""Durable consumption against a real broker: what its offsets, redeliveries and failures do to what is kept.

What the services make of a broker that goes away is shown in outages/.
"""

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis.bookkeeping import Record
from services.chassis.broker import create_topics
from services.chassis.settings import ProcessSettings
from services.chassis.store import Unavailable
from tests.live.book import Book, consuming, publish, until
from touchline_contracts import TOPICS, TOUCHPOINTS

pytestmark = [pytest.mark.anyio, pytest.mark.live]


@pytest.fixture(scope="module")
async def settings(broker) -> ProcessSettings:
    await create_topics(broker.settings, TOPICS)
    return broker.settings


async def test_after_a_restart_it_goes_on_where_its_own_store_stands(settings: ProcessSettings) -> None:
    book = Book()
    async with consuming(settings, book, "restart") as running:
        await publish(running.broker, [b"r1", b"r2", b"r3"])
        await until(lambda: b"r3" in book.applied)

    # The store forgets the last record, as after a crash between Kafka's commit and ours: the store is right.
    (partition,) = book.offsets
    book.offsets[partition] -= 1
    book.applied.remove(b"r3")
    async with consuming(settings, book, "restart") as running:
        await publish(running.broker, [b"r4"])
        await until(lambda: b"r4" in book.applied)

    assert [value for value in book.applied if value in (b"r1", b"r2", b"r3", b"r4")] == [b"r1", b"r2", b"r3", b"r4"]


async def test_a_record_that_cannot_be_handled_is_set_aside_alone(settings: ProcessSettings) -> None:
    book = Book()

    def trip(records: Sequence[Record]) -> None:
        if any(record.value == b"poison" for record in records):
            raise KeyError("poison")

    book.before_apply = trip
    async with consuming(settings, book, "poison") as running:
        await publish(running.broker, [b"p1", b"p2", b"poison", b"p3", b"p4"])
        await until(lambda: b"p4" in book.applied)

    assert book.set_aside == [b"poison"]
    assert [value for value in book.applied if value in (b"p1", b"p2", b"p3", b"p4")] == [b"p1", b"p2", b"p3", b"p4"]


async def test_a_fault_of_the_database_loses_nothing_and_sets_nothing_aside(settings: ProcessSettings) -> None:
    book = Book()
    failures = iter(range(4))

    def fail_for_a_while(_: Sequence[Record]) -> None:
        if next(failures, None) is not None:
            raise Unavailable("database is locked")

    book.before_apply = fail_for_a_while
    async with consuming(settings, book, "transient") as running:
        await publish(running.broker, [b"t1", b"t2"])
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
    async with consuming(settings, book, "fenced") as running:
        await publish(running.broker, [b"f1"])
        await until(lambda: bool(overtaken))
        await publish(running.broker, [b"f2"])
        await until(lambda: b"f2" in book.applied)

    assert b"f1" not in book.applied


async def test_a_header_that_is_no_text_costs_no_message(settings: ProcessSettings) -> None:
    book = Book()
    async with consuming(settings, book, "headers") as running:
        await running.broker.publish(b"h1", TOUCHPOINTS.name, key=b"key")
        producer = running.broker.config.producer._producer.producer  # noqa: SLF001
        await producer.send_and_wait(TOUCHPOINTS.name, b"h2", key=b"key", headers=[("odd", b"\xff"), ("none", None)])
        await publish(running.broker, [b"h3"])
        await until(lambda: b"h3" in book.applied)

    assert [value for value in book.applied if value in (b"h1", b"h2", b"h3")] == [b"h1", b"h2", b"h3"]


@pytest.mark.parametrize("kind", ["apache"], indirect=True)  # the client cannot read what the embedded one answers
async def test_kafka_is_told_how_far_we_are(settings: ProcessSettings) -> None:
    book = Book()
    async with consuming(settings, book, "told") as running:
        await publish(running.broker, [b"k1"])
        await until(lambda: b"k1" in book.applied)
        admin = running.broker.config.admin_client
        async with asyncio.timeout(20):
            told: dict[int, int] = {}
            while told != dict(running.consumer.next):
                offsets = await admin.list_consumer_group_offsets("told")
                told = {place.partition: each.offset for place, each in offsets.items()}
                await asyncio.sleep(0.1)
