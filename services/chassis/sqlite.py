"""A SQLite file as the durable state of one process: one thread, whole transactions, offsets and outgoing messages."""

import asyncio
import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from services.chassis.bookkeeping import Fenced, Outgoing, TopicIdentity

Result = TypeVar("Result")

BUSY_SECONDS = 2.0
"""How long to wait for another process that writes to the same file. Whoever has to write tries again after that."""
CACHE_KIBIBYTES = 128 * 1024
"""With SQLite's own 2 MB a batch of thousands of rows reads and writes the same pages again and again."""
CHECKPOINT_PAGES = 32_000
"""128 MB: pages that several batches change are copied into the file once."""
NO_HEADERS = "{}"

BOOKKEEPING_SCHEMA = (
    """create table offsets (
        topic text not null, cluster text not null, topic_id text not null, partition integer not null,
        next integer not null, primary key (topic, cluster, topic_id, partition)) without rowid""",
    """create table outgoing (
        number integer primary key autoincrement, topic text not null, key blob, value blob, headers text not null)""",
    "create index outgoing_by_key on outgoing (topic, key)",
    "create table checked (only integer primary key check (only = 1), times integer not null)",
)


def version_of(schema: Sequence[str]) -> int:
    """The number that a file with this schema carries: whatever table differs, it differs."""
    return zlib.crc32("\n".join(schema).encode()) & 0x7FFFFFFF


def connected(
    path: Path,
    schema: Sequence[str],
    *,
    cache_kibibytes: int = CACHE_KIBIBYTES,
    checkpoint_pages: int = CHECKPOINT_PAGES,
) -> sqlite3.Connection:
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


class Database:
    """One SQLite file. All work on it is done in a thread of its own, so that the event loop never waits for a disk."""

    def __init__(
        self,
        path: Path,
        schema: Sequence[str] = (),
        *,
        rolled_back: Callable[[], None] = lambda: None,
        connect: Callable[[], sqlite3.Connection] | None = None,
    ) -> None:
        """`rolled_back` is called in the database's thread after each transaction that came to nothing.

        `connect` opens the file in another way; without it there are the tables of the bookkeeping and of `schema`.
        """
        self.path = path
        self._rolled_back = rolled_back
        self._connect = connect or (lambda: connected(path, (*BOOKKEEPING_SCHEMA, *schema)))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None
        self._closing = False

    async def open(self) -> None:
        """Open the file, creating it with its tables. Raises RuntimeError when another version made it."""
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
            try:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("rollback")
            finally:
                self._rolled_back()
            raise
        return result


class SqliteBookkeeping:
    """Offsets and outgoing messages in a SQLite transaction. Implements `Bookkeeping`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.left_to_send: list[tuple[int, Outgoing]] = []
        """What this transaction leaves behind to be sent, each with its number."""
        self.compacted: Collection[str] = ()
        """The topics of which only the last message of each key counts."""

    def next_offsets(self, identity: TopicIdentity) -> Mapping[int, int]:
        """By partition, the offset to read next."""
        rows = self.connection.execute(
            "select partition, next from offsets where cluster = ? and topic = ? and topic_id = ?", identity
        )
        return dict(rows.fetchall())

    def read_before(self, topic: str) -> Sequence[TopicIdentity]:
        """Every topic of this name that was read from."""
        rows = self.connection.execute(
            "select distinct cluster, topic, topic_id from offsets where topic = ?", (topic,)
        )
        return [TopicIdentity(*row) for row in rows.fetchall()]

    def advance(self, identity: TopicIdentity, partition: int, *, expected: int | None, to: int) -> None:
        """Move a partition on; Fenced when it does not stand where expected."""
        if expected is None:
            changed = self.connection.execute(
                "insert or ignore into offsets (cluster, topic, topic_id, partition, next) values (?, ?, ?, ?, ?)",
                (*identity, partition, to),
            )
        else:
            changed = self.connection.execute(
                "update offsets set next = ? "
                "where cluster = ? and topic = ? and topic_id = ? and partition = ? and next = ?",
                (to, *identity, partition, expected),
            )
        if changed.rowcount != 1:
            raise Fenced(f"{identity.name}/{partition} does not stand at {expected} any more")

    def check_writable(self) -> None:
        """Write something that has to reach the disk: what is rolled back never does."""
        self.connection.execute(
            "insert into checked (only, times) values (1, 1) on conflict (only) do update set times = times + 1"
        )

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Send messages after the commit.

        Of a compacted topic they take the place of what is still unsent: what a dead worker has left is sent later.
        """
        messages = list(messages)
        if not messages:
            return
        newer = [(each.topic, each.key) for each in messages if each.topic in self.compacted]
        self.connection.executemany("delete from outgoing where topic = ? and key = ?", newer)
        self.connection.executemany(
            "insert into outgoing (topic, key, value, headers) values (?, ?, ?, ?)",
            [(topic, key, value, json.dumps(dict(h)) if h else NO_HEADERS) for topic, key, value, h in messages],
        )
        # Nobody else writes before the commit, so the numbers of one statement follow each other.
        last = self.connection.execute("select last_insert_rowid()").fetchone()[0]
        self.left_to_send += zip(range(last - len(messages) + 1, last + 1), messages, strict=True)

    def unsent(self, limit: int, *, after: int = 0) -> Sequence[tuple[int, Outgoing]]:
        """Messages not sent yet, oldest first."""
        rows = self.connection.execute(
            "select number, topic, key, value, headers from outgoing where number > ? order by number limit ?",
            (after, limit),
        )
        return [
            (number, Outgoing(topic, key, value, {} if headers == NO_HEADERS else json.loads(headers)))
            for number, topic, key, value, headers in rows.fetchall()
        ]

    def forget_sent(self, numbers: Iterable[int]) -> None:
        """Kafka has acknowledged these."""
        self.connection.executemany("delete from outgoing where number = ?", [(number,) for number in numbers])

    def forget_sent_range(self, first: int, last: int) -> None:
        """Kafka has acknowledged these, and all between them."""
        self.connection.execute("delete from outgoing where number between ? and ?", (first, last))
