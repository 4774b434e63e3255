"""Watching what the services say: the latest evaluation of each journey, and every step of every alert."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.bounds import within
from services.chassis.client_tasks import stop_consumer
from services.chassis.security import client_arguments
from services.commands.kafka_reading import kafka_at
from touchline_contracts import ALERTS, EVALUATIONS, AnyEvent, parse_event
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.stores import StoreEvaluated

POLL_MILLISECONDS = 50
KAFKA_SECONDS = 10.0
"""How long Kafka may take for each answer."""
STOP_SECONDS = 2.0


class Watcher:
    """Reads evaluations and alerts from the beginning, without being part of any consumer group."""

    def __init__(self, bootstrap_servers: str, heard: Callable[[AnyEvent], None] | None = None) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._consumer: AIOKafkaConsumer
        self._heard = heard
        self._reading: asyncio.Task[None] | None = None
        self.evaluations: dict[tuple[str, str], AnyEvent] = {}
        """The latest evaluation of each journey, by store and journey; of a store as a whole under an empty one."""
        self.alerts: list[AnyEvent] = []
        """Every step of every alert, each once, in the order in which they were told."""
        self._told: set[str] = set()

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(
            client_id="touchline-watcher",
            enable_auto_commit=False,
            # Asked to seek there, the client may yet go to the end, where it was about to begin.
            auto_offset_reset="earliest",
            fetch_max_wait_ms=POLL_MILLISECONDS,  # the embedded broker answers when it is over, also when there is news
            **client_arguments(kafka_at(self._bootstrap_servers)),
        )
        await within(KAFKA_SECONDS, self._consumer.start())
        places = [
            TopicPartition(topic.name, number) for topic in (EVALUATIONS, ALERTS) for number in range(topic.partitions)
        ]
        self._consumer.assign(places)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        await stop_consumer(self._consumer, STOP_SECONDS)

    async def has_read(self, acknowledged: dict[tuple[str, int], int]) -> bool:
        """Whether everything up to these offsets has been read."""
        for (topic, number), last in acknowledged.items():
            if topic in (EVALUATIONS.name, ALERTS.name):
                place = TopicPartition(topic, number)
                position: int = await within(KAFKA_SECONDS, self._consumer.position(place))
                if position <= last:
                    return False
        return True

    async def _read(self) -> None:
        while True:
            batches = await self._consumer.getmany(timeout_ms=POLL_MILLISECONDS)
            for records in batches.values():
                for record in records:
                    self._take(parse_event(record.value))

    def _take(self, event: AnyEvent) -> None:
        if isinstance(event.data, JourneyEvaluated | StoreEvaluated):
            known = self.evaluations.get((event.store, event.subject or ""))
            if known is not None and known.data.edition >= event.data.edition:
                return
            self.evaluations[event.store, event.subject or ""] = event
        elif event.id in self._told:
            return
        else:
            self._told.add(event.id)
            self.alerts.append(event)
        if self._heard is not None:
            self._heard(event)
