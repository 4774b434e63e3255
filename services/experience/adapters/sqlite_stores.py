"""Stores as a whole in SQLite: how each stands, and which events of its journeys concern it."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.experience.adapters.sqlite_values import (
    instant_if_any,
    micros,
    micros_if_any,
    notices_from,
    notices_text,
    stored,
)
from services.experience.ports import Matter, StoredEvent, StoreRecord

STORES_SCHEMA = (
    """create table stores (
        store text primary key, version integer not null, known_from integer, news_from integer, put_off_at integer,
        notices text not null, neglect real not null, unread_by integer not null, deadline integer) without rowid""",
    "create index stores_by_deadline on stores (deadline) where deadline is not null",
    """create table matters (
        store text not null, matter text not null, at integer not null, source text not null, id text not null,
        primary key (store, matter, at, source, id)) without rowid""",
)

_COLUMNS = "store, version, known_from, news_from, put_off_at, notices, neglect, unread_by, deadline"
_EVENT = "e.store, e.source, e.id, e.journey, e.at, e.late, e.body"
_MATTERS = "matters as m cross join events as e on e.store = m.store and e.source = m.source and e.id = m.id"


class SqliteStores:
    """The part of a transaction that is about stores as a whole."""

    connection: sqlite3.Connection

    def stores(self, names: Iterable[str]) -> dict[str, StoreRecord]:
        found = {}
        for name in names:
            row = self.connection.execute(f"select {_COLUMNS} from stores where store = ?", (name,)).fetchone()
            if row is not None:
                found[name] = _record(row)
        return found

    def save_stores(self, records: Iterable[StoreRecord]) -> None:
        self.connection.executemany(
            f"insert or replace into stores ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    each.store,
                    each.version,
                    micros_if_any(each.known_from),
                    micros_if_any(each.news_from),
                    micros_if_any(each.put_off_at),
                    notices_text(each.notices),
                    each.neglect,
                    each.unread_by,
                    micros_if_any(each.deadline),
                )
                for each in records
            ],
        )

    def add_matters(self, matters: Iterable[Matter]) -> None:
        self.connection.executemany(
            "insert or ignore into matters (store, matter, at, source, id) values (?, ?, ?, ?, ?)",
            [(each.store, each.matter, micros(each.at), *each.identity[1:]) for each in matters],
        )

    def matters_of(self, store: str, *, slips_since: datetime, visits_since: datetime) -> list[StoredEvent]:
        slips = self.connection.execute(
            f"select {_EVENT} from {_MATTERS} where m.store = ? and m.matter = 'slip' and m.at >= ?",
            (store, micros(slips_since)),
        ).fetchall()
        visits = self.connection.execute(
            f"select {_EVENT} from (select distinct e.store, e.journey from {_MATTERS} "
            "where m.store = ? and m.matter = 'visit' and m.at >= ?) as visited "
            "cross join events as e on e.store = visited.store and e.journey = visited.journey",
            (store, micros(visits_since)),
        ).fetchall()
        readings = self.connection.execute(
            f"select {_EVENT} from {_MATTERS} where m.store = ? and m.matter = 'reading'", (store,)
        ).fetchall()
        # A problem in a visited journey is there twice; in order, each counts once.
        return [stored(row) for row in (*slips, *visits, *readings)]

    def due_stores(self, now: datetime, limit: int) -> list[str]:
        rows = self.connection.execute(
            "select store from stores where deadline <= ? order by deadline limit ?", (micros(now), limit)
        )
        return [row[0] for row in rows.fetchall()]

    def known_stores(self) -> list[str]:
        rows = self.connection.execute("select store from journeys union select store from stores order by store")
        return [row[0] for row in rows.fetchall()]

    def next_store_deadline(self) -> datetime | None:
        """The earliest deadline of a store."""
        earliest = self.connection.execute("select min(deadline) from stores where deadline is not null").fetchone()
        return instant_if_any(earliest[0])


def _record(row: tuple[Any, ...]) -> StoreRecord:
    return StoreRecord(
        store=row[0],
        version=row[1],
        known_from=instant_if_any(row[2]),
        news_from=instant_if_any(row[3]),
        put_off_at=instant_if_any(row[4]),
        notices=notices_from(row[5]),
        neglect=row[6],
        unread_by=row[7],
        deadline=instant_if_any(row[8]),
    )
