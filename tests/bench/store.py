"""How long a transaction of the experience service takes in SQLite and in PostgreSQL, without Kafka, in one process.

The same batches of 1,000 events: kept only, as of a backlog, and kept and evaluated. Beside it, what it brings to hand
many rows to the driver as they are, and not by way of SQLAlchemy.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NoReturn

from sqlalchemy.dialects import postgresql, sqlite

from services.chassis.bookkeeping import TopicIdentity
from services.chassis.database import Address, engine_for, rows_of
from services.chassis.migrating import upgrade
from services.chassis.rows import Rows
from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.adapters.database import MIGRATIONS, StoredTransaction
from services.experience.adapters.messages import evaluation_message, look_again_message, store_message
from services.experience.adapters.tables import EVENTS
from services.experience.entrypoints.translation import happening_from
from services.experience.ports import Incoming
from services.experience.usecases import Experience
from tests.bench.figures import Figure
from tests.bench.screen import say
from tests.bench.traffic import traffic
from tests.postgresql import running
from touchline_contracts import EVALUATIONS, parse_event

NAME = "store"
BATCH = 1000
BATCHES = 20
TOPIC = TopicIdentity("cluster", "touchline.touchpoints", "id")
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
MILLISECONDS = 1e3


async def measure(directory: Path) -> Sequence[Figure]:
    """The figures of the store, in both databases."""
    events = [parse_event(body) for _, body in traffic(BATCH * BATCHES).bodies][: BATCH * BATCHES]
    batches = [
        [Incoming(happening=happening_from(each), body=each.to_json()) for each in events[first : first + BATCH]]
        for first in range(0, len(events), BATCH)
    ]
    figures = _of("SQLite", lambda name: directory / f"{name}.db", batches)
    with running(_not_here, quick=False) as cluster:
        return figures + _of("PostgreSQL", cluster.database, batches)


def _of(database: str, address: Callable[[str], Address], batches: Sequence[Sequence[Incoming]]) -> list[Figure]:
    say(f"{database}: {len(batches)} transactions of {BATCH:,} events, kept, and evaluated; and their rows both ways")
    kept = _transactions(address("kept"), batches, behind=True)
    evaluated = _transactions(address("evaluated"), batches, behind=False)
    ratios = _both_ways(address("rows"), batches)

    def figure(name: str, value: float, unit: str) -> Figure:
        return Figure(measurement=NAME, name=f"{database}: {name}", value=value, unit=unit)

    return [
        figure("1,000 events kept", median(kept) * MILLISECONDS, "ms"),
        figure("1,000 events kept, the quickest", min(kept) * MILLISECONDS, "ms"),
        figure("1,000 events kept and evaluated", median(evaluated) * MILLISECONDS, "ms"),
        figure("1,000 events kept and evaluated, the quickest", min(evaluated) * MILLISECONDS, "ms"),
        figure("rows by way of SQLAlchemy / rows to the driver", median(ratios), ""),
    ]


def _transactions(address: Address, batches: Sequence[Sequence[Incoming]], *, behind: bool) -> list[float]:
    experience = Experience(
        decode=lambda body: happening_from(parse_event(body)),
        read_concept=concept_from_lineage,
        tell=evaluation_message,
        tell_store=store_message,
        tell_again=look_again_message,
    )
    seconds = []
    with _tables(address) as begin:
        for number, batch in enumerate(batches):
            began = time.perf_counter()
            with begin() as rows:
                transaction = StoredTransaction(rows)
                transaction.compacted = {EVALUATIONS.name}
                transaction.advance(TOPIC, 0, expected=number * BATCH or None, to=(number + 1) * BATCH)
                experience.take_in(transaction, batch, now=datetime.now(UTC), behind=behind)
            seconds.append(time.perf_counter() - began)
    return seconds


def _both_ways(address: Address, batches: Sequence[Sequence[Incoming]]) -> list[float]:
    """How many times as long the rows of each batch take by way of SQLAlchemy: in turns, into one table."""
    ratios = []
    names = [column.name for column in EVENTS.columns if not column.primary_key]
    with _tables(address) as begin:
        for number, batch in enumerate(batches):
            events = [
                (each.happening.store, "/till", f"{number}-{n}", each.happening.journey, 0, 0, each.body)
                for n, each in enumerate(batch)
            ]
            began = time.perf_counter()
            with begin() as rows:
                rows.keep_new(EVENTS, ("store", "source", "id"), events)
            by_driver = time.perf_counter() - began
            others = [dict(zip(names, (row[0], "/door", *row[2:]), strict=True)) for row in sorted(events)]
            began = time.perf_counter()
            with begin() as rows:
                rows.connection.execute(INSERTS[rows.dialect](EVENTS).on_conflict_do_nothing(), others)
            ratios.append((time.perf_counter() - began) / by_driver)
    return ratios


@contextmanager
def _tables(address: Address) -> Iterator[Callable[[], AbstractContextManager[Rows]]]:
    """What begins a transaction in a database with the service's tables."""
    engine = engine_for(address)
    upgrade(engine, MIGRATIONS, where=NAME)

    @contextmanager
    def begin() -> Iterator[Rows]:
        with engine.begin() as connection:
            yield rows_of(connection)

    yield begin
    engine.dispose()


def _not_here(component: str, how_to_install: str) -> NoReturn:
    raise SystemExit(f"{component} is missing; {how_to_install}")
