"""The bookkeeping tables as every service's first migration makes them. Never changed: further steps do that."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, text

SERIAL = BigInteger().with_variant(Integer, "sqlite")


def make_bookkeeping() -> None:
    """Make the tables for offsets, outgoing messages, and what is written in order to see whether anything can be."""
    op.create_table(
        "offsets",
        Column("topic", Text, primary_key=True),
        Column("cluster", Text, primary_key=True),
        Column("topic_id", Text, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("next", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outgoing",
        Column("number", SERIAL, primary_key=True, autoincrement=True),
        Column("topic", Text, nullable=False),
        Column("key", LargeBinary),
        Column("value", LargeBinary),
        Column("headers", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("outgoing_by_key", "outgoing", ["topic", "key"])
    op.create_table(
        "checked",
        Column("one", Integer, primary_key=True, autoincrement=False),
        Column("times", BigInteger, nullable=False),
    )


def make_index(name: str, table: str, columns: list[str], where: str) -> None:
    """Make an index of those rows that `where` holds for."""
    op.create_index(name, table, columns, sqlite_where=text(where), postgresql_where=text(where))
