"""A spool as a process leaves it that is killed, with a log that is not copied yet; and one that is opened on it."""

import asyncio
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

from services.chassis.clock import SteppedClock
from services.chassis.producing import Message
from services.chassis.spool import Spool
from services.chassis.spool_rows import forget, insert, opened, rows_of
from touchline_contracts import TOUCHPOINTS

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
PAGE = 4096
EVENTS = 1_000
SIZES = (400, 400, 3_000, 20_000)
"""The last do not fit into a page."""


class Away:
    """A Kafka that never comes."""

    up, trouble = False, "Kafka is away"

    async def wait_until_up(self):
        await asyncio.Event().wait()


def message(number: int, size: int = 400) -> Message:
    return Message(b"riga-1/visit-%d" % (number % 50), b'{"id": "%d", "note": "%s"}' % (number, b"x" * (size - 30)), {})


@asynccontextmanager
async def spool(file: Path):
    made = Spool(file, topic=TOUCHPOINTS, headers={}, largest_bytes=1 << 30, connection=Away(), clock=SteppedClock(NOW))
    async with made.running():
        yield made


def kept(file: Path) -> list[bytes]:
    with closing(sqlite3.connect(file)) as connection:
        return [value for (value,) in connection.execute("select value from spooled order by number")]


def fill(file: Path, *, in_log: bool) -> list[bytes]:
    """A spool as a process leaves it that is killed; what waits in it. Its first events have been sent."""
    folder = file.parent / "filling"
    folder.mkdir()
    messages = [message(number, SIZES[number % len(SIZES)]) for number in range(EVENTS)]
    with closing(opened(folder / file.name)) as connection:
        sent = 0
        for first in range(0, EVENTS, 40):
            if first == 480:
                connection.execute("pragma wal_checkpoint(truncate)")
            connection.execute("begin immediate")
            few = messages[first : first + 40]
            insert(connection, rows_of(few, first=first + 1, waiting_from=sent + 1, at=NOW.timestamp()))
            if first >= 280:
                forget(connection, range(sent + 1, sent + 41))
                sent += 40
            connection.execute("commit")
        if not in_log:
            connection.execute("pragma wal_checkpoint(truncate)")
        for each in folder.iterdir():
            shutil.copy(each, file.parent)
    return kept(folder / file.name)


def overwrite(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened_file:
        opened_file.seek(at)
        opened_file.write(content)


def all_of(waiting: list[bytes], file: Path) -> bool:
    """Whether all that waits is there, in order; before it may be what was sent last: it is sent once more."""
    return kept(file)[-len(waiting) :] == waiting
