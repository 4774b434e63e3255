"""Messages go to the partition of their key, in order, and count once Kafka has acknowledged them.

Against the embedded broker: it cannot show what replication and idempotent producers do.
"""

import asyncio
import signal
from collections import defaultdict

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from services.chassis.broker import create_topics, kafka_broker
from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.producing import LARGEST_BATCH_BYTES, Message, NotAcknowledged, Producing, TooLarge
from services.chassis.settings import ProcessSettings
from touchline_contracts import Topic

pytestmark = pytest.mark.anyio

PARTITIONS = 6
PATIENCE_SECONDS = 20


class CrashingBroker(EmbeddedBroker):
    """A broker that can end as machines end, at once, without a word to those who are connected; and that can hang."""

    def hang(self):
        self._process.send_signal(signal.SIGSTOP)

    async def crash(self):
        self._process.kill()
        await self._process.wait()


@pytest.fixture(scope="module")
async def kafka():
    async with EmbeddedBroker() as embedded:
        settings = ProcessSettings(kafka_bootstrap_servers=embedded.bootstrap_servers, kafka_idempotence=False)
        yield embedded, settings


@pytest.fixture
async def producing(kafka, request):
    """A producing of its own topic."""
    _, settings = kafka
    name = f"test.{abs(hash(request.node.name))}"
    topic = Topic(name=name, description="", partitions=PARTITIONS, cleanup="delete", retention_days=1)
    await create_topics(settings, [topic])
    async with kafka_broker(settings, client="test") as broker:
        await broker.start()
        yield Producing(broker, name)


async def everything(kafka, producing):
    """All records that Kafka has acknowledged, by partition."""
    embedded, _ = kafka
    consumer = AIOKafkaConsumer(bootstrap_servers=embedded.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        last = {TopicPartition(*place): offset for place, offset in producing.acknowledged.items()}
        consumer.assign(list(last))
        await consumer.seek_to_beginning()
        read = defaultdict(list)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any(not read[place] or read[place][-1].offset < offset for place, offset in last.items()):
                for place, records in (await consumer.getmany(timeout_ms=200)).items():
                    read[place].extend(records)
        return {place.partition: records for place, records in read.items()}
    finally:
        await consumer.stop()


def messages(count, *, keys=50, size=10):
    return [Message(b"key-%d" % (number % keys), b"%d " % number + b"x" * size) for number in range(count)]


@pytest.mark.parametrize("count", [1, 10, 17, 3_000], ids=["one", "few", "more than few", "many"])
async def test_every_message_is_in_the_partition_of_its_key_and_in_order(kafka, producing, count):
    sent = messages(count, keys=max(count // 3, 1))

    assert await producing.publish(sent) == [None] * count

    partitions = list(range(PARTITIONS))
    expected = defaultdict(list)
    for message in sent:
        expected[DefaultPartitioner()(message.key, partitions, partitions)].append((message.key, message.value))
    found = await everything(kafka, producing)
    assert {place: [(each.key, each.value) for each in records] for place, records in found.items()} == expected


async def test_one_by_one_and_in_batches_lead_to_the_same_partition(kafka, producing):
    one, many = Message(b"the-key", b"alone"), messages(100, keys=1)

    assert await producing.publish([one]) == [None]
    assert await producing.publish([Message(b"the-key", each.value) for each in many]) == [None] * 100

    assert [len(records) for records in (await everything(kafka, producing)).values()] == [101]


async def test_the_last_acknowledged_offset_of_each_partition_is_known(kafka, producing):
    await producing.publish(messages(2, keys=2))
    await producing.publish(messages(500))
    await producing.publish(messages(1))

    found = await everything(kafka, producing)

    assert sum(len(records) for records in found.values()) == 503
    assert producing.acknowledged == {
        (producing.topic, partition): records[-1].offset for partition, records in found.items()
    }


async def test_more_than_a_batch_holds_goes_in_several(kafka, producing):
    sent = messages(20, keys=1, size=LARGEST_BATCH_BYTES // 4)

    assert await producing.publish(sent) == [None] * 20

    ((_, records),) = (await everything(kafka, producing)).items()
    assert [record.value for record in records] == [message.value for message in sent]


async def test_headers_and_tombstones_are_kept_in_their_order(kafka, producing):
    sent = [
        Message(b"k", b"1", {"reason": "a"}),
        Message(b"k", b"2", {"reason": "b"}),
        Message(b"k", None),
        Message(b"k", b"3"),
    ]

    assert await producing.publish(sent) == [None] * 4

    ((_, records),) = (await everything(kafka, producing)).items()
    assert [record.value for record in records] == [b"1", b"2", None, b"3"]
    assert [dict(record.headers) for record in records] == [{"reason": b"a"}, {"reason": b"b"}, {}, {}]


async def test_a_message_without_a_key_goes_somewhere(kafka, producing):
    assert await producing.publish([Message(None, b"1")]) == [None]
    assert await producing.publish([Message(None, b"2")] * 20) == [None] * 20

    assert sum(len(records) for records in (await everything(kafka, producing)).values()) == 21


async def test_what_is_too_large_does_not_keep_other_keys_out(producing):
    large, small = Message(b"key-0", b"x" * 3_000_000), Message(b"key-1", b"small")

    outcomes = await producing.publish([large, small])

    assert [outcome is None for outcome in outcomes] == [False, True]


async def test_what_comes_after_a_failure_under_the_same_key_is_not_sent(kafka, producing):
    first, last = Message(b"key", b"first"), Message(b"key", b"last")
    impossible = Message(b"key", b"middle", {"reason": "\ud800"})  # half a character, which nobody can write

    outcomes = await producing.publish([first, impossible, last])

    assert [outcome is None for outcome in outcomes] == [True, False, False]
    ((_, records),) = (await everything(kafka, producing)).items()
    assert [record.value for record in records] == [b"first"]


async def test_a_message_that_nobody_can_write_does_not_keep_other_keys_out(kafka, producing):
    impossible = Message(b"key-0", b"x", {"reason": "\ud800"})

    outcomes = await producing.publish([impossible, *messages(40)])

    assert [outcome is None for outcome in outcomes] == [each.key != b"key-0" for each in [impossible, *messages(40)]]
    assert sum(len(records) for records in (await everything(kafka, producing)).values()) == 39


async def test_a_message_that_its_topic_would_not_take_is_named_and_the_others_are_sent(kafka, producing):
    small, large = Message(b"key", b"small"), Message(b"key", b"x" * 1_100_000)

    first, too_large, last = await producing.publish([small, large, Message(b"key", b"last")])

    assert (first, last) == (None, None)
    assert isinstance(too_large, TooLarge)
    ((_, records),) = (await everything(kafka, producing)).items()
    assert [record.value for record in records] == [b"small", b"last"]


async def test_nothing_to_publish_is_nothing_to_do(producing):
    assert await producing.publish([]) == []


async def test_a_broker_that_is_away_is_an_error_in_bounded_time_and_no_exception():
    async with CrashingBroker() as embedded:
        settings = ProcessSettings(kafka_bootstrap_servers=embedded.bootstrap_servers, kafka_idempotence=False)
        topic = Topic(name="t", description="", partitions=PARTITIONS, cleanup="delete", retention_days=1)
        await create_topics(settings, [topic])
        async with kafka_broker(settings, client="test") as broker:
            await broker.start()
            producing = Producing(broker, "t", seconds=0.5)
            assert await producing.publish(messages(100)) == [None] * 100
            before = dict(producing.acknowledged)
            await embedded.crash()

            for count in (1, 100):
                async with asyncio.timeout(5):
                    outcomes = await producing.publish(messages(count))
                assert len(outcomes) == count
                assert all(isinstance(outcome, Exception) for outcome in outcomes)

            assert producing.acknowledged == before
            await embedded.start()  # so that the producer can take its leave


@pytest.mark.parametrize("count", [1, 100], ids=["one", "many"])
async def test_what_was_given_up_does_not_keep_later_messages_from_being_sent(count):
    async with CrashingBroker() as embedded:
        settings = ProcessSettings(kafka_bootstrap_servers=embedded.bootstrap_servers, kafka_idempotence=False)
        topic = Topic(name="t", description="", partitions=PARTITIONS, cleanup="delete", retention_days=1)
        await create_topics(settings, [topic])
        async with kafka_broker(settings, client="test") as broker:
            await broker.start()
            producing = Producing(broker, "t", seconds=0.5)
            assert await producing.publish(messages(count)) == [None] * count

            embedded.hang()
            late = await producing.publish(messages(count))
            await embedded.crash()
            await embedded.start()
            await create_topics(settings, [topic])

            assert all(isinstance(outcome, NotAcknowledged) for outcome in late)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await producing.publish(messages(count)) != [None] * count:
                    pass  # each try waits by itself
