"""The deliveries in the database: what is to be told through which channel, and how far that has come."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Update, and_, exists, func, literal_column, or_, select, true, update

from services.alerts.adapters.instants import instant_or_none, micros
from services.alerts.adapters.tables import DELIVERIES
from services.alerts.ports import FAIL_OVER_AFTER, FAIL_OVER_ATTEMPTS, Delivery
from services.chassis.rows import Rows

_EARLIER = DELIVERIES.alias("earlier")
_NEXT = DELIVERIES.alias("next")
_WAITING = DELIVERIES.c.state.in_([literal_column("'pending'"), literal_column("'sending'")])
"""As the index has it: what is bound is not known to be this."""
_FIRST_OF_ITS_ALERT = ~exists().where(
    _EARLIER.c.alert_id == DELIVERIES.c.alert_id,
    _EARLIER.c.channel == DELIVERIES.c.channel,
    _EARLIER.c.state.in_([literal_column("'pending'"), literal_column("'sending'")]),
    _EARLIER.c.step < DELIVERIES.c.step,
)
"""Of each alert the earliest step that has not gone out: a resolution never overtakes its opening."""
_DELIVERY = [
    DELIVERIES.c[name]
    for name in (
        *("delivery_id", "alert_id", "step", "channel", "body", "asked_at", "attempts", "first_tried_at"),
        "pass_on_at",
    )
]
_AT_ONCE = 0
"""The instant of what is due since it is there."""


class StoredDeliveries:
    """The part of a transaction that is about deliveries. Times are those of the network, not of the handed clock."""

    rows: Rows

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        self.rows.keep(DELIVERIES, map(_row, deliveries))

    def told_of(self, alert_ids: Collection[str]) -> set[str]:
        key = ("alert_id",)
        return {row[0] for row in self.rows.of(DELIVERIES, key, [(each,) for each in alert_ids], key)}

    def due_deliveries(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        due = and_(DELIVERIES.c.channel == channel, _WAITING, _FIRST_OF_ITS_ALERT, DELIVERIES.c.next_at <= micros(now))
        order = (DELIVERIES.c.next_at, DELIVERIES.c.step, DELIVERIES.c.delivery_id)
        return [_delivery(row) for row in self.rows.all(select(*_DELIVERY).where(due).order_by(*order).limit(limit))]

    def claim(self, deliveries: Sequence[Delivery], *, now: datetime, until: datetime) -> list[Delivery]:
        if not deliveries:
            return []
        still_due = and_(
            DELIVERIES.c.delivery_id.in_([each.delivery_id for each in deliveries]),
            _WAITING,
            DELIVERIES.c.next_at <= micros(now),
        )
        claiming = update(DELIVERIES).where(still_due).values(state="sending", next_at=micros(until))
        ours = {row[0] for row in self.rows.connection.execute(claiming.returning(DELIVERIES.c.delivery_id))}
        return [each for each in deliveries if each.delivery_id in ours]

    def take_back(self, channel: str) -> None:
        if not self.rows.shared:
            begun = and_(DELIVERIES.c.channel == channel, _WAITING, DELIVERIES.c.state == "sending")
            self.rows.change(update(DELIVERIES).where(begun).values(state="pending", next_at=_AT_ONCE))

    def pass_on(
        self, channel: str, to: str, *, now: datetime, arrived: Collection[str] = (), everything: bool = False
    ) -> int:
        was_told = exists().where(_NEXT.c.alert_id == DELIVERIES.c.alert_id, _NEXT.c.channel == to)
        overdue = or_(DELIVERIES.c.pass_on_at <= micros(now), DELIVERIES.c.attempts >= FAIL_OVER_ATTEMPTS)
        in_vain = [*([] if everything else [overdue]), *(DELIVERIES.c.delivery_id != each for each in arrived)]
        theirs = and_(
            DELIVERIES.c.channel == channel, DELIVERIES.c.pass_on_at.is_not(None), or_(and_(true(), *in_vain), was_told)
        )
        # Changed first: whoever notes at the same time that one of them has arrived waits until it is passed on.
        passed_on = update(DELIVERIES).where(theirs).values(pass_on_at=None).returning(*_DELIVERY)
        found = [_delivery(row) for row in self.rows.connection.execute(passed_on)]
        self.add_deliveries(
            replace(
                each,
                delivery_id=f"{each.alert_id}:{each.step}:{to}",
                channel=to,
                attempts=0,
                first_tried_at=None,
                pass_on_at=now + FAIL_OVER_AFTER,
            )
            for each in found
        )
        return len(found)

    def next_delivery_at(self, channel: str, *, after: datetime) -> datetime | None:
        later = and_(
            DELIVERIES.c.channel == channel, _WAITING, _FIRST_OF_ITS_ALERT, DELIVERIES.c.next_at > micros(after)
        )
        return instant_or_none(self.rows.value(select(func.min(DELIVERIES.c.next_at)).where(later)))

    def count_waiting(self, channel: str) -> int:
        waiting = and_(DELIVERIES.c.channel == channel, _WAITING)
        return int(self.rows.value(select(func.count()).select_from(DELIVERIES).where(waiting)))

    def delivered(self, delivery_id: str) -> None:
        self.rows.change(_of(delivery_id).values(state="sent", attempts=DELIVERIES.c.attempts + 1, pass_on_at=None))

    def try_again(self, delivery_id: str, *, tried_at: datetime, next_at: datetime) -> None:
        self.rows.change(
            _of(delivery_id)
            .where(_WAITING)
            .values(
                state="pending",
                attempts=DELIVERIES.c.attempts + 1,
                next_at=micros(next_at),
                first_tried_at=func.coalesce(DELIVERIES.c.first_tried_at, micros(tried_at)),
            )
        )

    def give_up(self, delivery_id: str) -> None:
        self.rows.change(_of(delivery_id).where(_WAITING).values(state="failed", pass_on_at=None))

    def give_up_all(self, channel: str) -> int:
        waiting = and_(DELIVERIES.c.channel == channel, _WAITING)
        return self.rows.change(update(DELIVERIES).where(waiting).values(state="failed", pass_on_at=None))


def _of(delivery_id: str) -> Update:
    return update(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id)


def _row(each: Delivery) -> tuple[Any, ...]:
    return (
        each.delivery_id,
        each.alert_id,
        each.step,
        each.channel,
        each.body,
        micros(each.asked_at),
        "pending",
        each.attempts,
        _AT_ONCE,
        micros(each.first_tried_at),
        micros(each.pass_on_at),
    )


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
        pass_on_at=instant_or_none(row[8]),
    )
