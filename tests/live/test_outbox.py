"""What transactions leave to be sent arrives: all of it, in order under each key, also what others have left behind."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import func, select

from services.chassis import outbox
from services.chassis.bookkeeping import Outgoing, Record
from services.chassis.broker import create_topics
from services.chassis.clock import SystemClock
from services.chassis.database import Address, engine_for, rows_of
from services.chassis.durable import Durable
from services.chassis.stored_bookkeeping import StoredBookkeeping
from services.chassis.tables import OUTGOING
from services.experience.adapters.database import MIGRATIONS
from tests.databases import BOTH
from tests.live.book import until
from touchline_contracts import ALERTS, EVALUATIONS, TOPICS, TOUCHPOINTS, Topic

pytestmark = [pytest.mark.anyio, pytest.mark.live]

KEYS = 7
Worker = Durable[StoredBookkeeping, None]


@asynccontextmanager
async def working(broker, test: str, address: Address) -> AsyncIterator[Worker]:
    def take_in(transaction: StoredBookkeeping, records: Sequence[Record], now: datetime) -> None:
        pass

    durable: Worker = Durable(
        broker.settings.model_copy(update={"database": address}),
        SystemClock(),
        name="test",
        group=test,
        reads=TOUCHPOINTS,
        topics=[ALERTS, EVALUATIONS],
        migrations=MIGRATIONS,
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


def unsent(address: Address) -> int:
    with beside(address) as transaction:
        return transaction.rows.value(select(func.count()).select_from(OUTGOING))


@contextmanager
def beside(address: Address) -> Iterator[StoredBookkeeping]:
    """A transaction of another process."""
    engine = engine_for(address)
    with engine.begin() as connection:
        yield StoredBookkeeping(rows_of(connection))
    engine.dispose()


@pytest.fixture(params=BOTH)
def address(request, tmp_path) -> Address:
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database()
    return tmp_path / "outbox.db"


@pytest.fixture(name="test")
def _test(request) -> str:
    """What nobody else calls a group or a key of theirs."""
    return f"{request.node.name}".replace("[", "-").replace("]", "")


@pytest.fixture
async def topics(broker) -> None:
    await create_topics(broker.settings, TOPICS)


@pytest.mark.parametrize("held", [20_000, 10])
async def test_everything_arrives_once_and_in_order(broker, topics, test, address, monkeypatch, held) -> None:
    # With hardly any room in memory most of it goes the way through the database.
    monkeypatch.setattr(outbox, "HELD", held)
    monkeypatch.setattr(outbox, "LARGEST_BATCH", 30)
    async with working(broker, test, address) as durable:
        await durable.connection.wait_until_up()
        for first in range(0, 600, 12):
            await durable.transact(lambda each, at=first: each.send(messages(test, range(at, at + 12))))
        await until(lambda: durable.outbox.empty)
        numbers = await arrived(broker, test, 600)
        await until(lambda: unsent(address) == 0)

    assert Counter(numbers) == Counter(range(600))
    assert in_order(numbers)


async def test_what_an_earlier_run_has_left_is_sent_before_what_is_new(broker, topics, test, address) -> None:
    async with working(broker.__class__("none", "127.0.0.1:1", idempotence=False), test, address) as durable:
        await durable.transact(lambda each: each.send(messages(test, range(50))))
    assert unsent(address) == 50

    async with working(broker, test, address) as durable:
        await durable.transact(lambda each: each.send(messages(test, range(50, 100))))
        numbers = await arrived(broker, test, 100)

    assert Counter(numbers) == Counter(range(100))
    assert in_order(numbers)


async def test_what_is_rolled_back_is_not_sent(broker, topics, test, address) -> None:
    def send_and_fail(transaction: StoredBookkeeping) -> None:
        transaction.send(messages(test, [1]))
        raise KeyError("on purpose")

    async with working(broker, test, address) as durable:
        with pytest.raises(KeyError):
            await durable.transact(send_and_fail)
        await durable.transact(lambda each: each.send(messages(test, [2])))
        assert await arrived(broker, test, 1) == [2]


async def test_what_a_dead_worker_has_left_in_the_same_database_is_sent(
    broker, topics, test, address, monkeypatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 0.2)
    async with working(broker, test, address) as durable:
        await durable.transact(lambda each: each.send(messages(test, [1])))
        await arrived(broker, test, 1)
        # Another process has committed this, and died before it could send it.
        with beside(address) as other:
            other.send(messages(test, [2]))

        assert await arrived(broker, test, 2) == [1, 2]
        await until(lambda: unsent(address) == 0)


async def test_what_a_dead_worker_has_left_is_not_sent_after_something_newer(
    broker, topics, test, address, monkeypatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 1.0)
    older, newer, other = 1, 1 + KEYS, 2
    async with working(broker, test, address) as durable:
        await durable.connection.wait_until_up()
        await until(lambda: durable.outbox.empty)
        with beside(address) as dead:
            dead.send(messages(test, [older, other], EVALUATIONS))
        await durable.transact(lambda each: each.send(messages(test, [newer], EVALUATIONS)))
        await until(lambda: unsent(address) == 0)

    assert set(await arrived(broker, test, 2, EVALUATIONS)) == {newer, other}


async def test_two_workers_send_what_is_theirs_once(broker, topics, test, address) -> None:
    """Their numbers lie between each other's: nobody may take that for something he has missed."""
    async with working(broker, test, address) as one, working(broker, f"{test}-too", address) as other:
        for durable in (one, other):
            await durable.connection.wait_until_up()
            await until(lambda each=durable: each.outbox.empty)
        for first in range(0, 200, 10):
            await one.transact(lambda each, at=first: each.send(messages(test, range(at, at + 5))))
            await other.transact(lambda each, at=first: each.send(messages(test, range(at + 5, at + 10))))
        numbers = await arrived(broker, test, 200)
        await until(lambda: unsent(address) == 0)

    assert Counter(numbers) == Counter(range(200))


async def test_what_was_read_before_its_commit_was_told_is_not_sent_again(broker, test, address) -> None:
    async with working(broker, f"{test}-tables", address):
        pass
    with beside(address) as transaction:
        transaction.send(messages(test, range(20)))
        left = list(transaction.left_to_send)

    async with working(broker, test, address) as durable:
        await arrived(broker, test, 20)
        durable.outbox.committed(left)
        await durable.transact(lambda each: each.send(messages(test, [20])))

        assert sorted(await arrived(broker, test, 21)) == list(range(21))
