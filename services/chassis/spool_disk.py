"""The disk under a spool: its file is opened as soon as the disk lets us, and a fault of either passes or is told."""

import asyncio
import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import structlog

from services.chassis.spool_file import DAMAGED, take
from services.chassis.spool_rows import ROWS_AT_ONCE, Found, Spooled, insert, inserting, look, opened, write_something
from services.chassis.sqlite_file import SqliteFile

Result = TypeVar("Result")

MEBIBYTE = 1 << 20
LEFT_FREE_BYTES = 32 * MEBIBYTE
"""So much of the disk is left alone: on a disk that is full to the last byte what Kafka has could not be forgotten."""
LOOK_SECONDS = 0.1
"""How long what is free of the disk is taken for known; much less than it takes to fill what is left alone."""
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class NotKept(OSError):
    """Messages were not taken. The text says why, and what somebody has to do about it; they can be sent again."""


class Disk:
    """Transactions on a spool's file. One that fails leaves everything as it was, and the next may succeed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.fault: str | None = None
        """What went wrong when something was to be written last; None: nothing."""
        self.damaged = False
        """Whether the file was found to be damaged while it was used: only a new start sets it aside."""
        self._looked_at = 0.0
        self._database = SqliteFile(file, connect=partial(opened, file))

    async def until_open(self, now: Callable[[], datetime]) -> tuple[BinaryIO, Found]:
        """Open the file. Returns what keeps others out until it is closed, and what is in the file. Raises InUse."""
        while True:
            try:
                # If this is cancelled meanwhile, the thread goes on, and with its end the others may come in.
                lock, moved = await asyncio.to_thread(take, self.file, now())
            except (OSError, sqlite3.Error) as error:
                self._failed(error)
            else:
                if moved is not None:
                    log.error(
                        "the spool was damaged: it is set aside, and a new one is begun with what could be rescued",
                        why=moved.why,
                        set_aside=str(moved.file),
                        rescued=moved.rescued,
                        missing=moved.missing,
                    )
                try:
                    await self._database.open()
                    return lock, await self._database.transact(look)
                except (OSError, sqlite3.Error) as error:
                    lock.close()
                    self._failed(error)
            await asyncio.sleep(RETRY_SECONDS)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        await self._database.close()

    async def transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do work in one transaction. Raises NotKept when the disk or the file refuses."""
        with self._told():
            return await self._database.transact(work)

    async def add(self, rows: Sequence[Spooled]) -> None:
        """Write rows, all or none. Raises NotKept as `transact` does, and before the disk is full."""
        with self._told():
            await self._see_to_room()
            if len(rows) <= ROWS_AT_ONCE:
                await self._database.execute(*inserting(rows))
            else:
                await self._database.transact(lambda connection: insert(connection, rows))
        self._works()

    async def try_out(self) -> None:
        """Write something that nobody needs. Raises NotKept as `add` does."""
        with self._told():
            await self._see_to_room()
            await self._database.transact(write_something)
        self._works()

    def slow(self, why: str) -> NotKept:
        """Say that the disk is too slow, and in what way."""
        self._failed(TimeoutError(errno.ETIMEDOUT, why))
        return NotKept(self.trouble)

    @property
    def trouble(self) -> str:
        """What is wrong, and what to do about it."""
        why = self.fault or "it is looked through at this moment"
        return f"The spool {self.file.absolute()} cannot be written: {why}. Make room on its disk, or mend it"

    async def _see_to_room(self) -> None:
        now = time.monotonic()
        if self.fault is None and now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        disk = await asyncio.to_thread(os.statvfs, self.file.parent)
        if disk.f_bavail * disk.f_frsize < LEFT_FREE_BYTES:
            raise OSError(errno.ENOSPC, f"less than {LEFT_FREE_BYTES // MEBIBYTE} MiB of its disk are free")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self.damaged = self.damaged or getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED
            self._failed(error)
            raise NotKept(self.trouble) from error

    def _works(self) -> None:
        if self.fault is not None:
            self.fault = None
            log.info("the spool can be written again")

    def _failed(self, error: Exception) -> None:
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        if why != self.fault:
            self.fault = why
            log.error("the spool cannot be written, trying until it works", file=str(self.file), why=why)
