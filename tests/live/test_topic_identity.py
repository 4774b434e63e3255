"""Offsets belong to one topic: one that is deleted and made again under the same name is read from its beginning."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from structlog.testing import capture_logs

from services.chassis.bookkeeping import TopicIdentity
from services.chassis.broker import kafka_broker
from services.chassis.topic_identity import NoSuchTopic, topic_identity
from tests.live.book import Book, Running, consuming, publish, until

pytestmark = [pytest.mark.anyio, pytest.mark.live]


@pytest.fixture
async def admin(broker) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    await client.start()
    yield client
    await client.close()


async def make(admin: AIOKafkaAdminClient, topic: str, partitions: int = 1) -> None:
    await admin.create_topics([NewTopic(topic, partitions, 1)])


async def make_anew(admin: AIOKafkaAdminClient, topic: str, running: Running) -> None:
    before = await topic_identity(running.broker, topic)
    await admin.delete_topics([topic])
    async with asyncio.timeout(20):
        while True:
            try:
                await make(admin, topic)
                if (await topic_identity(running.broker, topic)).id != before.id:
                    return
            except Exception:  # noqa: BLE001 # it takes Kafka a moment to be rid of the old one
                await asyncio.sleep(0.1)


async def test_a_topic_has_an_identity_of_its_own(broker, admin) -> None:
    await make(admin, "identity")
    connected = kafka_broker(broker.settings, client="test")
    await connected.start()
    try:
        first = await topic_identity(connected, "identity")
        assert first == await topic_identity(connected, "identity")
        assert isinstance(first, TopicIdentity)
        assert first.cluster
        assert len(first.id) == len("01a20114-8d9e-75c3-b4a5-6b4fc88ff8bd")

        with pytest.raises(NoSuchTopic, match="the topic nothing does not exist"):
            await topic_identity(connected, "nothing")
    finally:
        await connected.stop()


async def test_a_topic_made_anew_while_running_loses_nothing(broker, admin) -> None:
    await make(admin, "anew")
    book = Book()
    async with consuming(broker.settings, book, "anew", topic="anew") as running:
        await publish(running.broker, [b"a1", b"a2", b"a3"], topic="anew")
        await until(lambda: b"a3" in book.applied)

        await make_anew(admin, "anew", running)
        # As many as before and more: what was read would be skipped by an offset alone.
        after = [f"b{number}".encode() for number in range(1, 7)]
        await publish(running.broker, after, topic="anew")
        await until(lambda: set(after) <= set(book.applied), 60)

    assert len(book.all_offsets) == 2


async def test_a_topic_made_anew_between_two_runs_is_read_from_its_beginning(broker, admin) -> None:
    await make(admin, "between")
    book = Book()
    async with consuming(broker.settings, book, "between", topic="between") as running:
        await publish(running.broker, [b"a1", b"a2", b"a3"], topic="between")
        await until(lambda: b"a3" in book.applied)
        await make_anew(admin, "between", running)
        await publish(running.broker, [b"b1"], topic="between")

    async with consuming(broker.settings, book, "between", topic="between"):
        await until(lambda: b"b1" in book.applied, 60)

    assert book.applied.count(b"a1") == 1


@pytest.mark.parametrize("kind", ["apache"], indirect=True)  # the embedded one makes what it is asked about
async def test_a_topic_that_is_gone_is_waited_for_and_said_once(broker, admin) -> None:
    await make(admin, "gone")
    book = Book()
    with capture_logs() as logs:
        async with consuming(broker.settings, book, "gone", topic="gone") as running:
            await until(lambda: running.consumer.is_assigned)
            await admin.delete_topics(["gone"])
            await until(lambda: running.consumer.trouble == "the topic gone does not exist")
            await make(admin, "gone")
            await until(lambda: running.consumer.trouble is None, 60)
            await publish(running.broker, [b"g1"], topic="gone")
            await until(lambda: b"g1" in book.applied, 60)

    assert [each["event"] for each in logs if "topic is" in each["event"]] == [
        "the topic is gone, waiting for it",
        "the topic is there again",
    ]


@pytest.mark.parametrize("kind", ["apache"], indirect=True)  # the embedded one cannot add partitions
async def test_partitions_that_are_added_are_read(broker, admin) -> None:
    await make(admin, "grows")
    book = Book()
    async with consuming(broker.settings, book, "grows", topic="grows") as running:
        await publish(running.broker, [b"first"], topic="grows")
        await until(lambda: b"first" in book.applied)

        await admin.create_partitions({"grows": NewPartitions(total_count=3)})
        async with asyncio.timeout(20):
            for partition in (1, 2):
                while True:
                    try:
                        await running.broker.publish(f"p{partition}".encode(), "grows", partition=partition)
                        break
                    except (AssertionError, ValueError):  # the producer has not heard of it yet
                        producer = running.broker.config.producer._producer.producer  # noqa: SLF001
                        await producer.client.force_metadata_update()
                        await asyncio.sleep(0.1)
        await until(lambda: {b"p1", b"p2"} <= set(book.applied), 60)

    assert book.offsets == {0: 1, 1: 1, 2: 1}


@pytest.mark.parametrize("kind", ["apache"], indirect=True)  # the embedded one removes nothing
async def test_what_retention_has_removed_is_said_and_the_rest_is_read(broker, admin) -> None:
    await make(admin, "removed")
    book = Book()
    async with consuming(broker.settings, book, "removed", topic="removed") as running:
        await publish(running.broker, [b"r1", b"r2"], topic="removed")
        await until(lambda: b"r2" in book.applied)
        await publish(running.broker, [b"r3"], topic="removed")
        await until(lambda: b"r3" in book.applied)
        place = next(iter(running.consumer.consumer.assignment()))
        await publish(running.broker, [b"r4"], topic="removed")
        await until(lambda: b"r4" in book.applied)
    assert book.identity is not None
    book.all_offsets[book.identity] = {0: 1}  # as if we had been away since then
    await admin.delete_records({place: RecordsToDelete(before_offset=3)})

    with capture_logs() as logs:
        async with consuming(broker.settings, book, "removed", topic="removed"):
            await until(lambda: book.applied.count(b"r4") == 2)

    (said,) = [each for each in logs if "removed from Kafka before they were read" in each["event"]]
    assert said["messages"] == 2
    assert book.offsets == {0: 4}
