"""The deliveries in the database: what is to be told through which channel, and how far that has come."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update, and_, exists, func, literal_column, select, update

from services.alerts.adapters.instants import instant_or_none, micros
from services.alerts.adapters.tables import DELIVERIES
from services.alerts.ports import Delivery
from services.chassis.rows import Rows

_EARLIER = DELIVERIES.alias("earlier")
_PENDING = DELIVERIES.c.state == literal_column("'pending'")
"""As the indexes have it: what is bound is not known to be this."""
_FIRST_OF_ITS_ALERT = ~exists().where(
    _EARLIER.c.alert_id == DELIVERIES.c.alert_id,
    _EARLIER.c.channel == DELIVERIES.c.channel,
    _EARLIER.c.state == literal_column("'pending'"),
    _EARLIER.c.step < DELIVERIES.c.step,
)
"""Of each alert the earliest step that has not gone out: a resolution never overtakes its opening."""
_DELIVERY = [
    DELIVERIES.c[name]
    for name in ("delivery_id", "alert_id", "step", "channel", "body", "asked_at", "attempts", "first_tried_at")
]


class StoredDeliveries:
    """The part of a transaction that is about deliveries. Times are those of the network, not of the handed clock."""

    rows: Rows

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        self.rows.keep(
            DELIVERIES,
            [
                (
                    each.delivery_id,
                    each.alert_id,
                    each.step,
                    each.channel,
                    each.body,
                    micros(each.asked_at),
                    "pending",
                    0,
                    0,
                    None,
                )
                for each in deliveries
            ],
        )

    def due_deliveries(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        due = and_(DELIVERIES.c.channel == channel, _PENDING, _FIRST_OF_ITS_ALERT, DELIVERIES.c.next_at <= micros(now))
        order = (DELIVERIES.c.next_at, DELIVERIES.c.step, DELIVERIES.c.delivery_id)
        return [_delivery(row) for row in self.rows.all(select(*_DELIVERY).where(due).order_by(*order).limit(limit))]

    def claim(self, deliveries: Sequence[Delivery], *, now: datetime, until: datetime) -> list[Delivery]:
        if not self.rows.shared or not deliveries:
            return list(deliveries)
        still_due = and_(
            DELIVERIES.c.delivery_id.in_([each.delivery_id for each in deliveries]),
            _PENDING,
            DELIVERIES.c.next_at <= micros(now),
        )
        claiming = update(DELIVERIES).where(still_due).values(next_at=micros(until))
        ours = {row[0] for row in self.rows.connection.execute(claiming.returning(DELIVERIES.c.delivery_id))}
        return [each for each in deliveries if each.delivery_id in ours]

    def next_delivery_at(self, channel: str, *, after: datetime) -> datetime | None:
        later = and_(
            DELIVERIES.c.channel == channel, _PENDING, _FIRST_OF_ITS_ALERT, DELIVERIES.c.next_at > micros(after)
        )
        return instant_or_none(self.rows.value(select(func.min(DELIVERIES.c.next_at)).where(later)))

    def count_waiting(self, channel: str) -> int:
        waiting = and_(DELIVERIES.c.channel == channel, _PENDING)
        return int(self.rows.value(select(func.count()).select_from(DELIVERIES).where(waiting)))

    def delivered(self, delivery_id: str) -> None:
        self.rows.change(_of(delivery_id).values(state="sent", attempts=DELIVERIES.c.attempts + 1))

    def try_again(self, delivery_id: str, *, tried_at: datetime, next_at: datetime) -> None:
        self.rows.change(
            _of(delivery_id).values(
                attempts=DELIVERIES.c.attempts + 1,
                next_at=micros(next_at),
                first_tried_at=func.coalesce(DELIVERIES.c.first_tried_at, micros(tried_at)),
            )
        )

    def give_up(self, delivery_id: str) -> None:
        self.rows.change(_of(delivery_id).values(state="failed", attempts=DELIVERIES.c.attempts + 1))

    def give_up_all(self, channel: str) -> int:
        waiting = and_(DELIVERIES.c.channel == channel, _PENDING)
        return self.rows.change(update(DELIVERIES).where(waiting).values(state="failed"))


def _of(delivery_id: str) -> Update:
    return update(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id)


def _delivery(row: Sequence[Any]) -> Delivery:
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
