"""How a database goes about queries: whether it looks up what it is asked for, or reads whole tables."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import event

from services.chassis.rows import Rows

Plans = Mapping[str, list[str]]


@contextmanager
def plans_of(rows: Rows) -> Iterator[Plans]:
    """The plans of the queries that are asked within the block, once it is left."""
    asked: dict[str, object] = {}
    plans: dict[str, list[str]] = {}
    connection = rows.connection

    @event.listens_for(connection, "before_cursor_execute")
    def note(_connection, _cursor, statement, parameters, _context, executemany):
        if not executemany and ("select" in statement.lower() or statement.lower().startswith("update")):
            asked[statement] = parameters

    yield plans
    event.remove(connection, "before_cursor_execute", note)
    if rows.dialect == "postgresql":
        # Of tables with hardly any rows everything would be read: it must be possible to do without.
        connection.exec_driver_sql("set local enable_seqscan = off")
        connection.exec_driver_sql("set local enable_bitmapscan = off")
        connection.exec_driver_sql("set local enable_sort = off")
    explain = "explain query plan" if rows.dialect == "sqlite" else "explain"
    for statement, parameters in asked.items():
        plans[statement] = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)]


def reading_whole_tables(plans: Plans) -> list[str]:
    """The queries that read a whole table. What was asked for (`wanted`), and what was found of it, is no table."""
    return [query for query, plan in plans.items() if any(map(_reads_a_whole_table, plan))]


def sorting(plans: Plans) -> list[str]:
    """The queries that read all that they ask for before they know which of it comes first."""
    return [query for query, plan in plans.items() if any("TEMP B-TREE" in each or "Sort" in each for each in plan)]


def _reads_a_whole_table(step: str) -> bool:
    if step.startswith("SCAN"):
        return not any(word in step for word in ("wanted", "CONSTANT", "visited"))
    return "Seq Scan" in step
