"""What is SQLite's own: how a file is opened, and how many rows are written and looked up at once."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, Table, create_engine, event

from services.chassis.rows import Key, Rows, Values, numbered

BUSY_SECONDS = 2.0
"""How long to wait for another process that writes to the same file. Whoever has to write tries again after that."""
CACHE_KIBIBYTES = 128 * 1024
"""With SQLite's own 2 MB a batch of thousands of rows reads and writes the same pages again and again."""
CHECKPOINT_PAGES = 32_000
"""128 MB: pages that several batches change are copied into the file once."""
KEYS_PER_QUERY = 250
"""SQLite takes a limited number of parameters in one statement; three for each key stay well below it."""


def sqlite_engine(path: Path | None) -> Engine:
    """The way to a SQLite file, or (None) to a database in memory. One transaction at a time, whoever begins it."""
    engine = create_engine(
        URL.create("sqlite", database=None if path is None else str(path)),
        # The driver must not begin transactions of its own accord.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin immediate"))
    return engine


def passes(error: BaseException) -> bool:
    """Whether a fault of SQLite's passes: a file that is locked, a disk that is full."""
    return isinstance(error, sqlite3.OperationalError)


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")  # a commit survives a power cut
    connection.execute(f"pragma cache_size = -{CACHE_KIBIBYTES}")
    connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")


class SqliteRows(Rows):
    """Rows in SQLite, where one transaction at a time writes."""

    dialect, shared = "sqlite", False

    def keep_new(self, table: Table, key: Sequence[str], rows: Sequence[Values]) -> set[Key] | None:
        number = next(iter(table.primary_key)).name
        last = self.connection.exec_driver_sql(f"select coalesce(max({number}), 0) from {table.name}").scalar_one()
        names = [column.name for column in numbered(table)]
        # Nearly always all are new: to ask for each beforehand would take half as long again.
        # In the order of the index: rows from everywhere in it would touch nearly every page of it.
        if self._insert(table, names, sorted(rows), "on conflict do nothing") == len(rows):
            return None
        added = f"select {', '.join(key)} from {table.name} where {number} > ?"
        return {tuple(row) for row in self.connection.exec_driver_sql(added, (last,))}

    def append(self, table: Table, rows: Sequence[Values]) -> Sequence[int]:
        self._insert(table, [column.name for column in numbered(table)], rows, "")
        # Nobody else writes before the commit, so the numbers of one statement follow each other.
        last = self.connection.exec_driver_sql("select last_insert_rowid()").scalar_one()
        return range(last - len(rows) + 1, last + 1)

    def of(
        self, table: Table, key: Sequence[str], keys: Iterable[Key], columns: Sequence[str], *, lock: bool = False
    ) -> Iterator[Sequence[Any]]:
        del lock  # nobody else is in a transaction
        remaining = iter(keys)
        while chunk := list(islice(remaining, KEYS_PER_QUERY)):
            wanted = ", ".join([_marks(len(key))] * len(chunk))
            # It has to be a cross join, which looks each key up; `where (a, b) in (values ...)` reads the table.
            yield from self.connection.exec_driver_sql(
                f"with wanted ({', '.join(key)}) as (values {wanted}) "
                f"select {', '.join(columns)} from wanted cross join {table.name} using ({', '.join(key)})",
                tuple(part for each in chunk for part in each),
            )

    def remove(self, table: Table, key: Sequence[str], keys: Sequence[Values]) -> None:
        if not keys:
            return
        which = " and ".join(f"{name} = ?" for name in key)
        self.connection.exec_driver_sql(f"delete from {table.name} where {which}", list(keys))

    def lock(self, names: Collection[str], alone: Collection[str]) -> None:
        """Nobody else is in a transaction."""

    def _write(self, table: Table, rows: Iterable[Values], conflict: str) -> int:
        return self._insert(table, table.columns.keys(), list(rows), conflict)

    def _insert(self, table: Table, columns: Sequence[str], rows: Sequence[Values], conflict: str) -> int:
        if not rows:
            return 0
        return self.connection.exec_driver_sql(_insert(table.name, tuple(columns), conflict), list(rows)).rowcount


@cache
def _insert(table: str, columns: tuple[str, ...], conflict: str) -> str:
    return f"insert into {table} ({', '.join(columns)}) values {_marks(len(columns))} {conflict}"


@cache
def _marks(count: int) -> str:
    return f"({', '.join('?' * count)})"
