"""The durable state of one process, in SQLite or PostgreSQL: one thread, whole transactions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, ExceptionContext, event, make_url

from services.chassis import postgres, sqlite
from services.chassis.migrating import upgrade
from services.chassis.postgres import PostgresRows
from services.chassis.rows import Rows
from services.chassis.sqlite import SqliteRows
from services.chassis.store import Unavailable, Unreachable

Result = TypeVar("Result")
Address = Path | SecretStr
"""A SQLite file, or where a PostgreSQL database is, with what it takes to be let in."""

log = structlog.get_logger(__name__)


class Database:
    """One database. All work on it is done in a thread of its own, so that the event loop never waits for a disk."""

    def __init__(self, address: Address, migrations: str, *, rolled_back: Callable[[], None] = lambda: None) -> None:
        """`migrations`: the package that makes the tables; see migrating.py.

        `rolled_back` is called in the database's thread after each transaction that came to nothing.
        """
        self.address = address
        self._migrations, self._rolled_back = migrations, rolled_back
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._engine: Engine | None = None
        self._up_to_date = self._closing = False

    async def open(self) -> None:
        """Have the tables made, or brought up to date. What is away is waited for by whoever has work for it.

        Raises RuntimeError when a newer version has made the tables, or this one may not change them.
        """
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._open)
        except Unavailable as error:
            log.error("the database is away, it is opened as soon as it can be", where=str(self), error=str(error))  # noqa: TRY400  # expected: no traceback

    async def transact(
        self, work: Callable[[Rows], Result], *, committed: Callable[[Result], None] = lambda _: None
    ) -> Result:
        """Do `work` in one transaction: all of it is durable when this returns, or none if it raises.

        `committed` is called in the database's thread after the commit, also when nobody waits for it any more.
        Raises Unavailable when the database is away. When the connection was lost in the very moment of the commit, the
        transaction may have been carried out all the same.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work, committed)

    async def close(self) -> None:
        """Finish what is being written, and close. What has not been begun is not done any more."""
        self._closing = True
        if self._engine is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
            self._engine = None
        self._thread.shutdown()

    def __str__(self) -> str:
        return shown(self.address)

    def _open(self) -> Engine:
        if self._engine is None:
            if isinstance(self.address, Path):
                self.address.parent.mkdir(parents=True, exist_ok=True)
            self._engine = engine_for(self.address)
        if not self._up_to_date:
            upgrade(self._engine, self._migrations, where=str(self))
            self._up_to_date = True
        return self._engine

    def _transact(self, work: Callable[[Rows], Result], committed: Callable[[Result], None]) -> Result:
        if self._closing:
            raise RuntimeError(f"{self} is not open")
        try:
            with self._open().begin() as connection:
                result = work(rows_of(connection))
        except BaseException:
            self._rolled_back()
            raise
        committed(result)
        return result


def engine_for(address: Address) -> Engine:
    """The way to a database. Its faults that pass are raised as Unavailable."""
    if isinstance(address, SecretStr):
        engine = postgres.postgres_engine(make_url(address.get_secret_value()))
    else:
        engine = sqlite.sqlite_engine(address)
    event.listen(engine, "handle_error", _say_what_passes)
    return engine


def rows_of(connection: Connection) -> Rows:
    """The rows of a transaction."""
    return (PostgresRows if connection.dialect.name == PostgresRows.dialect else SqliteRows)(connection)


def _say_what_passes(context: ExceptionContext) -> None:
    error = context.original_exception
    words = " ".join(str(error).split())
    if context.is_disconnect or context.connection is None:
        raise Unreachable(words) from error
    if sqlite.passes(error) or postgres.passes(error):
        raise Unavailable(words) from error


def shown(address: Address) -> str:
    """An address for people: without a password."""
    if isinstance(address, Path):
        return str(address)
    return make_url(address.get_secret_value()).set(query={}).render_as_string(hide_password=True)
