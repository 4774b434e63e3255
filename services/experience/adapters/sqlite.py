"""The store of the experience service in SQLite. Implements `ports.Transaction`."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from services.chassis.sqlite import SqliteBookkeeping
from services.experience.adapters.sqlite_stores import STORES_SCHEMA, SqliteStores
from services.experience.adapters.sqlite_values import (
    instant,
    instant_if_any,
    micros,
    micros_if_any,
    notices_from,
    notices_text,
    stored,
)
from services.experience.domain.tally import NO_PROMISES, PromiseTally
from services.experience.domain.track_record import Settled, Settlement
from services.experience.ports import (
    Identity,
    JourneyKey,
    JourneyRecord,
    PublishedConcept,
    SettledOn,
    StoredEvent,
)

SCHEMA = (
    # Rows in the order they came in: to put each body where its name belongs would take three times as long.
    """create table events (
        store text not null, source text not null, id text not null, journey text, at integer not null,
        late integer not null, body blob not null)""",
    "create unique index events_by_identity on events (store, source, id)",
    "create index events_by_journey on events (store, journey)",
    """create table journeys (
        store text not null, journey text not null, version integer not null, closed_at integer,
        events integer not null, evaluated_events integer not null, late_events integer not null, news_from integer,
        put_off_at integer, notices text not null, deadline integer,
        on_track integer not null, at_risk integer not null, kept integer not null, broken integer not null,
        withdrawn integer not null, settled text not null, primary key (store, journey)) without rowid""",
    "create index journeys_by_deadline on journeys (deadline) where deadline is not null",
    "create index journeys_with_open_promises on journeys (on_track, at_risk) where on_track + at_risk > 0",
    "create index journeys_by_end on journeys (store, closed_at)",
    "create index surroundings on events (store, at) where journey is null",
    """create table settled (
        store text not null, area text not null, name text not null, day text not null,
        good integer not null, bad integer not null, primary key (store, area, name, day)) without rowid""",
    """create table concepts (
        store text not null, held_from integer not null, document text not null)""",
    *STORES_SCHEMA,
)
"""Instants are microseconds since 1970: short, exact and in order."""

KEYS_PER_QUERY = 250
"""SQLite takes a limited number of parameters in one statement; three for each key stay well below it."""

NOTHING_SETTLED = "[]"

Item = TypeVar("Item")


class SqliteTransaction(SqliteStores, SqliteBookkeeping):
    """One transaction of the experience service."""

    def add_events(self, events: Sequence[StoredEvent]) -> set[Identity]:
        # Nearly always all are new: to ask for each beforehand would take half as long again.
        (last,) = self.connection.execute("select coalesce(max(rowid), 0) from events").fetchone()
        if self._insert(events) == len(events):
            return set()
        added = self.connection.execute("select store, source, id from events where rowid > ?", (last,))
        return {each.identity for each in events}.difference(added.fetchall())

    def _insert(self, events: Sequence[StoredEvent]) -> int:
        added = self.connection.executemany(
            "insert or ignore into events (store, source, id, journey, at, late, body) values (?, ?, ?, ?, ?, ?, ?)",
            # In the order of the index: rows from everywhere in it would touch nearly every page of it.
            sorted([(*each.identity, each.journey, micros(each.at), each.late, each.body) for each in events]),
        )
        return added.rowcount

    def events_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, list[StoredEvent]]:
        found: dict[JourneyKey, list[StoredEvent]] = {}
        for chunk in _chunks(keys):
            for row in self._rows(
                "select store, source, id, journey, at, late, body "
                "from wanted cross join events using (store, journey)",
                "store, journey",
                chunk,
            ):
                found.setdefault((row[0], row[3]), []).append(stored(row))
        return found

    def surroundings_of(self, since: Mapping[str, datetime]) -> dict[str, list[StoredEvent]]:
        found: dict[str, list[StoredEvent]] = {}
        for store, earliest in since.items():
            rows = self.connection.execute(
                "select store, source, id, journey, at, late, body from events "
                "where store = ? and journey is null and at >= ?",
                (store, micros(earliest)),
            )
            found[store] = [stored(row) for row in rows.fetchall()]
        return found

    def journeys(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, JourneyRecord]:
        found: dict[JourneyKey, JourneyRecord] = {}
        for chunk in _chunks(keys):
            for row in self._rows(
                "select store, journey, version, closed_at, events, late_events, notices, deadline, on_track, at_risk, "
                "kept, broken, withdrawn, evaluated_events, news_from, put_off_at, settled "
                "from wanted cross join journeys using (store, journey)",
                "store, journey",
                chunk,
            ):
                found[row[0], row[1]] = _record(row)
        return found

    def save_journeys(self, records: Iterable[JourneyRecord]) -> None:
        self.connection.executemany(
            "insert into journeys (store, journey, version, closed_at, events, late_events, notices, deadline, "
            "on_track, at_risk, kept, broken, withdrawn, evaluated_events, news_from, put_off_at, settled) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            # To replace the row would take it out of all indexes and put it in again.
            "on conflict do update set version = excluded.version, closed_at = excluded.closed_at, "
            "events = excluded.events, late_events = excluded.late_events, notices = excluded.notices, "
            "deadline = excluded.deadline, on_track = excluded.on_track, at_risk = excluded.at_risk, "
            "kept = excluded.kept, broken = excluded.broken, withdrawn = excluded.withdrawn, "
            "evaluated_events = excluded.evaluated_events, news_from = excluded.news_from, "
            "put_off_at = excluded.put_off_at, settled = excluded.settled",
            [
                (
                    *each.key,
                    each.version,
                    micros_if_any(each.closed_at),
                    each.events,
                    each.late_events,
                    notices_text(each.notices),
                    micros_if_any(each.deadline),
                    each.promises.on_track,
                    each.promises.at_risk,
                    each.promises.kept,
                    each.promises.broken,
                    each.promises.withdrawn,
                    each.evaluated_events,
                    micros_if_any(each.news_from),
                    micros_if_any(each.put_off_at),
                    _settlements(each.settled),
                )
                for each in records
            ],
        )

    def settled_in(self, stores: Collection[str]) -> list[SettledOn]:
        return [
            (store, (area, name), date.fromisoformat(day), Settled(good, bad))
            for chunk in _chunks((store,) for store in stores)
            for store, area, name, day, good, bad in self._rows(
                "select store, area, name, day, good, bad from wanted cross join settled using (store)", "store", chunk
            )
        ]

    def add_settled(self, settled: Sequence[SettledOn]) -> None:
        self.connection.executemany(
            "insert into settled (store, area, name, day, good, bad) values (?, ?, ?, ?, ?, ?) "
            "on conflict do update set good = good + excluded.good, bad = bad + excluded.bad",
            [(store, *subject, day.isoformat(), *counted) for store, subject, day, counted in settled],
        )

    def journeys_since(self, store: str, since: datetime) -> list[JourneyKey]:
        rows = self.connection.execute(
            "select store, journey from journeys "
            "where (store = ?1 or ?1 = '*') and (closed_at is null or closed_at >= ?2)",
            (store, micros(since)),
        )
        return [(row[0], row[1]) for row in rows.fetchall()]

    def due(self, now: datetime, limit: int) -> list[JourneyKey]:
        rows = self.connection.execute(
            "select store, journey from journeys where deadline <= ? order by deadline limit ?", (micros(now), limit)
        )
        return [(row[0], row[1]) for row in rows.fetchall()]

    def next_deadline(self) -> datetime | None:
        earliest = self.connection.execute("select min(deadline) from journeys where deadline is not null").fetchone()
        deadlines = (instant_if_any(earliest[0]), self.next_store_deadline())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def add_concept(self, concept: PublishedConcept) -> None:
        self.connection.execute(
            "insert into concepts (store, held_from, document) values (?, ?, ?)",
            (concept.store, micros(concept.from_), json.dumps(concept.document)),
        )

    def count_concepts(self) -> int:
        return int(self.connection.execute("select count(*) from concepts").fetchone()[0])

    def concepts(self) -> list[PublishedConcept]:
        rows = self.connection.execute("select store, held_from, document from concepts order by rowid")
        return [
            PublishedConcept(store=store, from_=instant(held_from), document=json.loads(document))
            for store, held_from, document in rows.fetchall()
        ]

    def _rows(self, query: str, columns: str, keys: Sequence[tuple[str, ...]]) -> sqlite3.Cursor:
        """Run a query that finds the rows of `keys`, which stand in the table `wanted` with these columns.

        It has to be a cross join, which looks each key up; `where (store, journey) in (values ...)` reads the table.
        """
        one = "(" + ", ".join("?" * len(keys[0])) + ")"
        values = ", ".join([one] * len(keys))
        return self.connection.execute(
            f"with wanted ({columns}) as (values {values}) {query}", [part for key in keys for part in key]
        )


def _record(row: tuple[Any, ...]) -> JourneyRecord:
    return JourneyRecord(
        key=(row[0], row[1]),
        version=row[2],
        closed_at=instant_if_any(row[3]),
        events=row[4],
        evaluated_events=row[13],
        news_from=instant_if_any(row[14]),
        put_off_at=instant_if_any(row[15]),
        late_events=row[5],
        notices=notices_from(row[6]),
        deadline=instant_if_any(row[7]),
        settled=()
        if row[16] == NOTHING_SETTLED
        else tuple(
            Settlement((area, name), date.fromisoformat(day), good) for area, name, day, good in json.loads(row[16])
        ),
        promises=PromiseTally(*row[8:13]) if any(row[8:13]) else NO_PROMISES,
    )


def _settlement(area: str, name: str, day: str, good: bool) -> Settlement:  # noqa: FBT001  # as it stands in the row
    return Settlement((area, name), date.fromisoformat(day), good)


def _settlements(settled: Sequence[Settlement]) -> str:
    if not settled:
        return NOTHING_SETTLED
    return json.dumps([(*each.subject, each.day.isoformat(), each.good) for each in settled])


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, KEYS_PER_QUERY)):
        yield chunk
