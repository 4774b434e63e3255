"""Messages that are on disk before anybody is told that they were taken, and in Kafka as soon as it takes them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from services.chassis.bookkeeping import Outgoing
from services.chassis.clock import Clock
from services.chassis.connecting import Connection
from services.chassis.outbox import Outbox
from services.chassis.producing import Message
from services.chassis.spool_disk import MEBIBYTE, RETRY_SECONDS, Disk, NotKept
from services.chassis.spool_file import set_aside
from services.chassis.spool_rows import Content, content, forget, rows_of, unsent
from touchline_contracts import Topic

LONGEST_QUEUE_BYTES = 16 * MEBIBYTE
"""More than this does not wait for a disk that is slow."""
ROOM_BYTES = MEBIBYTE // 4
"""With less room than this the spool counts as full: a large event does not fit any more."""
WRITE_SECONDS = 5.0
"""How long a disk may take. What it writes later is sent all the same, and so is what the sender sends again."""
START_SECONDS = 3.0
"""How long a start waits for the spool. A large one that is damaged is rescued while the process runs already."""
FORGET_SECONDS = 0.1
"""The pause between two notes of what Kafka has: each takes the disk as long as an event that is kept."""
END_SECONDS = 2.0
"""At the end of a process so long is sent what there is; the rest is sent by the next one."""
ASK_SECONDS = 2.0
"""How long the disk may take to write when somebody asks whether we are ready, and for how long the answer holds."""

log = structlog.get_logger(__name__)


class _Queued(NamedTuple):
    messages: Sequence[Message]
    size: int
    kept: "asyncio.Future[None]"


class Spool:
    """The spool of one process, and its way to one topic. What many keep at the same time is one transaction."""

    def __init__(
        self,
        file: Path,
        *,
        topic: Topic,
        headers: Mapping[str, str],
        largest_bytes: int,
        connection: Connection,
        clock: Clock,
    ) -> None:
        """`headers` go with every message. `largest_bytes` bounds what is used of the file."""
        self.largest_bytes = largest_bytes
        self.events = 0
        self.used_bytes = 0
        self.outbox = Outbox(connection, [topic], unsent=self.unsent, forget=self.forget)
        self._topic, self._headers = topic.name, headers
        self._connection, self._clock = connection, clock
        self._disk = Disk(file)
        self._last = 0
        """The number that was given to a message last."""
        self._oldest: int | None = None
        self._oldest_at: float | None = None
        self._queue: list[_Queued] = []
        self._queued_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._working: asyncio.Task[None] | None = None
        self._open = asyncio.Event()
        self._asked_at = 0.0

    @property
    def age_seconds(self) -> float:
        """How long the oldest message has been waiting for Kafka; 0: none is."""
        return 0.0 if self._oldest_at is None else max(self._clock.now().timestamp() - self._oldest_at, 0.0)

    @property
    def set_aside(self) -> int:
        """How many damaged files lie beside this one."""
        return len(set_aside(self._disk.file))

    async def keep(self, messages: Sequence[Message]) -> None:
        """Return when all of them are on disk. Raises NotKept, at once when it is known already that they cannot be."""
        size = sum(len(key or b"") + len(value or b"") for key, value, _ in messages)
        if not self._open.is_set():
            raise NotKept(self._disk.trouble)
        if size > self._room():
            raise NotKept(self._full())
        if self._queued_bytes + size > LONGEST_QUEUE_BYTES:
            raise self._disk.slow(f"more than {LONGEST_QUEUE_BYTES:,} bytes wait for its disk")
        queued = _Queued(messages, size, asyncio.get_running_loop().create_future())
        queued.kept.add_done_callback(lambda kept: kept.cancelled() or kept.exception())  # nobody may ask any more
        self._queue.append(queued)
        self._queued_bytes += size
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await asyncio.shield(queued.kept)
        except TimeoutError:
            raise self._disk.slow(f"its disk has not written anything for {WRITE_SECONDS:g} s") from None

    async def not_ready(self) -> Sequence[str]:
        """What keeps it from taking messages, in words; nothing: it takes them, whatever has become of Kafka."""
        if not self._open.is_set():
            return [self._disk.trouble]
        if self._room() < ROOM_BYTES:
            return [self._full()]
        now = asyncio.get_running_loop().time()
        if self._disk.fault is not None or now - self._asked_at > ASK_SECONDS:
            self._asked_at = now
            with suppress(NotKept):
                try:
                    async with asyncio.timeout(ASK_SECONDS):
                        await self._disk.try_out()
                except TimeoutError:
                    self._disk.slow(f"its disk has not written anything for {ASK_SECONDS:g} s")
        return [] if self._disk.fault is None else [self._disk.trouble]

    def notes(self) -> Sequence[str]:
        """What whoever looks after this should know although messages are taken."""
        if self._connection.trouble is None:
            return []
        return [self._connection.trouble, f"{self._waiting()}, the oldest for {self.age_seconds:.0f} s"]

    def dead(self) -> Sequence[str]:
        """What has ended for good, in words; nothing: all is well."""
        if self._disk.damaged:
            return [f"{self._disk.trouble}; at the next start it is set aside, and what can be read is rescued"]
        return ["nobody looks after the spool any more"] if self._working and self._working.done() else []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take messages, and send them, until the block is left. Raises InUse when another process has the file.

        At the end it sends what it can within END_SECONDS; the rest stays.
        """
        self._working = asyncio.create_task(self._work())
        is_open = asyncio.create_task(self._open.wait())
        await asyncio.wait({self._working, is_open}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        is_open.cancel()
        if self._working.done():
            self._working.result()
        try:
            yield
            with suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    while self._connection.up and not self.outbox.empty:  # noqa: ASYNC110  # nobody says when
                        await asyncio.sleep(0.01)
        finally:
            self._open.clear()
            self._working.cancel()
            await asyncio.wait({self._working})

    async def _work(self) -> None:
        lock, found = await self._disk.until_open(self._clock.now)
        try:
            self.events, self._last = found.events, found.last
            self._hold(found.content)
            if self.events:
                log.info("the spool holds what an earlier run has left", events=self.events)
            self._open.set()
            while True:
                try:
                    await self.outbox.run()
                except Exception:
                    log.exception("sending from the spool has failed and is begun again")
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            if self._writing is not None:
                await asyncio.wait({self._writing}, timeout=END_SECONDS)
            await self._disk.close()
            lock.close()

    async def _write(self) -> None:
        """Write what is queued, and what is queued meanwhile, all there is at a time."""
        while self._queue:
            group, self._queue = self._queue, []
            messages = [message for each in group for message in each.messages]
            first, at = self._last + 1, self._clock.now().timestamp()
            rows = rows_of(messages, first=first, waiting_from=self._oldest or first, at=at)
            failed: Exception | None = None
            try:
                await self._disk.add(rows)
            except Exception as error:  # noqa: BLE001  # whatever it is, those who wait have to know
                failed = error
            else:
                self._last = rows[-1].number
                self.events += len(rows)
                self.used_bytes += sum(each.size for each in group)  # about; it is measured when some are forgotten
                if self._oldest is None:
                    self._oldest, self._oldest_at = first, at
                self.outbox.committed([(row.number, self._outgoing(row.key, row.value)) for row in rows])
            for each in group:
                self._queued_bytes -= each.size
                if failed is None:
                    each.kept.set_result(None)
                else:
                    each.kept.set_exception(failed)

    async def unsent(self, limit: int, after: int) -> Sequence[tuple[int, Outgoing]]:
        """The first messages after a number, for the outbox."""
        found = await self._disk.transact(lambda each: unsent(each, limit, after))
        return [(number, self._outgoing(key, value)) for number, key, value in found]

    async def forget(self, numbers: Sequence[int]) -> None:
        """Kafka has these."""
        forgotten, left = await self._disk.transact(lambda each: (forget(each, numbers), content(each)))
        self.events -= forgotten
        self._hold(left)
        await asyncio.sleep(FORGET_SECONDS)

    def _hold(self, found: Content) -> None:
        self.used_bytes = found.used_bytes
        self._oldest, self._oldest_at = found.oldest, found.oldest_at

    def _outgoing(self, key: bytes | None, value: bytes | None) -> Outgoing:
        return Outgoing(self._topic, key, value, self._headers)

    def _room(self) -> int:
        return self.largest_bytes - self.used_bytes - self._queued_bytes

    def _waiting(self) -> str:
        return f"{self.events:,} events wait in the spool for Kafka"

    def _full(self) -> str:
        return (
            f"The spool is full: {self._waiting()}. {self._connection.trouble or 'Kafka takes them at this moment'}. "
            f"Bring Kafka back, or allow more than {self.largest_bytes // MEBIBYTE} MiB (TOUCHLINE_SPOOL_MEBIBYTES)"
        )
