"""What is in a spool's file: messages with numbers that rise, each as it was when it was kept."""

import sqlite3
import struct
import zlib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from services.chassis import outbox
from services.chassis.producing import Message
from services.chassis.sqlite_file import connected

SCHEMA = (
    # `waiting_from`: the first number that was still to be sent when this one was kept. All before it need no rescue.
    """create table spooled (
        number integer primary key, key blob not null, value blob not null, at real not null,
        waiting_from integer not null, checksum integer not null)""",
    # Numbers are never used again, also not when the table is empty: they tell what is new in a log that is damaged.
    """create table forgotten (
        only integer primary key check (only = 1), last integer not null, checked integer not null)""",
    "insert into forgotten (only, last, checked) values (1, 0, 0)",
)
ROWS_AT_ONCE = 100
CACHE_KIBIBYTES = 8 * 1024
"""What was written last is sent and forgotten next; nothing else is read."""
CHECKPOINT_PAGES = 4_000
"""16 MB: so long the log beside the file becomes before its pages are copied."""

_NUMBERS = struct.Struct(">Qqd")
"""A row's number is read from damaged files as well, where it may be larger than any that SQLite gives."""


class Spooled(NamedTuple):
    """An event in the spool."""

    number: int
    key: bytes
    value: bytes
    at: float
    """When it was kept, in seconds since 1970."""
    waiting_from: int
    checksum: int


class Content(NamedTuple):
    """What there is."""

    used_bytes: int
    """Of the file; pages that are free do not count."""
    oldest: int | None
    """The lowest number; None: there is no message."""
    oldest_at: float | None


class Found(NamedTuple):
    """What is found in a file that is opened."""

    events: int
    last: int
    """The highest number that was ever given to a message."""
    content: Content


def sealed(number: int, key: bytes, value: bytes, at: float, waiting_from: int) -> Spooled:
    """A row, with the checksum that tells whether it is still what was kept: SQLite does not look after that.

    Of the numbers too: with another one an event is sent out of order, or takes the place of another event.
    """
    numbers = _NUMBERS.pack(number, waiting_from, at)
    return Spooled(number, key, value, at, waiting_from, zlib.crc32(value, zlib.crc32(key, zlib.crc32(numbers))))


def opened(file: Path) -> sqlite3.Connection:
    """Open a spool, creating it. Raises RuntimeError when it is none."""
    connection = connected(file, SCHEMA, cache_kibibytes=CACHE_KIBIBYTES, checkpoint_pages=CHECKPOINT_PAGES)
    # What was deleted need not be written once more, as zeros: it was never a secret from who may read the file.
    connection.execute("pragma secure_delete = off")
    return connection


def inserting(rows: Sequence[Spooled], *, verb: str = "insert") -> tuple[str, list[object]]:
    """The statement that writes rows, and its parameters. At most ROWS_AT_ONCE."""
    # Many to a statement: between statements the event loop may take the processor, and keep it for a while.
    places = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(rows))
    return f"{verb} into spooled values {places}", [*chain.from_iterable(rows)]


def insert(connection: sqlite3.Connection, rows: Sequence[Spooled], *, verb: str = "insert") -> None:
    """Write rows, within a transaction."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(*inserting(rows[first : first + ROWS_AT_ONCE], verb=verb))


def rows_of(messages: Sequence[Message], *, first: int, waiting_from: int, at: float) -> list[Spooled]:
    """Messages as they are written, with numbers from `first` on."""
    return [
        sealed(number, key or b"", value or b"", at, waiting_from)
        for number, (key, value, _) in enumerate(messages, start=first)
    ]


def unsent(connection: sqlite3.Connection, limit: int, after: int) -> Sequence[tuple[int, bytes, bytes]]:
    """The first messages after a number: as many as are asked for, or as are enough to be held at a time."""
    found, left = [], outbox.LARGEST_BATCH_BYTES
    for number, key, value in connection.execute(
        "select number, key, value from spooled where number > ? order by number limit ?", (after, limit)
    ):
        found.append((number, key, value))
        left -= len(value)
        if left <= 0:
            break
    return found


def forget(connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
    """Delete what Kafka has; how many that were. The numbers are in order."""
    connection.execute("update forgotten set last = max(last, ?)", (numbers[-1],))
    delete = "delete from spooled where number between ? and ?"
    return sum(connection.execute(delete, run).rowcount for run in outbox.runs(numbers))


def write_something(connection: sqlite3.Connection) -> None:
    """Write what changes nothing for anybody; SQLite does not write what is as it was."""
    connection.execute("update forgotten set checked = checked + 1")


def last_number(connection: sqlite3.Connection) -> int:
    """The highest number that was ever given to a message."""
    latest = connection.execute("select coalesce(max(number), 0) from spooled").fetchone()[0]
    return max(int(latest), int(connection.execute("select last from forgotten").fetchone()[0]))


def look(connection: sqlite3.Connection) -> Found:
    """What an earlier process has left. It takes a look at every message."""
    events = connection.execute("select count(*) from spooled").fetchone()[0]
    return Found(int(events), last_number(connection), content(connection))


def content(connection: sqlite3.Connection) -> Content:
    """What there is. It takes no time."""
    pages, free, size = (
        connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    oldest = connection.execute("select number, at from spooled order by number limit 1").fetchone()
    return Content((pages - free) * size, *(oldest or (None, None)))
