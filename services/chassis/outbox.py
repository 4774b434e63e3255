"""Sends what transactions have left to be sent: after the commit, in order, until Kafka has acknowledged it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import structlog

from services.chassis.bookkeeping import Outgoing
from services.chassis.connecting import Connection
from services.chassis.consuming import TRANSIENT
from services.chassis.producing import LARGEST_MESSAGE_BYTES, Message, Producing, TooLarge
from touchline_contracts import Topic

LARGEST_BATCH = 2000
PAUSE_SECONDS = 1.0
"""How long to wait before trying again what Kafka has not acknowledged."""

Unsent = Callable[[int], Awaitable[Sequence[tuple[int, Outgoing]]]]
Forget = Callable[[Sequence[int]], Awaitable[None]]


class Outbox:
    """The sending half of the bookkeeping.

    After a crash a message may be sent twice, never lost: readers drop what they have seen.
    """

    def __init__(self, connection: Connection, topics: Sequence[Topic], *, unsent: Unsent, forget: Forget) -> None:
        self._largest_bytes = {topic.name: topic.largest_message_bytes for topic in topics}
        self._connection, self._unsent, self._forget = connection, unsent, forget
        self._producing: dict[str, Producing] = {}
        self._wake = asyncio.Event()
        self._wake.set()  # what an earlier run left behind
        self._failing = False
        self._log = structlog.get_logger()
        self.empty = False
        """Whether everything that was committed before the last look has been sent."""

    @property
    def acknowledged(self) -> dict[tuple[str, int], int]:
        """By topic and partition, the last offset that Kafka has acknowledged to us."""
        return {place: last for each in self._producing.values() for place, last in each.acknowledged.items()}

    def wake(self) -> None:
        """Something was committed. Call after the commit."""
        self.empty = False
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while batch := await self._unsent(LARGEST_BATCH):
                    await self._connection.wait_until_up()
                    failed = await self._send(batch)
                    self._say(failed)
                    if failed is not None:
                        self._connection.lost(failed)
                        await asyncio.sleep(PAUSE_SECONDS)
            except TRANSIENT as error:  # the database: what is unsent is still there afterwards
                self._say(error)
                await asyncio.sleep(PAUSE_SECONDS)
                self._wake.set()
            self.empty = not self._wake.is_set()

    async def _send(self, batch: Sequence[tuple[int, Outgoing]]) -> Exception | None:
        """Send one batch and forget what was acknowledged; the first thing that went wrong, or None."""
        by_topic: dict[str, list[tuple[int, Outgoing]]] = defaultdict(list)
        for number, outgoing in batch:
            by_topic[outgoing.topic].append((number, outgoing))
        first_error: Exception | None = None
        for topic, part in by_topic.items():
            producing = self._producing.setdefault(topic, self._producing_to(topic))
            outcomes = await producing.publish([Message(each.key, each.value, each.headers) for _, each in part])
            settled, errors = [], []
            for (number, outgoing), outcome in zip(part, outcomes, strict=True):
                if isinstance(outcome, TooLarge):  # it would never be taken, and all that follows would wait for it
                    self._log.error(
                        "a message is too large and is left out", topic=topic, key=outgoing.key, why=str(outcome)
                    )
                if outcome is None or isinstance(outcome, TooLarge):
                    settled.append(number)
                else:
                    errors.append(outcome)
            if settled:
                await self._forget(settled)
            first_error = first_error or next(iter(errors), None)
        return first_error

    def _producing_to(self, topic: str) -> Producing:
        return Producing(
            self._connection.broker, topic, largest_bytes=self._largest_bytes.get(topic, LARGEST_MESSAGE_BYTES)
        )

    def _say(self, error: Exception | None) -> None:
        if (error is not None) != self._failing:
            self._failing = error is not None
            if error is not None:
                self._log.error("cannot send what is to be sent, trying until it works", error=repr(error))
            else:
                self._log.info("sending works again")
