"""How stores as a whole stand, and good news, in SQLite."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from services.alerts.adapters.instants import instant, micros
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.store import StoreStanding
from services.alerts.ports import JourneyKey

STORES_SCHEMA = (
    """create table stores (
        store text primary key, version integer not null, neglect real not null, standing text not null)
        without rowid""",
    """create table notices (
        store text not null, journey text not null, notice_id text not null, line text not null,
        touchpoint text not null, headline text not null, since integer not null, kv real not null,
        given_at integer not null, primary key (store, journey)) without rowid""",
    "create index notices_latest on notices (given_at)",
)

_STANDING = TypeAdapter(StoreStanding)
_NOTICE = "store, journey, notice_id, line, touchpoint, headline, since, kv, given_at"


class SqliteStores:
    """The part of a transaction that is about stores as a whole, and about good news."""

    connection: sqlite3.Connection

    def save_stores(self, standings: Iterable[StoreStanding]) -> None:
        self.connection.executemany(
            "insert or replace into stores (store, version, neglect, standing) values (?, ?, ?, ?)",
            [(each.store, each.version, each.neglect, _STANDING.dump_json(each).decode()) for each in standings],
        )

    def store(self, name: str) -> StoreStanding | None:
        row = self.connection.execute("select standing from stores where store = ?", (name,)).fetchone()
        return None if row is None else store_standing(row[0])

    def stores(self, limit: int) -> list[StoreStanding]:
        rows = self.connection.execute("select standing from stores order by neglect desc, store limit ?", (limit,))
        return [store_standing(row[0]) for row in rows.fetchall()]

    def noticed(self, keys: Iterable[JourneyKey]) -> set[JourneyKey]:
        rows = self.connection.execute(
            "select n.store, n.journey from json_each(?) as wanted join notices as n "
            "on n.store = json_extract(wanted.value, '$[0]') and n.journey = json_extract(wanted.value, '$[1]')",
            (json.dumps(list(keys)),),
        )
        return {(store, journey) for store, journey in rows.fetchall()}

    def save_notices(self, notices: Iterable[Notice]) -> None:
        self.connection.executemany(
            f"insert or ignore into notices ({_NOTICE}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    each.store,
                    each.journey,
                    each.notice_id,
                    each.news.line,
                    each.news.touchpoint,
                    each.news.headline,
                    micros(each.news.since),
                    each.kv,
                    micros(each.given_at),
                )
                for each in notices
            ],
        )

    def notices(self, since: datetime, limit: int) -> list[Notice]:
        rows = self.connection.execute(
            f"select {_NOTICE} from notices where given_at >= ? order by given_at desc, notice_id limit ?",
            (micros(since), limit),
        )
        return [_notice(row) for row in rows.fetchall()]


def store_standing(text: str) -> StoreStanding:
    """The standing that a row holds."""
    return _STANDING.validate_json(text)


def _notice(row: tuple[Any, ...]) -> Notice:
    store, journey, _, line, touchpoint, headline, since, kv, given_at = row
    news = GoodNews(line=line, touchpoint=touchpoint, headline=headline, since=instant(since))
    return Notice(store=store, journey=journey, news=news, kv=kv, given_at=instant(given_at))
