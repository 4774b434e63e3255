"""A SQLite file with one writer and a few plain statements, worked on in a thread of its own: the spool.

What has tables that change with versions, or may be elsewhere than in a file, is in `database.py`.
"""

import asyncio
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

BUSY_SECONDS = 2.0
"""How long to wait for another process that writes to the same file. Whoever has to write tries again after that."""


def version_of(schema: Sequence[str]) -> int:
    """The number that a file with this schema carries: whatever table differs, it differs."""
    return zlib.crc32("\n".join(schema).encode()) & 0x7FFFFFFF


def connected(path: Path, schema: Sequence[str], *, cache_kibibytes: int, checkpoint_pages: int) -> sqlite3.Connection:
    """Open a file, creating it with its tables. Raises RuntimeError when another version made it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")  # a commit survives a power cut
    connection.execute(f"pragma cache_size = -{cache_kibibytes}")
    connection.execute(f"pragma wal_autocheckpoint = {checkpoint_pages}")
    version = version_of(schema)
    found = connection.execute("pragma user_version").fetchone()[0]
    if found not in (0, version):
        connection.close()
        raise RuntimeError(
            f"{path} was made by another version of Touchline (its schema is {found}, ours {version}): "
            "move it away, or run the version that made it"
        )
    if found == 0:
        connection.execute("begin immediate")
        for statement in schema:
            connection.execute(statement)
        connection.execute(f"pragma user_version = {version}")
        connection.execute("commit")
    return connection


class SqliteFile:
    """One SQLite file. All work on it is done in a thread of its own, so that the event loop never waits for a disk."""

    def __init__(self, path: Path, *, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` opens the file; it is called in the thread."""
        self.path = path
        self._connect = connect
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None
        self._closing = False

    async def open(self) -> None:
        """Open the file. Raises what `connect` raises."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do `work` in one transaction: all of it is durable when this returns, or none if it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    async def execute(self, statement: str, parameters: Sequence[object]) -> None:
        """Do one statement, which is a transaction of its own: a third of the ways between the threads."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._execute, statement, parameters)

    async def close(self) -> None:
        """Finish what is being written, and close the file. What has not been begun is not done any more."""
        self._closing = True
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._connection = None
        self._thread.shutdown()

    def _open(self) -> None:
        self._connection = self._connect()

    def _execute(self, statement: str, parameters: Sequence[object]) -> None:
        if self._connection is None or self._closing:
            raise RuntimeError(f"{self.path} is not open")
        self._connection.execute(statement, parameters)

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._connection is None or self._closing:
            raise RuntimeError(f"{self.path} is not open")
        self._connection.execute("begin immediate")
        try:
            result = work(self._connection)
            self._connection.execute("commit")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("rollback")
            raise
        return result
