"""The Apache Kafka that is measured with: a fresh one for each measurement."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.chassis.broker import create_topics, kafka_broker
from services.chassis.producing import Message, Producing
from services.chassis.settings import ProcessSettings
from tests.apache_kafka.broker import ApacheKafka
from tests.bench.processes import Used
from touchline_contracts import TOPICS, Topic

AT_ONCE = 5_000
"""Messages that are handed to Kafka at once."""


@dataclass(frozen=True)
class Kafka:
    """A running Kafka with the topics of the contracts."""

    bootstrap_servers: str
    process: Used

    @property
    def settings(self) -> ProcessSettings:
        """How to reach it."""
        return ProcessSettings(kafka_bootstrap_servers=self.bootstrap_servers)

    async def fill(self, topic: Topic, messages: Iterable[tuple[bytes, bytes]]) -> None:
        """Put keyed messages into a topic, in order. Raises what Kafka says when it does not take one."""
        async with kafka_broker(self.settings, client="bench") as broker:
            await broker.start()
            producing = Producing(broker, topic.name, seconds=60.0)
            waiting: list[Message] = []
            for key, value in messages:
                waiting.append(Message(key, value))
                if len(waiting) == AT_ONCE:
                    await _publish(producing, waiting)
                    waiting = []
            await _publish(producing, waiting)

    async def count(self, topic: Topic) -> int:
        """How many messages a topic holds, of one that nothing was removed from."""
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers) as consumer:
            partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            return sum((await consumer.end_offsets(partitions)).values())

    async def read_all(self, topic: Topic) -> AsyncIterator[ConsumerRecord]:
        """Every message that a topic holds now."""
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers, auto_offset_reset="earliest") as consumer:
            partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        yield record


class _Measured(ApacheKafka):
    """As it runs in production: its code is compiled in full."""

    def __init__(self) -> None:
        super().__init__(java_options=())

    @property
    def process(self) -> Used:
        """What it uses."""
        if self._process is None:
            raise RuntimeError("Apache Kafka does not run")
        return Used(self._process.pid)


@asynccontextmanager
async def kafka() -> AsyncIterator[Kafka]:
    """A Kafka with empty topics."""
    async with _Measured() as broker:
        running = Kafka(broker.bootstrap_servers, broker.process)
        await create_topics(running.settings, TOPICS)
        yield running


async def _publish(producing: Producing, messages: list[Message]) -> None:
    for outcome in await producing.publish(messages):
        if outcome is not None:
            raise outcome
