"""The store of the alert service in a database. Implements `ports.Transaction`."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, not_, null, or_, select, tuple_, update

from services.alerts.adapters.alert_rows import COLUMNS, alert_of, alert_row
from services.alerts.adapters.database_deliveries import StoredDeliveries
from services.alerts.adapters.database_stores import StoredStores, store_standing
from services.alerts.adapters.instants import instant, instant_or_none, micros
from services.alerts.adapters.tables import ALERTS, HEARTBEAT, JOURNEYS, LEDGERS, ROTA_GAPS, STORES
from services.alerts.domain.account import Case
from services.alerts.domain.alert import Alert, Edition, JourneyStanding, State
from services.alerts.domain.gaps import Told as GapsTold
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.ports import CauseKey, JourneyKey, OpenAlerts
from services.chassis.stored_bookkeeping import StoredBookkeeping

MIGRATIONS = "services.alerts.adapters.migrations"

_KEY = ("store", "journey")
_ALERT = [ALERTS.c[name] for name in COLUMNS]
_OF_THE_JOURNEY = and_(JOURNEYS.c.store == ALERTS.c.store, JOURNEYS.c.journey == ALERTS.c.journey)
_OF_THE_STORE = and_(STORES.c.store == ALERTS.c.store, ALERTS.c.journey == "")
_LEDGER = and_(LEDGERS.c.store == ALERTS.c.store, LEDGERS.c.journey == ALERTS.c.journey)
_STANDING = [STORES.c.standing, *(each for each in JOURNEYS.columns if not each.primary_key)]
_WITH_STANDING = ALERTS.outerjoin(JOURNEYS, _OF_THE_JOURNEY).outerjoin(STORES, _OF_THE_STORE)
_OPEN = ALERTS.c.state == literal_column("'open'")
"""As the index has it: what is bound is not known to be this."""
_MOST_URGENT_FIRST: tuple[ColumnElement[Any], ...] = (
    ALERTS.c.attended,
    ALERTS.c.severity != "critical",
    ALERTS.c.until.is_(None),
    ALERTS.c.until,
    ALERTS.c.opened_at,
    ALERTS.c.alert_id,
)
_LATEST_FIRST = (func.coalesce(ALERTS.c.closed_at, ALERTS.c.opened_at).desc(), ALERTS.c.alert_id)


class StoredTransaction(StoredStores, StoredDeliveries, StoredBookkeeping):
    """One transaction of the alert service."""

    def editions(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, Edition]:
        keys = list(keys)
        stores = [(store,) for store, journey in keys if not journey]
        edition = ("epoch", "version")
        of_journeys = self.rows.of(JOURNEYS, _KEY, keys, (*_KEY, *edition))
        of_stores = self.rows.of(STORES, ("store",), stores, ("store", *edition))
        return {(store, journey): (epoch, version) for store, journey, epoch, version in of_journeys} | {
            (store, ""): (epoch, version) for store, epoch, version in of_stores
        }

    def alerts_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, dict[str, Alert]]:
        found: dict[JourneyKey, dict[str, Alert]] = {}
        for alert in map(alert_of, self.rows.of(ALERTS, _KEY, keys, COLUMNS, lock=True)):
            found.setdefault((alert.store, alert.journey), {})[alert.line] = alert
        return found

    def save_journeys(self, standings: Iterable[JourneyStanding]) -> None:
        self.rows.put(
            JOURNEYS,
            [
                (
                    *each.key,
                    each.version,
                    int(each.ended),
                    int(each.replay),
                    float(each.kv),
                    float(each.forecast),
                    float(each.risk),
                    float(each.adequate),
                    micros(each.as_of),
                    each.epoch,
                )
                for each in standings
            ],
        )

    def save_ledgers(self, ledgers: Mapping[JourneyKey, tuple[LedgerEntry, ...]]) -> None:
        self.rows.put(
            LEDGERS,
            [
                (*key, json.dumps([asdict(entry) | {"due": micros(entry.due)} for entry in entries]))
                for key, entries in ledgers.items()
            ],
        )

    def save_alerts(self, alerts: Iterable[Alert]) -> None:
        self.rows.put(ALERTS, map(alert_row, alerts))

    def cases(self, state: State | None, limit: int) -> list[Case]:
        found = _with_ledger().order_by(*(_MOST_URGENT_FIRST if state is State.OPEN else _LATEST_FIRST)).limit(limit)
        if state is not None:
            found = found.where(_OPEN if state is State.OPEN else and_(not_(_OPEN), ALERTS.c.state == state.value))
        return [_case(row) for row in self.rows.all(found)]

    def closed_cases(self, limit: int) -> list[Case]:
        found = select(*_ALERT, *_STANDING, null()).select_from(_WITH_STANDING).where(not_(_OPEN))
        ordered = found.order_by(ALERTS.c.closed_at.desc(), ALERTS.c.alert_id).limit(limit)
        return [_case(row) for row in self.rows.all(ordered)]

    def case(self, alert_id: str, *, lock: bool = False) -> Case | None:
        found = _with_ledger().where(ALERTS.c.alert_id == alert_id)
        row = self.rows.first(found.with_for_update(of=ALERTS) if lock else found)
        return None if row is None else _case(row)

    def to_repeat(self, now: datetime, limit: int) -> list[Case]:
        due = _with_ledger().where(ALERTS.c.repeat_at <= micros(now)).order_by(ALERTS.c.repeat_at).limit(limit)
        return [_case(row) for row in self.rows.all(due.with_for_update(of=ALERTS, skip_locked=True))]

    def of_causes(self, causes: Collection[CauseKey], ended_since: datetime) -> dict[CauseKey, list[Alert]]:
        if not causes:
            return {}
        of_these = tuple_(ALERTS.c.store, ALERTS.c.cause).in_(list(causes))
        lately = or_(ALERTS.c.closed_at.is_(None), ALERTS.c.closed_at >= micros(ended_since))
        found: dict[CauseKey, list[Alert]] = {}
        for alert in map(alert_of, self.rows.all(select(*_ALERT).where(of_these, lately))):
            found.setdefault((alert.store, alert.cause), []).append(alert)
        return found

    def look_again(self, alert_ids: Collection[str], at: datetime) -> None:
        later = or_(ALERTS.c.repeat_at.is_(None), ALERTS.c.repeat_at > micros(at))
        unattended = and_(ALERTS.c.alert_id.in_(list(alert_ids)), _OPEN, ALERTS.c.attended == literal_column("0"))
        self.rows.change(update(ALERTS).where(unattended, later).values(repeat_at=micros(at)))

    def open_alerts(self) -> dict[str, OpenAlerts]:
        figures = (func.count(), func.count() - func.sum(ALERTS.c.attended), func.min(ALERTS.c.opened_at))
        found = select(ALERTS.c.severity, *figures).where(_OPEN).group_by(ALERTS.c.severity)
        return {
            severity: OpenAlerts(count, unattended, instant(oldest_at))
            for severity, count, unattended, oldest_at in self.rows.all(found)
        }

    def beat(self, now: datetime) -> None:
        self.rows.put(HEARTBEAT, [(1, micros(now))])

    def last_beat(self) -> datetime | None:
        row = self.rows.first(select(HEARTBEAT.c.heard_until))
        return None if row is None else instant(row[0])

    def told_of_gaps(self, rota: str) -> GapsTold:
        row = self.rows.first(select(ROTA_GAPS.c.told_at, ROTA_GAPS.c.gaps).where(ROTA_GAPS.c.rota == rota))
        if row is None:
            return GapsTold()
        return GapsTold(
            at=instant_or_none(row[0]),
            gaps=tuple((instant(begins), instant(ends)) for begins, ends in json.loads(row[1])),
        )

    def save_told_of_gaps(self, rota: str, told: GapsTold) -> None:
        gaps = json.dumps([(micros(begins), micros(ends)) for begins, ends in told.gaps])
        self.rows.put(ROTA_GAPS, [(rota, micros(told.at), gaps)])

    def count_watched(self) -> int:
        watched = and_(JOURNEYS.c.ended == literal_column("0"), JOURNEYS.c.replay == literal_column("0"))
        return int(self.rows.value(select(func.count()).select_from(JOURNEYS).where(watched)))


def _with_ledger() -> Select[*tuple[Any, ...]]:
    return select(*_ALERT, *_STANDING, LEDGERS.c.ledger).select_from(_WITH_STANDING.outerjoin(LEDGERS, _LEDGER))


def _case(row: Sequence[Any]) -> Case:
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
    return LedgerEntry(**fields | {"due": instant_or_none(fields["due"])})
