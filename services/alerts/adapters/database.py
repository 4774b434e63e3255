"""The store of the alert service in a database. Implements `ports.Transaction`."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, literal_column, or_, select, tuple_, update

from services.alerts.adapters.alert_rows import COLUMNS, alert_of, alert_row
from services.alerts.adapters.database_deliveries import StoredDeliveries
from services.alerts.adapters.database_stores import StoredStores
from services.alerts.adapters.database_users import StoredUsers
from services.alerts.adapters.database_view import ALERT, OPEN, StoredView, case_of, with_ledger
from services.alerts.adapters.instants import instant, instant_or_none, micros
from services.alerts.adapters.tables import ALERTS, HEARTBEAT, JOURNEYS, LEDGERS, ROTA_GAPS, STORES
from services.alerts.domain.account import Case
from services.alerts.domain.alert import Alert, Edition, JourneyStanding
from services.alerts.domain.gaps import Told as GapsTold
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.ports import CauseKey, JourneyKey
from services.chassis.rows import Rows
from services.chassis.stored_bookkeeping import StoredBookkeeping

MIGRATIONS = "services.alerts.adapters.migrations"

_KEY = ("store", "journey")


class StoredTransaction(StoredView, StoredStores, StoredUsers, StoredDeliveries, StoredBookkeeping):
    """One transaction of the alert service."""

    def __init__(self, rows: Rows) -> None:
        StoredView.__init__(self, rows, None)
        StoredBookkeeping.__init__(self, rows)

    def view(self, stores: Collection[str] | None) -> StoredView:
        return StoredView(self.rows, stores)

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
                (*key, json.dumps([asdict(entry) | _instants(entry) for entry in entries]))
                for key, entries in ledgers.items()
            ],
        )

    def save_alerts(self, alerts: Iterable[Alert]) -> None:
        self.rows.put(ALERTS, map(alert_row, alerts))

    def to_repeat(self, now: datetime, limit: int) -> list[Case]:
        due = with_ledger().where(ALERTS.c.repeat_at <= micros(now)).order_by(ALERTS.c.repeat_at).limit(limit)
        return [case_of(row) for row in self.rows.all(due.with_for_update(of=ALERTS, skip_locked=True))]

    def of_causes(self, causes: Collection[CauseKey], ended_since: datetime) -> dict[CauseKey, list[Alert]]:
        if not causes:
            return {}
        of_these = tuple_(ALERTS.c.store, ALERTS.c.cause).in_(list(causes))
        lately = or_(ALERTS.c.closed_at.is_(None), ALERTS.c.closed_at >= micros(ended_since))
        found: dict[CauseKey, list[Alert]] = {}
        for alert in map(alert_of, self.rows.all(select(*ALERT).where(of_these, lately))):
            found.setdefault((alert.store, alert.cause), []).append(alert)
        return found

    def look_again(self, alert_ids: Collection[str], at: datetime) -> None:
        later = or_(ALERTS.c.repeat_at.is_(None), ALERTS.c.repeat_at > micros(at))
        unattended = and_(ALERTS.c.alert_id.in_(list(alert_ids)), OPEN, ALERTS.c.attended == literal_column("0"))
        self.rows.change(update(ALERTS).where(unattended, later).values(repeat_at=micros(at)))

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


def _instants(entry: LedgerEntry) -> dict[str, int | None]:
    return {"due": micros(entry.due), "at": micros(entry.at)}
