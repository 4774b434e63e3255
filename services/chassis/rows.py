"""The rows that one transaction reads and writes, the same in both databases: sqlite.py and postgres.py differ.

Queries are SQLAlchemy's. What is written and looked up by the thousand goes to the driver as it is:
docs/decisions/0015.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import Column, CompoundSelect, Connection, Delete, Row, Select, Table, Update

Values = tuple[Any, ...]
"""The values of one row, in the order of the columns they are for: numbers, texts and bytes, and no kinds of them."""
Key = tuple[str, ...]
Query = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Found = Row[*tuple[Any, ...]]


class Rows(ABC):
    """What a transaction does with rows."""

    dialect: ClassVar[str]
    shared: ClassVar[bool]
    """Whether several workers are in transactions at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def all(self, query: Query, **values: object) -> Sequence[Found]:
        """All rows that a query finds, with these values for what it leaves open."""
        return self.connection.execute(query, values).all()

    def first(self, query: Query) -> Found | None:
        """The first row that a query finds."""
        return self.connection.execute(query).first()

    def value(self, query: Query) -> Any:
        """The one value that a query finds."""
        return self.connection.execute(query).scalar_one()

    def change(self, statement: Update | Delete) -> int:
        """Change or remove rows. Returns how many."""
        return self.connection.execute(statement).rowcount

    def keep(self, table: Table, rows: Iterable[Values]) -> int:
        """Add rows, each with a value for every column, but those that are there already. Returns how many it were."""
        return self._write(table, rows, "on conflict do nothing")

    def put(self, table: Table, rows: Iterable[Values]) -> None:
        """Add rows, each with a value for every column; what is there under the same key takes the new values."""
        self._write(table, rows, _replacing(table))

    def count_in(self, table: Table, counted: Sequence[str], rows: Iterable[Values]) -> None:
        """Add rows; where a key is there already, what is in the columns `counted` is added to what they hold."""
        self._write(table, rows, _adding(table, tuple(counted)))

    @abstractmethod
    def keep_new(self, table: Table, key: Sequence[str], rows: Sequence[Values]) -> set[Key] | None:
        """Add rows to a table that numbers its rows (a value for every other column), but those whose key is there.

        Returns the keys of those that were added; None: all were.
        """

    @abstractmethod
    def append(self, table: Table, rows: Sequence[Values]) -> Sequence[int]:
        """Add rows to a table that numbers its rows, in this order. Returns their numbers."""

    @abstractmethod
    def of(
        self, table: Table, key: Sequence[str], keys: Iterable[Key], columns: Sequence[str], *, lock: bool = False
    ) -> Iterable[Sequence[Any]]:
        """These columns of all rows that have one of `keys` in the columns `key`. However many: each is looked up.

        `lock`: nobody else changes these rows until the commit.
        """

    @abstractmethod
    def remove(self, table: Table, key: Sequence[str], keys: Sequence[Values]) -> None:
        """Remove the rows that have one of `keys` in the columns `key`."""

    @abstractmethod
    def lock(self, names: Collection[str], alone: Collection[str]) -> None:
        """Until the commit nobody else holds one of the names that are held `alone`; other names may be shared.

        Names are none of the database's: whoever has to keep out of another's way agrees on them.
        """

    @abstractmethod
    def _write(self, table: Table, rows: Iterable[Values], conflict: str) -> int: ...


def numbered(table: Table) -> list[Column[Any]]:
    """The columns of a table that numbers its rows, but for the number."""
    return [column for column in table.columns if not column.primary_key]


@cache
def _replacing(table: Table) -> str:
    others = [column.name for column in table.columns if not column.primary_key]
    # To replace the row would take it out of all indexes and put it in again.
    return f"{_conflict(table)} {', '.join(f'{name} = excluded.{name}' for name in others)}"


@cache
def _adding(table: Table, counted: tuple[str, ...]) -> str:
    return f"{_conflict(table)} {', '.join(f'{name} = {table.name}.{name} + excluded.{name}' for name in counted)}"


def _conflict(table: Table) -> str:
    return f"on conflict ({', '.join(column.name for column in table.primary_key)}) do update set"
