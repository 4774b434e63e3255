"""The file of a spool: held by one process, looked at before it is used, and set aside when it is damaged."""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from services.chassis.salvage import MAGIC, Record, frames, records
from services.chassis.spool_rows import SCHEMA, Spooled, insert, last_number, opened, sealed
from services.chassis.sqlite_file import version_of

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""Faults of the file. Others are faults of the disk, or of who may do what: they pass, or somebody puts them right."""
DAMAGED_AT_START = DAMAGED | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_ERROR}
"""What cannot even be read is of no use either; and if it was the disk after all, everything is rescued."""
BELONGING = ("", "-wal", "-shm")
"""What SQLite calls the files that belong together."""
ROWS_AT_ONCE = 1000


class InUse(Exception):
    """Another process has this spool. Two would send each other's events, and forget them."""


class SetAside(NamedTuple):
    """What became of a damaged file."""

    file: Path
    """Where it is now."""
    why: str
    rescued: int
    missing: int
    """Numbers between those that were rescued: events that are lost, or that had been sent."""


def take(file: Path, now: datetime) -> tuple[BinaryIO, SetAside | None]:
    """Keep other processes out until what is returned is closed, and see to it that the file can be used, or is none.

    It can be interrupted anywhere and begun anew: nothing damaged is moved before all that could be rescued is on disk.
    Raises InUse; OSError or sqlite3.Error when the disk does not do what it should.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = beside(file, ".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock, _make_fit(file, now)
    except BlockingIOError:
        lock.close()
        raise InUse(
            f"the spool {file.absolute()} is in use by another process: end that one, "
            "or set TOUCHLINE_SPOOL_FILE to a file of this service's own"
        ) from None
    except BaseException:
        lock.close()
        raise


def set_aside(file: Path) -> set[Path]:
    """Damaged files that nobody has taken away yet; of each the name without what SQLite puts behind it."""
    found = file.parent.glob(f"{file.name}.damaged-*")
    return {each.with_name(each.name.removesuffix("-wal").removesuffix("-shm")) for each in found}


def damage(file: Path) -> str | None:
    """What is wrong with a file, in words. It is only read: SQLite itself would throw away a log that it cannot use."""
    if not file.exists() or file.stat().st_size == 0:
        return "it is empty, and the log beside it is not" if _kept_in_log(file, after=0) else None
    try:
        with file.open("rb") as looked_at:
            if looked_at.read(len(MAGIC)) != MAGIC:
                return "it does not begin as a SQLite file does"
        with closing(sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)) as connection:
            last = _last_number(connection)
    except _Damaged as error:
        return str(error)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in DAMAGED_AT_START:
            raise
        return str(error)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return str(error)
    except Exception as error:  # noqa: BLE001  # such as a text that is none: whatever reading it leads to, it is damaged
        return repr(error)
    return "the log beside it breaks off before its end" if _kept_in_log(file, after=last) else None


def beside(file: Path, ending: str) -> Path:
    """A file that belongs to another one."""
    return file.with_name(file.name + ending)


def _make_fit(file: Path, now: datetime) -> SetAside | None:
    part, whole = beside(file, ".rescuing"), beside(file, ".rescued")
    if whole.exists():  # the last attempt was interrupted just before its end
        _replace(file, whole, now)
    for each in BELONGING:
        beside(part, each).unlink(missing_ok=True)
    why = damage(file)
    if why is None:
        return None
    rescued, missing = _rescue(file, part)
    part.rename(whole)
    return SetAside(_replace(file, whole, now), why, rescued, missing)


class _Damaged(Exception):
    """Something is wrong with a file that SQLite can read."""


def _last_number(connection: sqlite3.Connection) -> int:
    """The last number that was given to an event, if all is well."""
    if connection.execute("select count(*) from sqlite_master").fetchone()[0] == 0:
        return 0  # its beginning was interrupted
    if connection.execute("pragma user_version").fetchone()[0] != version_of(SCHEMA):
        raise _Damaged("it was made by another version of Touchline, or is no spool")
    found = connection.execute("pragma integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise _Damaged(" ".join(str(found).split()))
    kept = connection.execute("select number, key, value, at, waiting_from, checksum from spooled")
    for number, *columns in kept:
        if _event(number, columns) is None:
            raise _Damaged(f"event {number} in it has changed since it was kept")
    return last_number(connection)


def _kept_in_log(file: Path, *, after: int) -> bool:
    """Whether the log holds an event with a higher number whose transaction has come to its end."""
    begun: set[bytes] = set()
    for frame in frames(file):
        if any(row.number > after for row in _intact(frame.records)):
            begun.add(frame.generation)
        if frame.commits and frame.generation in begun:
            return True
    return False


def _rescue(file: Path, part: Path) -> tuple[int, int]:
    """Write all that can be read into a new file. How many events there are, and how many numbers between them."""
    found = _intact(records(file))
    with closing(opened(part)) as connection:
        # Until it is whole nobody needs it, so it is written without a log, and brought to the disk at the end.
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        connection.execute("begin immediate")
        while few := [*islice(found, ROWS_AT_ONCE)]:
            insert(connection, few, verb="insert or ignore")  # the same may stand in several places
        connection.execute("delete from spooled where number < (select max(waiting_from) from spooled)")
        events, first, last = connection.execute(
            "select count(*), coalesce(min(number), 1), coalesce(max(number), 0) from spooled"
        ).fetchone()
        connection.execute("commit")
    _sync(part)
    return events, last - first + 1 - events


def _intact(found: Iterable[Record]) -> Iterator[Spooled]:
    """Those that are events, and as they were kept."""
    for number, columns in found:
        # SQLite writes the number of a row beside its columns, and nothing in the place of the column.
        if columns[:1] == [None] and (event := _event(number, columns[1:])) is not None:
            yield event


def _event(number: int, columns: list[object]) -> Spooled | None:
    """What a row holds, if it is an event as it was kept."""
    match columns:
        case [bytes(key), bytes(value), int() | float() as at, int(waiting_from), int(expected)]:
            event = sealed(number, key, value, at, waiting_from)
            return event if event.checksum == expected else None
    return None


def _replace(file: Path, whole: Path, now: datetime) -> Path:
    """Put what was rescued in the place of what is damaged; where that is now."""
    name = aside = beside(file, f".damaged-{now:%Y%m%dT%H%M%S}")
    for number in count(2):
        if not any(beside(aside, each).exists() for each in BELONGING):
            break
        aside = beside(name, f"-{number}")
    for each in BELONGING:
        with suppress(FileNotFoundError):
            beside(file, each).rename(beside(aside, each))
    whole.rename(file)
    _sync(file.parent)
    return aside


def _sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
