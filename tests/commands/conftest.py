"""A broker beside the test: commands run an event loop of their own, so the broker's runs in another thread."""

from collections.abc import Iterator, Sequence

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from services.chassis.broker import create_topics, kafka_broker
from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.producing import Message, Producing
from services.chassis.settings import ProcessSettings
from services.commands.kafka_reading import reading
from tests.commands.histories import messages
from touchline_contracts import TOPICS, AnyEvent, Topic


class Kafka:
    """A broker of the test's own, with the topics, and what it holds."""

    def __init__(self, portal: BlockingPortal, servers: str) -> None:
        self.portal = portal
        self.servers = servers
        self.settings = ProcessSettings(kafka_bootstrap_servers=servers, kafka_idempotence=False)

    def create_topics(self) -> None:
        self.portal.call(create_topics, self.settings, TOPICS)

    def put(self, topic: Topic, *told: AnyEvent) -> None:
        """Put events into a topic, which is created if it does not exist."""
        self.create_topics()
        self.publish(topic.name, messages(told))

    def publish(self, topic: str, some: Sequence[Message]) -> None:
        """Put messages into a topic, one after the other."""
        self.portal.call(self.publishing, topic, some)

    async def publishing(self, topic: str, some: Sequence[Message]) -> None:
        """The same, from within the broker's loop."""
        broker = kafka_broker(self.settings, client="test")
        await broker.start()
        try:
            producing = Producing(broker, topic)
            for message in some:
                assert await producing.publish([message]) == [None]
        finally:
            await broker.stop()

    def held(self, topic: str) -> list[tuple[int, bytes, bytes]]:
        """What a topic holds: partition, key and value of each message, in the order of each partition."""

        async def read() -> list[tuple[int, bytes, bytes]]:
            async with reading(topic, self.servers) as onlooker:
                return [
                    (record.partition, record.key, record.value)
                    async for records in onlooker.until_now()
                    for record in records
                ]

        return self.portal.call(read)


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal("asyncio") as portal:
        yield portal


@pytest.fixture
def kafka(portal) -> Iterator[Kafka]:
    """An empty broker; its topics have yet to be created."""
    with portal.wrap_async_context_manager(EmbeddedBroker()) as broker:
        yield Kafka(portal, broker.bootstrap_servers)
