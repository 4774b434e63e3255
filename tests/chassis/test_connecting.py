"""A connection comes by itself as soon as Kafka is there, and again after it was away.

With a broker that behaves as FastStream's does; that FastStream's does so, the tests of the services show.
"""

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, OutOfOrderSequenceNumber, UnknownError

from services.chassis.connecting import Connection

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 10


class Broker:
    """What a connection needs of a broker. Each start makes a new producer."""

    def __init__(self):
        self.reachable = True
        self.refuses: Exception | None = None
        self.producer: int | None = None
        self.started = 0

    async def start(self):
        if self.refuses is not None:
            raise self.refuses
        self.started += 1
        self.producer = self.started

    async def stop(self):
        self.producer = None

    async def ping(self, timeout):  # noqa: ASYNC109 - as FastStream has it
        return self.reachable and self.producer is not None


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def topics():
    """The topics that were made sure of, in order."""
    return []


@pytest.fixture
async def connection(broker, topics):
    async def prepare():
        if not broker.reachable:
            raise KafkaConnectionError("nobody listens")
        topics.append("touchpoints")

    made = Connection(broker, where="kafka:9092", prepare=prepare, attempt_seconds=1, pause_seconds=0.01)
    yield made
    assert broker.producer is None, "it was not stopped"


async def up(connection):
    async with asyncio.timeout(PATIENCE_SECONDS):
        await connection.wait_until_up()


async def test_it_is_up_once_the_topics_are_there_and_the_producer_is_started(connection, broker, topics):
    assert not connection.up

    async with connection:
        await up(connection)

        assert (topics, broker.producer) == (["touchpoints"], 1)
        assert connection.trouble is None


async def test_it_says_what_is_wrong_and_where_until_kafka_is_there(connection, broker):
    broker.reachable = False
    async with connection:
        while "nobody listens" not in (connection.trouble or ""):
            await asyncio.sleep(0)
        assert "kafka:9092" in connection.trouble

        broker.reachable = True
        await up(connection)


async def test_a_producer_that_only_waits_for_kafka_is_kept(connection, broker, topics):
    async with connection:
        await up(connection)

        connection.lost(KafkaConnectionError("gone"))
        assert not connection.up
        await up(connection)

        assert broker.producer == 1
        assert topics == ["touchpoints"] * 2, "Kafka may have come back empty"


async def test_a_producer_that_is_done_for_is_replaced(connection, broker):
    async with connection:
        await up(connection)

        connection.lost(OutOfOrderSequenceNumber())
        await up(connection)

        assert broker.producer == 2


async def test_a_message_that_is_too_large_is_not_the_producers_fault(connection, broker):
    async with connection:
        await up(connection)

        connection.lost(MessageSizeTooLargeError())
        await up(connection)

        assert broker.producer == 1


async def test_a_broker_that_has_no_idempotent_producers_is_told_with_the_setting(connection, broker):
    broker.refuses = UnknownError()
    async with connection:
        while "TOUCHLINE_KAFKA_IDEMPOTENCE=false" not in connection.trouble:
            await asyncio.sleep(0)
        assert not connection.up


async def test_a_broker_that_belongs_to_somebody_else_is_neither_started_nor_stopped(broker):
    async def prepare():
        pass

    await broker.start()
    lent = Connection(broker, where="k", prepare=prepare, attempt_seconds=1, pause_seconds=0.01, owned=False)

    async with lent:
        await up(lent)
        lent.lost(OutOfOrderSequenceNumber())
        await up(lent)

    assert (broker.producer, broker.started) == (1, 1)
