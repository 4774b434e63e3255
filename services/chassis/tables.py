"""How tables are described, once for both databases; and the tables that every service with a database has."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine

SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""The type of a column that numbers its rows: SQLite numbers only what it calls an integer."""


def column(name: str, kind: TypeEngine[Any], *, key: bool = False, null: bool = False) -> Column[Any]:
    """A column that holds something in every row, unless `null`. `key`: it is part of what identifies the row."""
    return Column(name, kind, primary_key=key, nullable=null, autoincrement=False)


def number(name: str = "number") -> Column[int]:
    """The column in which the database numbers the rows, in the order in which they come."""
    return Column(name, SERIAL, primary_key=True, autoincrement=True)


def index(name: str, *columns: str, where: str | None = None, unique: bool = False) -> Index:
    """An index, of all rows or of those that `where` holds for."""
    only = None if where is None else text(where)
    return Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


BOOKKEEPING = MetaData()
OFFSETS = Table(
    "offsets",
    BOOKKEEPING,
    column("topic", Text(), key=True),
    column("cluster", Text(), key=True),
    column("topic_id", Text(), key=True),
    column("partition", Integer(), key=True),
    column("next", BigInteger()),
    sqlite_with_rowid=False,
)
OUTGOING = Table(
    "outgoing",
    BOOKKEEPING,
    number(),
    column("topic", Text()),
    column("key", LargeBinary(), null=True),
    column("value", LargeBinary(), null=True),
    column("headers", Text()),
    index("outgoing_by_key", "topic", "key"),
    sqlite_autoincrement=True,  # a number is never given twice
)
CHECKED = Table("checked", BOOKKEEPING, column("one", Integer(), key=True), column("times", BigInteger()))
"""What is written in order to see whether anything can be."""
