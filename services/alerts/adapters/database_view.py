"""What is shown of the store, of some stores or of all. Implements `ports.View`.

Which stores is part of every query: what was cut to a limit first and sorted out afterwards would leave alerts out.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, not_, null, select, true

from services.alerts.adapters.alert_rows import COLUMNS, alert_of
from services.alerts.adapters.database_record import PAST, past_of
from services.alerts.adapters.database_stores import notice_of, store_standing
from services.alerts.adapters.instants import instant, instant_or_none, micros
from services.alerts.adapters.tables import ALERTS, JOURNEYS, LEDGERS, NOTICES, STORES
from services.alerts.domain.account import Case
from services.alerts.domain.alert import JourneyStanding, State
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.domain.notice import Notice
from services.alerts.domain.record import Past
from services.alerts.domain.store import StoreStanding
from services.alerts.ports import OpenAlerts
from services.chassis.rows import Rows

ALERT = [ALERTS.c[name] for name in COLUMNS]
_OF_THE_JOURNEY = and_(JOURNEYS.c.store == ALERTS.c.store, JOURNEYS.c.journey == ALERTS.c.journey)
_OF_THE_STORE = and_(STORES.c.store == ALERTS.c.store, ALERTS.c.journey == "")
_LEDGER = and_(LEDGERS.c.store == ALERTS.c.store, LEDGERS.c.journey == ALERTS.c.journey)
_STANDING = [STORES.c.standing, *(each for each in JOURNEYS.columns if not each.primary_key)]
_WITH_STANDING = ALERTS.outerjoin(JOURNEYS, _OF_THE_JOURNEY).outerjoin(STORES, _OF_THE_STORE)
OPEN = ALERTS.c.state == literal_column("'open'")
"""As the index has it: what is bound is not known to be this."""
_CRITICAL = ALERTS.c.severity == "critical"
_MOST_URGENT_FIRST: tuple[ColumnElement[Any], ...] = (
    ALERTS.c.attended,
    # By the time that is left: none, where something has gone wrong and there is no later instant.
    not_(and_(_CRITICAL, ALERTS.c.until.is_(None))),
    ALERTS.c.until.is_(None),
    ALERTS.c.until,
    not_(_CRITICAL),
    ALERTS.c.opened_at,
    ALERTS.c.alert_id,
)
_LATEST_FIRST = (func.coalesce(ALERTS.c.closed_at, ALERTS.c.opened_at).desc(), ALERTS.c.alert_id)


class StoredView:
    """What there is to see of some stores, in one transaction."""

    def __init__(self, rows: Rows, stores: Collection[str] | None) -> None:
        """`stores`: those that may be seen; None: all."""
        self.rows = rows
        self._seen = None if stores is None else sorted(stores)

    def _of_these(self, store: ColumnElement[str]) -> ColumnElement[bool]:
        return true() if self._seen is None else store.in_(self._seen)

    def cases(self, state: State | None, limit: int) -> list[Case]:
        order = _MOST_URGENT_FIRST if state is State.OPEN else _LATEST_FIRST
        found = with_ledger().where(self._of_these(ALERTS.c.store)).order_by(*order).limit(limit)
        if state is not None:
            found = found.where(OPEN if state is State.OPEN else and_(not_(OPEN), ALERTS.c.state == state.value))
        return [case_of(row) for row in self.rows.all(found)]

    def open_lines(self, limit: int, *, after: int) -> list[Case]:
        found = _without_ledger().where(OPEN, self._of_these(ALERTS.c.store))
        ordered = found.order_by(*_MOST_URGENT_FIRST).limit(limit).offset(after)
        return [case_of(row) for row in self.rows.all(ordered)]

    def closed_cases(self, limit: int) -> list[Case]:
        found = _without_ledger().where(not_(OPEN), self._of_these(ALERTS.c.store))
        ordered = found.order_by(ALERTS.c.closed_at.desc(), ALERTS.c.alert_id).limit(limit)
        return [case_of(row) for row in self.rows.all(ordered)]

    def case(self, alert_id: str, *, lock: bool = False) -> Case | None:
        found = with_ledger().where(ALERTS.c.alert_id == alert_id, self._of_these(ALERTS.c.store))
        row = self.rows.first(found.with_for_update(of=ALERTS) if lock else found)
        return None if row is None else case_of(row)

    def open_alerts(self) -> dict[str, OpenAlerts]:
        figures = (func.count(), func.count() - func.sum(ALERTS.c.attended), func.min(ALERTS.c.opened_at))
        mine = and_(OPEN, self._of_these(ALERTS.c.store))
        found = select(ALERTS.c.severity, *figures).where(mine).group_by(ALERTS.c.severity)
        return {
            severity: OpenAlerts(count, unattended, instant(oldest_at))
            for severity, count, unattended, oldest_at in self.rows.all(found)
        }

    def count_watched(self) -> int:
        watched = and_(JOURNEYS.c.ended == literal_column("0"), JOURNEYS.c.replay == literal_column("0"))
        mine = and_(watched, self._of_these(JOURNEYS.c.store))
        return int(self.rows.value(select(func.count()).select_from(JOURNEYS).where(mine)))

    def store(self, name: str) -> StoreStanding | None:
        row = self.rows.first(select(STORES.c.standing).where(STORES.c.store == name, self._of_these(STORES.c.store)))
        return None if row is None else store_standing(row[0])

    def stores(self, limit: int) -> list[StoreStanding]:
        found = select(STORES.c.standing).where(self._of_these(STORES.c.store))
        found = found.order_by(STORES.c.neglect.desc(), STORES.c.store).limit(limit)
        return [store_standing(row[0]) for row in self.rows.all(found)]

    def notices(self, since: datetime, limit: int) -> list[Notice]:
        found = select(NOTICES).where(NOTICES.c.given_at >= micros(since), self._of_these(NOTICES.c.store))
        latest_first = found.order_by(NOTICES.c.given_at.desc(), NOTICES.c.notice_id).limit(limit)
        return [notice_of(row) for row in self.rows.all(latest_first)]

    def past(self, since: datetime) -> list[Past]:
        found = select(*PAST).where(ALERTS.c.opened_at >= micros(since), self._of_these(ALERTS.c.store))
        return [past_of(row) for row in self.rows.all(found)]


def with_ledger() -> Select[*tuple[Any, ...]]:
    """Alerts with how what they are about stands."""
    return select(*ALERT, *_STANDING, LEDGERS.c.ledger).select_from(_WITH_STANDING.outerjoin(LEDGERS, _LEDGER))


def _without_ledger() -> Select[*tuple[Any, ...]]:
    return select(*ALERT, *_STANDING, null()).select_from(_WITH_STANDING)


def case_of(row: Sequence[Any]) -> Case:
    """A row of these."""
    alert = alert_of(row[: len(COLUMNS)])
    of_store, version, ended, replay, kv, forecast, risk, adequate, as_of, epoch, ledger = row[len(COLUMNS) :]
    if of_store is not None:
        return Case(alert=alert, standing=store_standing(of_store))
    standing = JourneyStanding(
        store=alert.store,
        journey=alert.journey,
        version=version,
        epoch=epoch,
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
    # Ledgers that were kept before have no `at`.
    instants = {name: instant_or_none(fields.get(name)) for name in ("due", "at")}
    return LedgerEntry(**fields | instants)
