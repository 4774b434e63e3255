"""What is PostgreSQL's own: how it is connected to, which of its faults pass, and how many rows are handled at once."""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, CursorResult, Engine, Table, create_engine
from sqlalchemy.dialects import postgresql

from services.chassis.rows import Key, Rows, Values, numbered

CONNECT_SECONDS = 5
"""How long it may take to connect."""
SILENT_MILLISECONDS = 10_000
"""A server that has acknowledged nothing for so long is taken to be gone."""
SESSION = {
    # Whoever hangs in the middle of a transaction keeps others waiting: after this it is rolled back for them.
    # Between two statements lies the evaluation of a thousand journeys, which takes seconds on a busy machine.
    "idle_in_transaction_session_timeout": "45s",
    # Then the same is tried again.
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    # What is looked up by the thousand is looked up key by key.
    "jit": "off",
}
CONNECTING: Mapping[str, object] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": SILENT_MILLISECONDS,
    "application_name": "touchline",
}
"""Unless the address says otherwise."""
OF_THE_RECORD = ("22", "23", "54")
"""Classes of SQLSTATE that come of what is written, and come again: data, constraints, limits of the program."""
LOCKS = 256
"""Names are locked by one of so many numbers: PostgreSQL holds a bounded number of locks."""
NAMESPACE = zlib.crc32(b"touchline") >> 1
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def postgres_engine(address: URL) -> Engine:
    """The way to a PostgreSQL database. A connection that was lost is made anew with the next transaction."""
    connecting = {name: address.query.get(name, usual) for name, usual in CONNECTING.items()}
    options = [*(f"-c {name}={value}" for name, value in SESSION.items()), str(address.query.get("options", ""))]
    return create_engine(
        address.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args=connecting | {"options": " ".join(options)},
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
    )


def passes(error: BaseException) -> bool:
    """Whether a fault of PostgreSQL's passes, or can be put right where it runs: all do that no record has provoked."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError)
    return not error.sqlstate.startswith(OF_THE_RECORD)


def begin_to_migrate(connection: Connection) -> None:
    """Have other processes wait until this one has changed the tables, however long that takes."""
    connection.exec_driver_sql("set local statement_timeout = 0")
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({NAMESPACE}, {LOCKS})")


class PostgresRows(Rows):
    """Rows in PostgreSQL, where several workers are in transactions at once. Many rows are handed over as arrays."""

    dialect, shared = "postgresql", True

    def keep_new(self, table: Table, key: Sequence[str], rows: Sequence[Values]) -> set[Key] | None:
        names = tuple(column.name for column in numbered(table))
        if not rows:
            return None
        added = self._insert(table, names, rows, f"on conflict do nothing returning {', '.join(key)}").all()
        return None if len(added) == len(rows) else {tuple(row) for row in added}

    def append(self, table: Table, rows: Sequence[Values]) -> Sequence[int]:
        names = tuple(column.name for column in numbered(table))
        number = next(iter(table.primary_key)).name
        return sorted(self._insert(table, names, rows, f"returning {number}").scalars()) if rows else ()

    def of(
        self, table: Table, key: Sequence[str], keys: Iterable[Key], columns: Sequence[str], *, lock: bool = False
    ) -> Iterable[Sequence[Any]]:
        arrays = _arrays(sorted(set(keys)))
        if not arrays:
            return ()
        by = ", ".join(key)
        # In the order of the keys, so that two workers that lock the same rows wait for each other in turn.
        locking = f" order by {by} for update of {table.name}" if lock else ""
        return self.connection.exec_driver_sql(
            f"select {', '.join(columns)} from {_unnest(table, tuple(key))} as wanted ({by}) "
            f"join {table.name} using ({by}){locking}",
            arrays,
        ).all()

    def remove(self, table: Table, key: Sequence[str], keys: Sequence[Values]) -> None:
        if not keys:
            return
        which = " and ".join(f"{table.name}.{name} = wanted.{name}" for name in key)
        self.connection.exec_driver_sql(
            f"delete from {table.name} using {_unnest(table, tuple(key))} as wanted ({', '.join(key)}) where {which}",
            _arrays(keys),
        )

    def lock(self, names: Collection[str], alone: Collection[str]) -> None:
        held = {_lock(name): False for name in names} | {_lock(name): True for name in alone}
        # In order, so that two workers wait for each other in turn.
        self.connection.exec_driver_sql(
            "select case when alone then pg_advisory_xact_lock(%s, lock) else pg_advisory_xact_lock_shared(%s, lock) "
            "end from unnest(%b::integer[], %b::boolean[]) as wanted (lock, alone)",
            (NAMESPACE, NAMESPACE, sorted(held), [held[each] for each in sorted(held)]),
        )

    def _write(self, table: Table, rows: Iterable[Values], conflict: str) -> int:
        names = tuple(table.columns.keys())
        by_key = sorted(rows, key=lambda row: tuple(row[names.index(column.name)] for column in table.primary_key))
        return self._insert(table, names, by_key, conflict).rowcount if by_key else 0

    def _insert(self, table: Table, columns: tuple[str, ...], rows: Sequence[Values], ending: str) -> CursorResult[Any]:
        return self.connection.exec_driver_sql(
            f"insert into {table.name} ({', '.join(columns)}) select * from {_unnest(table, columns)} {ending}",
            _arrays(rows),
        )


def _lock(name: str) -> int:
    return zlib.crc32(name.encode()) % LOCKS


def _arrays(rows: Sequence[Values]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))


@cache
def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    types = (table.columns[name].type.compile(dialect=_DIALECT) for name in columns)
    return f"unnest({', '.join(f'%b::{each}[]' for each in types)})"
