"""The store of the alert service in SQLite. Implements `ports.Transaction`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.alerts.adapters.instants import instant, instant_or_none, micros
from services.alerts.adapters.sqlite_deliveries import DELIVERIES_SCHEMA, SqliteDeliveries
from services.alerts.adapters.sqlite_stores import STORES_SCHEMA, SqliteStores, store_standing
from services.alerts.domain.account import Case
from services.alerts.domain.alert import Alert, Finding, Grade, JourneyStanding, State
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.ports import JourneyKey
from services.chassis.sqlite import SqliteBookkeeping

SCHEMA = (
    """create table journeys (
        store text not null, journey text not null, version integer not null, ended integer not null,
        replay integer not null, kv real not null, forecast real not null, risk real not null, adequate real not null,
        as_of integer not null, primary key (store, journey)) without rowid""",
    "create index journeys_watched on journeys (ended) where ended = 0 and replay = 0",
    # Apart from the journeys: only those that somebody was alerted to are shown.
    """create table ledgers (
        store text not null, journey text not null, ledger text not null, primary key (store, journey))""",
    """create table alerts (
        alert_id text not null unique, store text not null, journey text not null, line text not null,
        state text not null, grade text, severity text not null, until integer, finding text not null,
        opened_at integer not null, escalated_at integer, closed_at integer, steps integer not null,
        version integer not null, primary key (store, journey, line))""",
    "create index alerts_open on alerts (severity, opened_at) where state = 'open'",
    "create index alerts_closed on alerts (closed_at) where state <> 'open'",
    *STORES_SCHEMA,
    *DELIVERIES_SCHEMA,
)
"""Instants are microseconds since 1970."""

_ALERT = """a.store, a.journey, a.line, a.state, a.grade, a.severity, a.until, a.finding, a.opened_at, a.escalated_at,
    a.closed_at, a.steps, a.version"""
_ALERT_FIELDS = 13
_STANDING = "s.standing, j.version, j.ended, j.replay, j.kv, j.forecast, j.risk, j.adequate, j.as_of"
_WITH_STANDING = """alerts as a left join journeys as j on j.store = a.store and j.journey = a.journey
    left join stores as s on s.store = a.store and a.journey = ''"""
_WITH_LEDGER = f"{_WITH_STANDING} left join ledgers as l on l.store = a.store and l.journey = a.journey"
_MOST_URGENT_FIRST = "a.severity <> 'critical', a.until is null, a.until, a.opened_at, a.alert_id"
_LATEST_FIRST = "coalesce(a.closed_at, a.opened_at) desc, a.alert_id"


class SqliteTransaction(SqliteStores, SqliteDeliveries, SqliteBookkeeping):
    """One transaction of the alert service."""

    def versions(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, int]:
        wanted = _keys(keys)
        rows = self.connection.execute(
            f"select j.store, j.journey, j.version from {_wanted('journeys', 'j')} union all "
            "select s.store, '', s.version from json_each(?) as wanted join stores as s "
            "on s.store = json_extract(wanted.value, '$[0]') where json_extract(wanted.value, '$[1]') = ''",
            (wanted, wanted),
        )
        return {(store, journey): version for store, journey, version in rows.fetchall()}

    def alerts_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, dict[str, Alert]]:
        found: dict[JourneyKey, dict[str, Alert]] = {}
        rows = self.connection.execute(f"select {_ALERT} from {_wanted('alerts', 'a')}", (_keys(keys),))
        for alert in map(_alert, rows.fetchall()):
            found.setdefault((alert.store, alert.journey), {})[alert.line] = alert
        return found

    def save_journeys(self, standings: Iterable[JourneyStanding]) -> None:
        self.connection.executemany(
            "insert or replace into journeys (store, journey, version, ended, replay, kv, forecast, risk, adequate, "
            "as_of) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *each.key,
                    each.version,
                    each.ended,
                    each.replay,
                    each.kv,
                    each.forecast,
                    each.risk,
                    each.adequate,
                    micros(each.as_of),
                )
                for each in standings
            ],
        )

    def save_ledgers(self, ledgers: Mapping[JourneyKey, tuple[LedgerEntry, ...]]) -> None:
        self.connection.executemany(
            "insert or replace into ledgers (store, journey, ledger) values (?, ?, ?)",
            [
                (*key, json.dumps([asdict(entry) | {"due": micros(entry.due)} for entry in entries]))
                for key, entries in ledgers.items()
            ],
        )

    def save_alerts(self, alerts: Iterable[Alert]) -> None:
        self.connection.executemany(
            "insert or replace into alerts (alert_id, store, journey, line, state, grade, severity, until, finding, "
            "opened_at, escalated_at, closed_at, steps, version) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(each) for each in alerts],
        )

    def cases(self, state: State | None, limit: int) -> list[Case]:
        which = "" if state is None else f"where a.state = '{state.value}'"
        order = _MOST_URGENT_FIRST if state is State.OPEN else _LATEST_FIRST
        rows = self.connection.execute(
            f"select {_ALERT}, {_STANDING}, l.ledger from {_WITH_LEDGER} {which} order by {order} limit ?", (limit,)
        )
        return [_case(row) for row in rows.fetchall()]

    def closed_cases(self, limit: int) -> list[Case]:
        rows = self.connection.execute(
            f"select {_ALERT}, {_STANDING}, null from {_WITH_STANDING} where a.state <> 'open' "
            "order by a.closed_at desc, a.alert_id limit ?",
            (limit,),
        )
        return [_case(row) for row in rows.fetchall()]

    def case(self, alert_id: str) -> Case | None:
        row = self.connection.execute(
            f"select {_ALERT}, {_STANDING}, l.ledger from {_WITH_LEDGER} where a.alert_id = ?", (alert_id,)
        ).fetchone()
        return None if row is None else _case(row)

    def count_open(self) -> dict[str, int]:
        rows = self.connection.execute("select severity, count(*) from alerts where state = 'open' group by severity")
        return dict(rows.fetchall())

    def oldest_open(self) -> dict[str, datetime]:
        rows = self.connection.execute(
            "select severity, min(opened_at) from alerts where state = 'open' group by severity"
        )
        return {severity: instant(opened_at) for severity, opened_at in rows.fetchall()}

    def count_watched(self) -> int:
        found = self.connection.execute("select count(*) from journeys where ended = 0 and replay = 0")
        return int(found.fetchone()[0])


def _wanted(table: str, name: str) -> str:
    """All rows of a table that belong to journeys of one JSON parameter: one query, however many there are."""
    return (
        f"json_each(?) as wanted join {table} as {name} on {name}.store = json_extract(wanted.value, '$[0]') "
        f"and {name}.journey = json_extract(wanted.value, '$[1]')"
    )


def _keys(keys: Iterable[JourneyKey]) -> str:
    return json.dumps(list(keys))


def _row(alert: Alert) -> tuple[Any, ...]:
    finding = alert.finding
    words = {"reason": finding.reason, "headline": finding.headline, "remedy": finding.remedy, "call": finding.call}
    return (
        alert.alert_id,
        alert.store,
        alert.journey,
        alert.line,
        alert.state,
        alert.grade,
        finding.severity,
        micros(finding.until),
        json.dumps(words),
        micros(alert.opened_at),
        micros(alert.escalated_at),
        micros(alert.closed_at),
        alert.steps,
        alert.version,
    )


def _alert(row: tuple[Any, ...]) -> Alert:
    store, journey, line, state, grade, severity, until, words, opened_at, escalated_at, closed_at, steps, version = row
    return Alert(
        store=store,
        journey=journey,
        finding=Finding(line=line, severity=severity, until=instant_or_none(until), **json.loads(words)),
        state=State(state),
        grade=None if grade is None else Grade(grade),
        opened_at=instant(opened_at),
        escalated_at=instant_or_none(escalated_at),
        closed_at=instant_or_none(closed_at),
        steps=steps,
        version=version,
    )


def _case(row: tuple[Any, ...]) -> Case:
    alert = _alert(row[:_ALERT_FIELDS])
    of_store, version, ended, replay, kv, forecast, risk, adequate, as_of, ledger = row[_ALERT_FIELDS:]
    if of_store is not None:
        return Case(alert=alert, standing=store_standing(of_store))
    standing = JourneyStanding(
        store=alert.store,
        journey=alert.journey,
        version=version,
        ended=bool(ended),
        replay=bool(replay),
        kv=kv,
        forecast=forecast,
        risk=risk,
        adequate=adequate,
        as_of=instant(as_of),
    )
    return Case(alert=alert, standing=standing, ledger=tuple(map(_entry, json.loads(ledger or "[]"))))


def _entry(fields: dict[str, Any]) -> LedgerEntry:
    return LedgerEntry(**fields | {"due": instant_or_none(fields["due"])})
