"""The databases that a store's tests are run on: SQLite in memory, and PostgreSQL. Nothing is committed in either."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import SecretStr
from sqlalchemy import MetaData

from services.chassis.database import Address, engine_for, rows_of
from services.chassis.migrating import upgrade
from services.chassis.rows import Rows
from services.chassis.sqlite import sqlite_engine
from services.chassis.tables import BOOKKEEPING

BOTH = ("sqlite", "postgresql")


def in_memory(metadata: MetaData) -> Rows:
    """A SQLite database in memory with the tables of a service: ready in a moment."""
    rows = rows_of(sqlite_engine(None).connect())
    for each in (BOOKKEEPING, metadata):
        each.create_all(rows.connection)
    rows.connection.commit()
    return rows


@contextmanager
def a_transaction(address: Address) -> Iterator[Rows]:
    """The rows of one transaction, which comes to nothing in the end."""
    engine = engine_for(address)
    try:
        with engine.connect() as connection:
            yield rows_of(connection)
    finally:
        engine.dispose()


class Migrated:
    """A PostgreSQL database for each service, made when it is first asked for."""

    def __init__(self, database: Callable[[], SecretStr]) -> None:
        self._database = database
        self._addresses: dict[str, SecretStr] = {}

    def __call__(self, migrations: str) -> SecretStr:
        if migrations not in self._addresses:
            address = self._database()
            engine = engine_for(address)
            upgrade(engine, migrations, where="the tests' own")
            engine.dispose()
            self._addresses[migrations] = address
        return self._addresses[migrations]
