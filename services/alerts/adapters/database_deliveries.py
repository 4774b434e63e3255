"""The deliveries in the database: what is to be told through which channel, and how far that has come."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Update, and_, case, exists, func, literal, literal_column, or_, select, true, update

from services.alerts.adapters.instants import instant, instant_or_none, micros
from services.alerts.adapters.tables import DELIVERIES
from services.alerts.delivery import FAIL_OVER_AFTER, FAIL_OVER_ATTEMPTS, Delivery, Undelivered, is_personal
from services.alerts.domain.pacing import Said
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
        *("pass_on_at", "next_at", "cause", "message_id", "taken"),
    )
]
_AT_ONCE = 0
"""The instant of what is due since it is there."""


class StoredDeliveries:
    """The part of a transaction that is about deliveries. Times are those of the network, not of the handed clock."""

    rows: Rows

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        self.rows.keep(DELIVERIES, map(_row, deliveries))

    def told_through(self, alert_ids: Collection[str]) -> dict[str, set[str]]:
        keys = [(each,) for each in alert_ids]
        found: dict[str, set[str]] = {}
        for alert_id, channel in self.rows.of(DELIVERIES, ("alert_id",), keys, ("alert_id", "channel")):
            found.setdefault(alert_id, set()).add(channel)
        return found

    def told_of(self, channel: str, alert_ids: Collection[str]) -> dict[str, bool]:
        keys, columns = [(each,) for each in alert_ids], ("alert_id", "channel", "state", "taken")
        found: dict[str, bool] = {}
        for alert_id, through, state, taken in self.rows.of(DELIVERIES, ("alert_id",), keys, columns):
            if through == channel and state == "sent":
                found[alert_id] = found.get(alert_id, False) or not taken
        return found

    def due_deliveries(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        due = and_(DELIVERIES.c.channel == channel, _WAITING, _FIRST_OF_ITS_ALERT, DELIVERIES.c.next_at <= micros(now))
        order = (DELIVERIES.c.next_at, DELIVERIES.c.step, DELIVERIES.c.delivery_id)
        return [_delivery(row) for row in self.rows.all(select(*_DELIVERY).where(due).order_by(*order).limit(limit))]

    def undelivered(self, channel: str, now: datetime, limit: int) -> Undelivered:
        waiting = and_(DELIVERIES.c.channel == channel, _WAITING)
        under_way = and_(waiting, DELIVERIES.c.state == "sending", DELIVERIES.c.next_at > micros(now))
        if self.rows.first(select(DELIVERIES.c.delivery_id).where(under_way).limit(1)) is not None:
            return Undelivered([], [])
        due = select(DELIVERIES.c.delivery_id).where(waiting, DELIVERIES.c.next_at <= micros(now)).limit(1)
        if self.rows.first(due) is None:
            return Undelivered([], [])
        ours = or_(DELIVERIES.c.state == "pending", DELIVERIES.c.next_at <= micros(now))
        order = (DELIVERIES.c.next_at, DELIVERIES.c.step, DELIVERIES.c.delivery_id)
        rows = self.rows.all(select(*_DELIVERY).where(waiting, ours).order_by(*order).limit(limit))
        found = [_delivery(row) for row in rows]
        fresh = [each for each in found if not each.message_id]
        return Undelivered(fresh, [each for each in found if each.message_id])

    def waiting_in(self) -> set[str]:
        return {row[0] for row in self.rows.all(select(DELIVERIES.c.channel).where(_WAITING).distinct())}

    def said(self, channel: str, since: datetime) -> list[Said]:
        lately = and_(
            DELIVERIES.c.channel == channel, DELIVERIES.c.sent_at.is_not(None), DELIVERIES.c.sent_at > micros(since)
        )
        columns = (DELIVERIES.c.message_id, DELIVERIES.c.sent_at, DELIVERIES.c.cause)
        return [
            Said(message_id=message_id, at=instant(at), cause=cause)
            for message_id, at, cause in self.rows.all(select(*columns).where(lately).distinct())
        ]

    def hold(self, until: Mapping[str, datetime]) -> None:
        by_instant: defaultdict[datetime, list[str]] = defaultdict(list)
        for delivery_id, instant_of_it in until.items():
            by_instant[instant_of_it].append(delivery_id)
        for later, ids in by_instant.items():
            held = update(DELIVERIES).where(DELIVERIES.c.delivery_id.in_(ids), _WAITING)
            passed_on = case(
                (DELIVERIES.c.pass_on_at.is_(None), None), else_=literal(micros(later + FAIL_OVER_AFTER), BigInteger)
            )
            self.rows.change(held.values(next_at=micros(later), pass_on_at=passed_on))

    def settle(self, delivery_ids: Collection[str]) -> None:
        if delivery_ids:
            these = DELIVERIES.c.delivery_id.in_(list(delivery_ids))
            self.rows.change(update(DELIVERIES).where(these, _WAITING).values(state="settled", pass_on_at=None))

    def claim(
        self, deliveries: Sequence[Delivery], *, now: datetime, until: datetime, message_id: str | None = None
    ) -> list[Delivery]:
        if not deliveries:
            return []
        still_ours = or_(
            DELIVERIES.c.next_at <= micros(now), *([DELIVERIES.c.state == "pending"] if message_id else [])
        )
        waiting = and_(DELIVERIES.c.delivery_id.in_([each.delivery_id for each in deliveries]), _WAITING, still_ours)
        taken = DELIVERIES.c.delivery_id.in_([each.delivery_id for each in deliveries if each.taken])
        claimed = {"message_id": message_id, "taken": case((taken, 1), else_=0)} if message_id else {}
        claiming = update(DELIVERIES).where(waiting).values(state="sending", next_at=micros(until), **claimed)
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
                due_at=(due_at := _due_at(each, to, now)),
                message_id=None,
                pass_on_at=max(due_at, now) + FAIL_OVER_AFTER,
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

    def delivered(self, delivery_id: str, *, at: datetime | None = None) -> None:
        arrived = {"state": "sent", "attempts": DELIVERIES.c.attempts + 1, "pass_on_at": None, "sent_at": micros(at)}
        self.rows.change(_of(delivery_id).values(**arrived))

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


def _due_at(each: Delivery, to: str, now: datetime) -> datetime:
    """When what is passed on is due: what calls nobody goes on waiting for company, where a person is told."""
    waits = is_personal(to) and each.message_id is None
    return each.due_at if waits and each.due_at is not None else now


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
        micros(each.due_at) or _AT_ONCE,
        micros(each.first_tried_at),
        micros(each.pass_on_at),
        each.cause,
        each.message_id,
        None,
        int(each.taken),
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
        due_at=instant_or_none(row[9] or None),
        cause=row[10],
        message_id=row[11],
        taken=bool(row[12]),
    )
