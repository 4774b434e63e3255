"""The store of the experience service in SQLite. Implements `ports.Transaction`."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from services.chassis.sqlite import SqliteBookkeeping
from services.experience.ports import Identity, JourneyKey, JourneyRecord, Notice, PublishedConcept, StoredEvent

SCHEMA = (
    """create table events (
        store text not null, source text not null, id text not null, journey text, at integer not null,
        late integer not null, body blob not null, primary key (store, source, id)) without rowid""",
    "create index events_by_journey on events (store, journey)",
    """create table journeys (
        store text not null, journey text not null, version integer not null, closed_at integer,
        events integer not null, late_events integer not null, notices text not null, deadline integer,
        primary key (store, journey)) without rowid""",
    "create index journeys_by_deadline on journeys (deadline) where deadline is not null",
    "create index journeys_by_end on journeys (store, closed_at)",
    "create index surroundings on events (store, at) where journey is null",
    """create table concepts (
        store text not null, held_from integer not null, document text not null)""",
)
"""Instants are microseconds since 1970: short, exact and in order."""

KEYS_PER_QUERY = 250
"""SQLite takes a limited number of parameters in one statement; three for each key stay well below it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Item = TypeVar("Item")


class SqliteTransaction(SqliteBookkeeping):
    """One transaction of the experience service."""

    def known(self, identities: Iterable[Identity]) -> set[Identity]:
        found: set[Identity] = set()
        for chunk in _chunks(identities):
            found.update(self._rows("select store, source, id from events where (store, source, id) in", chunk))
        return found

    def add_events(self, events: Iterable[StoredEvent]) -> None:
        self.connection.executemany(
            "insert into events (store, source, id, journey, at, late, body) values (?, ?, ?, ?, ?, ?, ?)",
            [(*each.identity, each.journey, micros(each.at), each.late, each.body) for each in events],
        )

    def events_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, list[StoredEvent]]:
        found: dict[JourneyKey, list[StoredEvent]] = {}
        for chunk in _chunks(keys):
            for row in self._rows(
                "select store, source, id, journey, at, late, body from events where (store, journey) in", chunk
            ):
                found.setdefault((row[0], row[3]), []).append(_stored(row))
        return found

    def surroundings_of(self, since: Mapping[str, datetime]) -> dict[str, list[StoredEvent]]:
        found: dict[str, list[StoredEvent]] = {}
        for store, earliest in since.items():
            rows = self.connection.execute(
                "select store, source, id, journey, at, late, body from events "
                "where store = ? and journey is null and at >= ?",
                (store, micros(earliest)),
            )
            found[store] = [_stored(row) for row in rows.fetchall()]
        return found

    def journeys(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, JourneyRecord]:
        found: dict[JourneyKey, JourneyRecord] = {}
        for chunk in _chunks(keys):
            for row in self._rows(
                "select store, journey, version, closed_at, events, late_events, notices, deadline from journeys "
                "where (store, journey) in",
                chunk,
            ):
                found[row[0], row[1]] = _record(row)
        return found

    def save_journeys(self, records: Iterable[JourneyRecord]) -> None:
        self.connection.executemany(
            "insert or replace into journeys "
            "(store, journey, version, closed_at, events, late_events, notices, deadline) "
            "values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *each.key,
                    each.version,
                    None if each.closed_at is None else micros(each.closed_at),
                    each.events,
                    each.late_events,
                    json.dumps({line: (micros(notice.since), notice.state) for line, notice in each.notices.items()}),
                    None if each.deadline is None else micros(each.deadline),
                )
                for each in records
            ],
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
        return None if earliest[0] is None else instant(earliest[0])

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

    def _rows(self, query: str, keys: Sequence[tuple[str, ...]]) -> sqlite3.Cursor:
        one = "(" + ", ".join("?" * len(keys[0])) + ")"
        values = ", ".join([one] * len(keys))
        return self.connection.execute(f"{query} (values {values})", [part for key in keys for part in key])


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The instant that so many microseconds since 1970 mean, in UTC."""
    return _EPOCH + at * _MICROSECOND


def _stored(row: tuple[Any, ...]) -> StoredEvent:
    return StoredEvent(
        identity=(row[0], row[1], row[2]), journey=row[3], at=instant(row[4]), late=bool(row[5]), body=row[6]
    )


def _record(row: tuple[Any, ...]) -> JourneyRecord:
    return JourneyRecord(
        key=(row[0], row[1]),
        version=row[2],
        closed_at=None if row[3] is None else instant(row[3]),
        events=row[4],
        late_events=row[5],
        notices={
            line: Notice(since=instant(since), state=state) for line, (since, state) in json.loads(row[6]).items()
        },
        deadline=None if row[7] is None else instant(row[7]),
    )


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, KEYS_PER_QUERY)):
        yield chunk
