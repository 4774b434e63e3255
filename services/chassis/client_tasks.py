"""What the Kafka client does by itself in the background: whether it still does, how to be rid of it, or do without.

It offers none of it: its consumers fall silent when one of their tasks ends, their stop can wait for ever, and so can
their commit.
This is the one place that looks inside (aiokafka 0.14); what it does not find it takes for well.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.chassis.bounds import within

CLOSE_SECONDS = 0.5
"""How long each part of an abandoned client may take to end."""

log = structlog.get_logger(__name__)


def ended_tasks(consumer: AIOKafkaConsumer) -> list[str]:
    """Which of a running consumer's background tasks have ended, in words. It never recovers from that."""
    return [what for what, task in _tasks(consumer) if task.done()]


async def commit_once(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Commit offsets in one attempt; raises what has gone wrong with it. It may be cancelled.

    The client's own commit tries again ten times a second, and does not end while Kafka is away, when the topic is
    gone, nor with its consumer; cancelled, it leaves behind a request whose failure asyncio complains of.
    """
    committed = {place: OffsetAndMetadata(at, "") for place, at in offsets.items()}
    await consumer._coordinator._do_commit_offsets(None, committed)  # noqa: SLF001  # looks at no assignment


async def stop_consumer(consumer: AIOKafkaConsumer, seconds: float) -> None:
    """Stop a consumer, leaving its group; whatever it does, this is over after little more than `seconds`."""
    try:
        await within(seconds, consumer.stop())
    except Exception as error:  # noqa: BLE001  # whatever it is, the consumer has to go
        log.warning("a consumer does not end by itself and is abandoned", error=repr(error))
        await _abandon(consumer)


async def abandon_producer(producer: AIOKafkaProducer) -> None:
    """Be rid of a producer that does not end by itself, with whatever it has not sent."""
    task = getattr(getattr(producer, "_sender", None), "sender_task", None)
    if isinstance(task, asyncio.Task):
        task.cancel()
    await _close(producer.client)


async def _abandon(consumer: AIOKafkaConsumer) -> None:
    for _, task in _tasks(consumer):
        task.cancel()
    await _close(getattr(consumer, "_fetcher", None), getattr(consumer, "_client", None))


async def _close(*parts: Any) -> None:
    for part in parts:
        if part is not None:
            try:
                await within(CLOSE_SECONDS, part.close())
            except Exception as error:  # noqa: BLE001  # it is being thrown away
                log.debug("left behind", part=type(part).__name__, error=repr(error))


def _tasks(consumer: AIOKafkaConsumer) -> Iterator[tuple[str, "asyncio.Task[Any]"]]:
    for what, owner, name in (
        ("fetching records", "_fetcher", "_fetch_task"),
        ("being in the consumer group", "_coordinator", "_coordination_task"),
    ):
        task = getattr(getattr(consumer, owner, None), name, None)
        if isinstance(task, asyncio.Task):
            yield what, task
