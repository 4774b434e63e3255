"""A SQLite file as the durable state of one process: one thread, whole transactions, offsets and outgoing messages."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from services.chassis.bookkeeping import Fenced, Outgoing

Result = TypeVar("Result")

BUSY_SECONDS = 10.0
"""How long to wait for another process that writes to the same file."""

BOOKKEEPING_SCHEMA = (
    """create table offsets (
        cluster text not null, topic text not null, partition integer not null, next integer not null,
        primary key (cluster, topic, partition)) without rowid""",
    """create table outgoing (
        number integer primary key autoincrement, topic text not null, key blob, value blob, headers text not null)""",
)


class Database:
    """One SQLite file. All work on it is done in a thread of its own, so that the event loop never waits for a disk."""

    def __init__(self, path: Path, schema: Sequence[str]) -> None:
        self.path = path
        self._schema = (*BOOKKEEPING_SCHEMA, *schema)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, creating it with its tables. Raises RuntimeError when another version made it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do `work` in one transaction: all of it is durable when this returns, or none if it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    async def close(self) -> None:
        """Finish what is being written, and close the file."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
            self._connection = None
        self._thread.shutdown()

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")  # a commit survives a power cut
        version = len(self._schema)
        found = connection.execute("pragma user_version").fetchone()[0]
        if found not in (0, version):
            connection.close()
            raise RuntimeError(
                f"{self.path} was made by another version of Touchline (its schema is {found}, ours {version}): "
                "move it away, or run the version that made it"
            )
        if found == 0:
            connection.execute("begin immediate")
            for statement in self._schema:
                connection.execute(statement)
            connection.execute(f"pragma user_version = {version}")
            connection.execute("commit")
        self._connection = connection

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._connection is None:
            raise RuntimeError(f"{self.path} is not open")
        self._connection.execute("begin immediate")
        try:
            result = work(self._connection)
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")
        return result


class SqliteBookkeeping:
    """Offsets and outgoing messages in a SQLite transaction. Implements `Bookkeeping`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def next_offsets(self, cluster: str, topic: str) -> Mapping[int, int]:
        """By partition, the offset to read next."""
        rows = self.connection.execute(
            "select partition, next from offsets where cluster = ? and topic = ?", (cluster, topic)
        )
        return dict(rows.fetchall())

    def advance(self, cluster: str, topic: str, partition: int, *, expected: int | None, to: int) -> None:
        """Move a partition on; Fenced when it does not stand where expected."""
        if expected is None:
            changed = self.connection.execute(
                "insert or ignore into offsets (cluster, topic, partition, next) values (?, ?, ?, ?)",
                (cluster, topic, partition, to),
            )
        else:
            changed = self.connection.execute(
                "update offsets set next = ? where cluster = ? and topic = ? and partition = ? and next = ?",
                (to, cluster, topic, partition, expected),
            )
        if changed.rowcount != 1:
            raise Fenced(f"{topic}/{partition} does not stand at {expected} any more")

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Send messages after the commit."""
        self.connection.executemany(
            "insert into outgoing (topic, key, value, headers) values (?, ?, ?, ?)",
            [(each.topic, each.key, each.value, json.dumps(dict(each.headers))) for each in messages],
        )

    def unsent(self, limit: int) -> Sequence[tuple[int, Outgoing]]:
        """Messages not sent yet, oldest first."""
        rows = self.connection.execute(
            "select number, topic, key, value, headers from outgoing order by number limit ?", (limit,)
        )
        return [
            (number, Outgoing(topic, key, value, json.loads(headers)))
            for number, topic, key, value, headers in rows.fetchall()
        ]

    def forget_sent(self, numbers: Iterable[int]) -> None:
        """Kafka has acknowledged these."""
        self.connection.executemany("delete from outgoing where number = ?", [(number,) for number in numbers])
