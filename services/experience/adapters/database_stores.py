"""Stores as a whole in a database: how each stands, and which events of its journeys concern it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from services.chassis.rows import Rows
from services.experience.adapters.database_values import (
    EVENT,
    instant_if_any,
    micros,
    micros_if_any,
    notices_from,
    notices_text,
    stored,
)
from services.experience.adapters.tables import EVENTS, JOURNEYS, MATTERS, STORES
from services.experience.ports import Matter, StoredEvent, StoreRecord

_EVENT = [EVENTS.c[name] for name in EVENT]
_OF_THE_MATTER = and_(
    EVENTS.c.store == MATTERS.c.store, EVENTS.c.source == MATTERS.c.source, EVENTS.c.id == MATTERS.c.id
)


class StoredStores:
    """The part of a transaction that is about stores as a whole."""

    rows: Rows

    def stores(self, names: Iterable[str]) -> dict[str, StoreRecord]:
        found = self.rows.of(STORES, ("store",), [(name,) for name in names], STORES.columns.keys(), lock=True)
        return {row[0]: _record(row) for row in found}

    def save_stores(self, records: Iterable[StoreRecord]) -> None:
        self.rows.put(
            STORES,
            [
                (
                    each.store,
                    each.version,
                    micros_if_any(each.known_from),
                    micros_if_any(each.news_from),
                    micros_if_any(each.put_off_at),
                    notices_text(each.notices),
                    float(each.neglect),
                    each.unread_by,
                    micros_if_any(each.deadline),
                )
                for each in records
            ],
        )

    def add_matters(self, matters: Iterable[Matter]) -> None:
        self.rows.keep(MATTERS, [(each.store, each.matter, micros(each.at), *each.identity[1:]) for each in matters])

    def matters_of(self, store: str, *, slips_since: datetime, visits_since: datetime) -> list[StoredEvent]:
        slips = self.rows.all(_matters(*_EVENT).where(_is(store, "slip"), MATTERS.c.at >= micros(slips_since)))
        visited = (
            _matters(EVENTS.c.store, EVENTS.c.journey)
            .where(_is(store, "visit"), MATTERS.c.at >= micros(visits_since))
            .distinct()
            .subquery("visited")
        )
        of_the_visit = and_(EVENTS.c.store == visited.c.store, EVENTS.c.journey == visited.c.journey)
        visits = self.rows.all(select(*_EVENT).select_from(visited.join(EVENTS, of_the_visit)))
        readings = self.rows.all(_matters(*_EVENT).where(_is(store, "reading")))
        # A problem in a visited journey is there twice; in order, each counts once.
        return [stored(row) for row in (*slips, *visits, *readings)]

    def due_stores(self, now: datetime, limit: int) -> list[str]:
        found = select(STORES.c.store).where(STORES.c.deadline <= micros(now))
        rows = self.rows.all(found.order_by(STORES.c.deadline).limit(limit).with_for_update(skip_locked=True))
        return [row[0] for row in rows]

    def known_stores(self) -> list[str]:
        found = select(JOURNEYS.c.store).union(select(STORES.c.store))
        return sorted(row[0] for row in self.rows.all(found))

    def next_store_deadline(self) -> datetime | None:
        """The earliest deadline of a store."""
        return instant_if_any(
            self.rows.value(select(func.min(STORES.c.deadline)).where(STORES.c.deadline.is_not(None)))
        )


def _matters(*columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(*columns).select_from(MATTERS.join(EVENTS, _OF_THE_MATTER))


def _is(store: str, matter: str) -> ColumnElement[bool]:
    return and_(MATTERS.c.store == store, MATTERS.c.matter == matter)


def _record(row: Sequence[Any]) -> StoreRecord:
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
