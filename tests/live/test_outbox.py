"""What transactions leave to be sent arrives: all of it, in order under each key, also what others have left behind."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from services.chassis import outbox
from services.chassis.bookkeeping import Outgoing, Record
from services.chassis.broker import create_topics
from services.chassis.clock import SystemClock
from services.chassis.durable import Durable
from services.chassis.stored_bookkeeping import StoredBookkeeping
from tests.live.book import until
from touchline_contracts import ALERTS, EVALUATIONS, TOPICS, TOUCHPOINTS, Topic

pytestmark = [pytest.mark.anyio, pytest.mark.live]

KEYS = 7
Worker = Durable[StoredBookkeeping, None]


@asynccontextmanager
async def working(broker, file: Path) -> AsyncIterator[Worker]:
    def take_in(transaction: StoredBookkeeping, records: Sequence[Record], now: datetime) -> None:
        pass

    durable: Worker = Durable(
        broker.settings.model_copy(update={"database": file}),
        SystemClock(),
        name="test",
        group=file.stem,
        reads=TOUCHPOINTS,
        topics=[ALERTS, EVALUATIONS],
        schema=(),
        transaction=StoredBookkeeping,
        take_in=take_in,
        set_aside=lambda record, *_: Outgoing("", record.key, record.value),
        committed=lambda _: None,
    )
    async with durable.running():
        yield durable


def messages(test: str, numbers: Sequence[int], topic: Topic = ALERTS) -> list[Outgoing]:
    return [
        Outgoing(topic.name, f"{test}-{number % KEYS}".encode(), json.dumps([test, number]).encode())
        for number in numbers
    ]


async def arrived(broker, test: str, count: int, topic: Topic = ALERTS) -> list[int]:
    """The numbers of a test's messages as Kafka has them, once there are so many different ones."""
    consumer = AIOKafkaConsumer(topic.name, bootstrap_servers=broker.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    found: list[int] = []
    try:
        async with asyncio.timeout(30):
            while len(set(found)) < count:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    read = [json.loads(record.value) for record in records if record.value]
                    found += [number for name, number in read if name == test]
    finally:
        await consumer.stop()
    return found


def in_order(numbers: Sequence[int]) -> bool:
    return all(
        of_key == sorted(of_key) for of_key in ([each for each in numbers if each % KEYS == key] for key in range(KEYS))
    )


def unsent(file: Path) -> int:
    with sqlite3.connect(file) as connection:
        return int(connection.execute("select count(*) from outgoing").fetchone()[0])


@pytest.fixture
async def topics(broker) -> None:
    await create_topics(broker.settings, TOPICS)


@pytest.mark.parametrize("held", [20_000, 10])
async def test_everything_arrives_once_and_in_order(broker, topics, tmp_path, monkeypatch, held) -> None:
    # With hardly any room in memory most of it goes the way through the database.
    monkeypatch.setattr(outbox, "HELD", held)
    monkeypatch.setattr(outbox, "LARGEST_BATCH", 30)
    test, file = f"order-{held}", tmp_path / f"order{held}.db"
    async with working(broker, file) as durable:
        await durable.connection.wait_until_up()
        for first in range(0, 600, 12):
            await durable.transact(lambda each, at=first: each.send(messages(test, range(at, at + 12))))
        await until(lambda: durable.outbox.empty)
        numbers = await arrived(broker, test, 600)
        await until(lambda: unsent(file) == 0)

    assert Counter(numbers) == Counter(range(600))
    assert in_order(numbers)


async def test_what_an_earlier_run_has_left_is_sent_before_what_is_new(broker, topics, tmp_path) -> None:
    file = tmp_path / "earlier.db"
    async with working(broker.__class__("none", "127.0.0.1:1", idempotence=False), file) as durable:
        await durable.transact(lambda each: each.send(messages("earlier", range(50))))
    assert unsent(file) == 50

    async with working(broker, file) as durable:
        await durable.transact(lambda each: each.send(messages("earlier", range(50, 100))))
        numbers = await arrived(broker, "earlier", 100)

    assert Counter(numbers) == Counter(range(100))
    assert in_order(numbers)


async def test_what_is_rolled_back_is_not_sent(broker, topics, tmp_path) -> None:
    def send_and_fail(transaction: StoredBookkeeping) -> None:
        transaction.send(messages("rolled", [1]))
        raise KeyError("on purpose")

    async with working(broker, tmp_path / "rolled.db") as durable:
        with pytest.raises(KeyError):
            await durable.transact(send_and_fail)
        await durable.transact(lambda each: each.send(messages("rolled", [2])))
        assert await arrived(broker, "rolled", 1) == [2]


async def test_what_a_dead_worker_has_left_in_the_same_database_is_sent(broker, topics, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 0.2)
    file = tmp_path / "left.db"
    async with working(broker, file) as durable:
        await durable.transact(lambda each: each.send(messages("left", [1])))
        await arrived(broker, "left", 1)
        # Another process has committed this, and died before it could send it.
        with sqlite3.connect(file) as other:
            StoredBookkeeping(other).send(messages("left", [2]))

        assert await arrived(broker, "left", 2) == [1, 2]
        await until(lambda: unsent(file) == 0)


async def test_what_a_dead_worker_has_left_is_not_sent_after_something_newer(
    broker, topics, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 1.0)
    file = tmp_path / "newer.db"
    older, newer, other = 1, 1 + KEYS, 2
    async with working(broker, file) as durable:
        await durable.connection.wait_until_up()
        await until(lambda: durable.outbox.empty)
        with sqlite3.connect(file) as dead:
            StoredBookkeeping(dead).send(messages("newer", [older, other], EVALUATIONS))
        await durable.transact(lambda each: each.send(messages("newer", [newer], EVALUATIONS)))
        await until(lambda: unsent(file) == 0)

    assert set(await arrived(broker, "newer", 2, EVALUATIONS)) == {newer, other}
