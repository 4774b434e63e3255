"""Sends what transactions have left to be sent: after the commit, in order, until Kafka has acknowledged it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from services.chassis.bookkeeping import Outgoing
from services.chassis.connecting import Connection
from services.chassis.producing import LARGEST_MESSAGE_BYTES, Message, Producing, TooLarge
from services.chassis.store import TRANSIENT
from touchline_contracts import Topic

LARGEST_BATCH = 5000
LARGEST_BATCH_BYTES = 4 << 20
"""So much is read from the database at a time."""
HELD = 20_000
HELD_BYTES = 32 << 20
"""So many messages are held in memory on their way from a commit to Kafka; more are read from the database again."""
PAUSE_SECONDS = 1.0
"""How long to wait before trying again what Kafka has not acknowledged."""
LOOK_SECONDS = 10.0
"""What has been lying in the database unsent for so long, and is not ours, is of a worker that has died: we send it."""
LAST_SECONDS = 1.0
"""How long it may take at the end to note what was sent; what is not noted is sent once more."""

Numbered = Sequence[tuple[int, Outgoing]]
Unsent = Callable[[int, int], Awaitable[Numbered]]
"""Up to so many messages with numbers above one; fewer where they come to LARGEST_BATCH_BYTES."""
Forget = Callable[[Sequence[int]], Awaitable[None]]


class Outbox:
    """The sending half of the bookkeeping.

    After a crash a message may be sent twice, never lost: readers drop what they have seen.
    """

    def __init__(self, connection: Connection, topics: Sequence[Topic], *, unsent: Unsent, forget: Forget) -> None:
        self._largest_bytes = {topic.name: topic.largest_message_bytes for topic in topics}
        self._connection, self._unsent, self._forget = connection, unsent, forget
        self._producing: dict[str, Producing] = {}
        self._waiting: list[tuple[int, Outgoing]] = []
        self._waiting_bytes = 0
        self._last = 0
        """The number of the last message that is waiting here, or was."""
        self._more_in_the_database = True  # what an earlier run left behind
        self._read: set[int] = set()
        """The numbers that the last reading of the database found: we may be told of their commit only after that."""
        self._missed = False
        """Whether to read the database once more, whatever it was found to hold."""
        self._committed = 0
        """The number of the last message that was committed, as far as we were told."""
        self._settled: list[int] = []
        self._seen_unsent: set[int] = set()
        self._forgetting: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._wake.set()
        self._failing = False
        self._log = structlog.get_logger()
        self.empty = False
        """Whether everything that was committed before the last look has been sent."""

    @property
    def acknowledged(self) -> dict[tuple[str, int], int]:
        """By topic and partition, the last offset that Kafka has acknowledged to us."""
        return {place: last for each in self._producing.values() for place, last in each.acknowledged.items()}

    def committed(self, left_to_send: Numbered) -> None:
        """These were committed: they need not be read from the database again. Call after each commit, in their order.

        Their numbers may lie apart: other workers leave messages in the same table, and send those themselves.
        """
        if not left_to_send:
            return
        self._committed = max(self._committed, left_to_send[-1][0])
        fresh = [each for each in left_to_send if each[0] not in self._read]
        if fresh and not self._more_in_the_database:  # else they come with what is read
            if self._has_room_for(fresh):
                self._hold(fresh)
            else:
                self._more_in_the_database = True
        self.wake()

    def look(self) -> None:
        """Something may have been committed without our knowing: look for it in the database."""
        self._missed = self._more_in_the_database = True
        self.wake()

    def wake(self) -> None:
        """Something was committed."""
        self.empty = False
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        loop = asyncio.get_running_loop()
        looked_at = loop.time()
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._wake.wait()
                self._wake.clear()
                try:
                    if loop.time() - looked_at >= LOOK_SECONDS:
                        looked_at = loop.time()
                        await self._until_sent(await self._left_by_others())
                    while batch := await self._next():
                        await self._until_sent(batch)
                except TRANSIENT as error:  # the database: what is unsent is still there afterwards
                    self._say(error)
                    await asyncio.sleep(PAUSE_SECONDS)
                    self._wake.set()
                self.empty = not self._wake.is_set()
        finally:
            if self._forgetting is not None:
                await asyncio.wait({self._forgetting}, timeout=LAST_SECONDS)
                self._forgetting.cancel()

    async def _next(self) -> Numbered:
        """What is to be sent next, in order."""
        if not self._waiting and self._more_in_the_database:
            self._missed = False
            found = await self._unsent(LARGEST_BATCH, self._last)
            self._read = {number for number, _ in found}
            if found:
                self._hold(found)
            full = len(found) == LARGEST_BATCH or _bytes(found) >= LARGEST_BATCH_BYTES
            # What was committed while it was read comes with the next read, and what is committed from now on need not.
            self._more_in_the_database = full or self._missed or (bool(found) and self._last < self._committed)
        batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
        self._waiting_bytes -= _bytes(batch)
        return batch

    def _has_room_for(self, messages: Numbered) -> bool:
        return len(self._waiting) + len(messages) <= HELD and self._waiting_bytes + _bytes(messages) <= HELD_BYTES

    def _hold(self, messages: Numbered) -> None:
        self._waiting += messages
        self._waiting_bytes += _bytes(messages)
        self._last = max(self._last, messages[-1][0])

    async def _left_by_others(self) -> Numbered:
        """What was there at the last look already, and is still there."""
        settled = set(self._settled)  # may be handed on to be forgotten while we look, and be found all the same
        found = await self._unsent(LARGEST_BATCH, 0)
        ours = settled.union(self._settled)
        old = [each for each in found if each[0] in self._seen_unsent and each[0] not in ours]
        self._seen_unsent = {number for number, _ in found}
        return old

    async def _until_sent(self, batch: Numbered) -> None:
        while batch:
            await self._connection.wait_until_up()
            batch, failed = await self._send(batch)
            if self._settled and (self._forgetting is None or self._forgetting.done()):
                self._forgetting = asyncio.create_task(self._forget_settled())
            self._say(failed)
            if failed is not None:
                self._connection.lost(failed)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, batch: Numbered) -> tuple[Numbered, Exception | None]:
        """Send one batch. What is left of it, and the first thing that went wrong, or None."""
        by_topic: dict[str, list[tuple[int, Outgoing]]] = defaultdict(list)
        for each in batch:
            by_topic[each[1].topic].append(each)
        sent = await asyncio.gather(*[self._send_to(topic, part) for topic, part in by_topic.items()])
        left = sorted((each for part, _ in sent for each in part), key=lambda each: each[0])
        return left, next((error for _, error in sent if error is not None), None)

    async def _send_to(self, topic: str, part: Numbered) -> tuple[Numbered, Exception | None]:
        if topic not in self._producing:
            largest_bytes = self._largest_bytes.get(topic, LARGEST_MESSAGE_BYTES)
            self._producing[topic] = Producing(self._connection.broker, topic, largest_bytes=largest_bytes)
        messages = [Message(each.key, each.value, each.headers) for _, each in part]
        outcomes = await self._producing[topic].publish(messages)
        left, first_error = [], None
        for each, outcome in zip(part, outcomes, strict=True):
            if isinstance(outcome, TooLarge):  # it would never be taken, and all that follows would wait for it
                self._log.error(
                    "a message is too large and is left out", topic=topic, key=each[1].key, why=str(outcome)
                )
            if outcome is None or isinstance(outcome, TooLarge):
                self._settled.append(each[0])
            else:
                left.append(each)
                first_error = first_error or outcome
        return left, first_error

    async def _forget_settled(self) -> None:
        """Have forgotten what was settled, beside the sending. After a crash before that it is sent once more."""
        while self._settled:
            settled, self._settled = sorted(self._settled), []
            try:
                await self._forget(settled)
            except TRANSIENT:  # whoever writes more than this says so
                self._settled += settled
                await asyncio.sleep(PAUSE_SECONDS)

    def _say(self, error: Exception | None) -> None:
        if (error is not None) != self._failing:
            self._failing = error is not None
            if error is not None:
                self._log.error("cannot send what is to be sent, trying until it works", error=repr(error))
            else:
                self._log.info("sending works again")


def _bytes(messages: Numbered) -> int:
    return sum(len(each.value or b"") for _, each in messages)


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of numbers that follow each other, of numbers in order."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
