"""What the Kafka client does by itself in the background: whether it still does, how to be rid of it, or do without.

It offers none of it: its consumers fall silent when one of their tasks ends, their stop can wait for ever, and so can
their commit.
This is the one place that looks inside (aiokafka 0.14); what it does not find it takes for well.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.chassis.bounds import within

CLOSE_SECONDS = 0.5
"""How long each part of an abandoned client may take to end."""

FOR_LIFE = {
    "fetching records": ("_fetcher", "_fetch_task"),
    "being in the consumer group": ("_coordinator", "_coordination_task"),
}
"""By what it does, where a task is that a consumer has as long as it works."""
OF_A_GENERATION = (("_coordinator", "_heartbeat_task"), ("_coordinator", "_commit_refresh_task"))
"""Where those are that end, and are made anew, whenever the group shares out its partitions."""

log = structlog.get_logger(__name__)


def ended_tasks(consumer: AIOKafkaConsumer) -> list[str]:
    """Which of a running consumer's background tasks have ended, in words. It never recovers from that."""
    return [what for what, where in FOR_LIFE.items() if (task := _task(consumer, *where)) and task.done()]


async def commit_once(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Commit offsets in one attempt; raises what has gone wrong with it. It may be cancelled.

    The client's own commit tries again ten times a second, and does not end while Kafka is away, when the topic is
    gone, nor with its consumer; cancelled, it leaves behind a request whose failure asyncio complains of.
    """
    committed = {place: OffsetAndMetadata(at, "") for place, at in offsets.items()}
    await consumer._coordinator._do_commit_offsets(None, committed)  # noqa: SLF001  # looks at no assignment


async def stop_consumer(consumer: AIOKafkaConsumer, seconds: float) -> None:
    """Stop a consumer, leaving its group; whatever it does, this is over after little more than `seconds`."""
    coordinator: Any = getattr(consumer, "_coordinator", None)
    if getattr(coordinator, "generation", None) == 0:
        # The embedded broker counts from 0, which the client takes for being in no group. Leaving does not tell it.
        coordinator.generation = 1
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
    # Each of them would go on for ever. One that still gives signs of life keeps its place in the group, and the
    # partitions that go with it, from those who work.
    for where in (*FOR_LIFE.values(), *OF_A_GENERATION):
        if task := _task(consumer, *where):
            task.cancel()
    coordinator = getattr(consumer, "_coordinator", None)
    leave = getattr(coordinator, "_maybe_leave_group", None)
    if leave is not None:  # without a word the others would wait until its session is over
        await _last(leave(), of=coordinator)
    await _close(getattr(consumer, "_fetcher", None), getattr(consumer, "_client", None))


async def _close(*parts: Any) -> None:
    for part in parts:
        if part is not None:
            await _last(part.close(), of=part)


async def _last(work: Coroutine[Any, Any, None], *, of: object) -> None:
    try:
        await within(CLOSE_SECONDS, work)
    except Exception as error:  # noqa: BLE001  # it is being thrown away
        log.debug("left behind", part=type(of).__name__, error=repr(error))


def _task(consumer: AIOKafkaConsumer, owner: str, name: str) -> "asyncio.Task[Any] | None":
    task = getattr(getattr(consumer, owner, None), name, None)
    return task if isinstance(task, asyncio.Task) else None
