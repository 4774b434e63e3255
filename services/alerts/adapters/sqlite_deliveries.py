"""The deliveries in SQLite: what is to be told through which channel, and how far that has come."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.alerts.adapters.instants import instant_or_none, micros
from services.alerts.ports import Delivery

DELIVERIES_SCHEMA = (
    # Never emptied by a rebuild of the rest: it is what keeps a step from being told twice.
    """create table deliveries (
        delivery_id text primary key, alert_id text not null, step integer not null, channel text not null,
        body blob not null, asked_at integer, state text not null default 'pending',
        attempts integer not null default 0, next_at integer not null default 0,
        first_tried_at integer) without rowid""",
    "create index deliveries_pending on deliveries (channel, next_at) where state = 'pending'",
    "create index deliveries_in_order on deliveries (alert_id, channel, step) where state = 'pending'",
)

_WAITING = """from deliveries as this where channel = ? and state = 'pending' and not exists (
    select 1 from deliveries as earlier where earlier.alert_id = this.alert_id and earlier.channel = this.channel
    and earlier.state = 'pending' and earlier.step < this.step)"""
"""Of each alert the earliest step that has not gone out: a resolution never overtakes its opening."""


class SqliteDeliveries:
    """The part of a transaction that is about deliveries. Times are those of the network, not of the handed clock."""

    connection: sqlite3.Connection

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        self.connection.executemany(
            "insert or ignore into deliveries (delivery_id, alert_id, step, channel, body, asked_at) "
            "values (?, ?, ?, ?, ?, ?)",
            [
                (each.delivery_id, each.alert_id, each.step, each.channel, each.body, micros(each.asked_at))
                for each in deliveries
            ],
        )

    def due_deliveries(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        rows = self.connection.execute(
            f"select delivery_id, alert_id, step, channel, body, asked_at, attempts, first_tried_at {_WAITING} "
            "and next_at <= ? order by next_at, step, delivery_id limit ?",
            (channel, micros(now), limit),
        )
        return [_delivery(row) for row in rows.fetchall()]

    def next_delivery_at(self, channel: str, *, after: datetime) -> datetime | None:
        earliest = self.connection.execute(
            f"select min(next_at) {_WAITING} and next_at > ?", (channel, micros(after))
        ).fetchone()
        return instant_or_none(earliest[0])

    def count_waiting(self, channel: str) -> int:
        found = self.connection.execute(
            "select count(*) from deliveries where channel = ? and state = 'pending'", (channel,)
        )
        return int(found.fetchone()[0])

    def delivered(self, delivery_id: str) -> None:
        self.connection.execute(
            "update deliveries set state = 'sent', attempts = attempts + 1 where delivery_id = ?", (delivery_id,)
        )

    def try_again(self, delivery_id: str, *, tried_at: datetime, next_at: datetime) -> None:
        self.connection.execute(
            "update deliveries set attempts = attempts + 1, next_at = ?, "
            "first_tried_at = coalesce(first_tried_at, ?) where delivery_id = ?",
            (micros(next_at), micros(tried_at), delivery_id),
        )

    def give_up(self, delivery_id: str) -> None:
        self.connection.execute(
            "update deliveries set state = 'failed', attempts = attempts + 1 where delivery_id = ?", (delivery_id,)
        )

    def give_up_all(self, channel: str) -> int:
        return self.connection.execute(
            "update deliveries set state = 'failed' where channel = ? and state = 'pending'", (channel,)
        ).rowcount


def _delivery(row: tuple[Any, ...]) -> Delivery:
    return Delivery(
        delivery_id=row[0],
        alert_id=row[1],
        step=row[2],
        channel=row[3],
        body=row[4],
        asked_at=instant_or_none(row[5]),
        attempts=row[6],
        first_tried_at=instant_or_none(row[7]),
    )
