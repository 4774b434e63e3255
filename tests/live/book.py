"""A durable consumer at work on a real broker, with a store that behaves and that a test can look into."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry

from services.chassis.bookkeeping import Fenced, Record, TopicIdentity
from services.chassis.broker import kafka_broker
from services.chassis.connecting import Connection
from services.chassis.consumer_metrics import ConsumerMetrics
from services.chassis.consuming import SESSION_SECONDS, DurableConsumer
from services.chassis.producing import Message, Producing
from services.chassis.settings import ProcessSettings
from services.chassis.store import Moves, Store
from services.chassis.topic_identity import topic_identity
from touchline_contracts import TOUCHPOINTS

WITHIN_SECONDS = 30.0
EMBEDDED_SESSION_SECONDS = 4.0
"""The embedded broker lets a consumer begin after half a session, and its place be taken by another after a whole."""


class Book:
    """A store that behaves: applies records and moves offsets together, or neither."""

    def __init__(self) -> None:
        self.all_offsets: dict[TopicIdentity, dict[int, int]] = {}
        self.identity: TopicIdentity | None = None
        self.applied: list[bytes | None] = []
        self.set_aside: list[bytes | None] = []
        self.before_apply: Callable[[Sequence[Record]], None] = lambda _: None

    @property
    def offsets(self) -> dict[int, int]:
        """Those of the topic that was read last."""
        return {} if self.identity is None else self.all_offsets[self.identity]

    async def load(self, identity: TopicIdentity) -> dict[int, int]:
        self.identity = identity
        return dict(self.all_offsets.setdefault(identity, {}))

    async def apply(self, identity: TopicIdentity, records: Sequence[Record], moves: Moves) -> None:
        self.before_apply(records)
        self._move(identity, moves)
        self.applied += [record.value for record in records]

    async def put_aside(self, identity: TopicIdentity, record: Record, error: Exception, moves: Moves) -> None:
        self._move(identity, moves)
        self.set_aside.append(record.value)

    def _move(self, identity: TopicIdentity, moves: Moves) -> None:
        offsets = self.all_offsets[identity]
        for partition, (expected, to) in moves.items():
            if offsets.get(partition) != expected:
                raise Fenced(f"{partition} stands at {offsets.get(partition)}, not at {expected}")
            offsets[partition] = to


@dataclass(frozen=True, kw_only=True)
class Running:
    """The parts of a consumer at work."""

    broker: KafkaBroker
    connection: Connection
    consumer: DurableConsumer
    registry: CollectorRegistry

    def sample(self, name: str, **labels: str) -> float | None:
        """The value of one of its metrics."""
        return self.registry.get_sample_value(
            name, {"group": self.consumer.group, "topic": self.consumer.topic, **labels}
        )

    @property
    def restarts(self) -> float | None:
        """How often a new consumer took over."""
        return self.sample("touchline_consumer_restarts_total")


@asynccontextmanager
async def consuming(
    settings: ProcessSettings,
    book: Book,
    group: str,
    *,
    topic: str = TOUCHPOINTS.name,
    stalled_seconds: float = 60.0,
    largest_batch: int = 5_000,
    prepare: Callable[[], None] = lambda: None,
) -> AsyncIterator[Running]:
    """Feed a topic to a book."""

    async def prepared() -> None:
        prepare()

    broker = kafka_broker(settings, client="test")
    connection = Connection(
        broker, where=settings.kafka_bootstrap_servers, prepare=prepared, attempt_seconds=30, pause_seconds=0.5
    )
    registry = CollectorRegistry()
    consumer = DurableConsumer(
        topic=topic,
        group=group,
        store=Store(
            identify=lambda: topic_identity(broker, topic), load=book.load, apply=book.apply, set_aside=book.put_aside
        ),
        stalled_seconds=stalled_seconds,
        session_seconds=SESSION_SECONDS if settings.kafka_idempotence else EMBEDDED_SESSION_SECONDS,
        largest_batch=largest_batch,
        metrics=ConsumerMetrics(registry),
    )
    async with connection:
        task = asyncio.create_task(consumer.run(connection))
        try:
            await connection.wait_until_up()
            yield Running(broker=broker, connection=connection, consumer=consumer, registry=registry)
        finally:
            task.cancel()
            await asyncio.wait({task})


async def publish(broker: KafkaBroker, values: Sequence[bytes], *, topic: str = TOUCHPOINTS.name) -> None:
    """Publish values with one key."""
    outcomes = await Producing(broker, topic).publish([Message(b"key", value) for value in values])
    assert outcomes == [None] * len(values)


async def until(condition: Callable[[], bool], within_seconds: float = WITHIN_SECONDS) -> None:
    """Wait for what has to come about."""
    async with asyncio.timeout(within_seconds):
        while not condition():
            await asyncio.sleep(0.01)
