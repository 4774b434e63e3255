"""The store of the experience service in a database. Implements `ports.Transaction`."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from services.chassis.rows import Rows, Values
from services.chassis.store import Unavailable
from services.chassis.stored_bookkeeping import StoredBookkeeping
from services.experience.adapters.database_stores import StoredStores
from services.experience.adapters.database_values import (
    EVENT,
    instant,
    instant_if_any,
    micros,
    micros_if_any,
    notices_from,
    notices_text,
    stored,
)
from services.experience.adapters.tables import CONCEPTS, EPOCH, EVENTS, JOURNEYS, SETTLED
from services.experience.domain.lineage import EVERY_STORE
from services.experience.domain.tally import NO_PROMISES, PromiseTally
from services.experience.domain.track_record import Settled, Settlement
from services.experience.ports import (
    Identity,
    JourneyKey,
    JourneyRecord,
    PublishedConcept,
    SettledOn,
    StoredEvent,
)

MIGRATIONS = "services.experience.adapters.migrations"
NOTHING_SETTLED = "[]"

_EPOCH = select(EPOCH.c.epoch)
_SURROUNDINGS = select(*(EVENTS.c[name] for name in EVENT)).where(
    EVENTS.c.store == bindparam("store"), EVENTS.c.journey.is_(None), EVENTS.c.at >= bindparam("since")
)
"""Put together once: it is asked for each store of each batch."""


class StoredTransaction(StoredStores, StoredBookkeeping):
    """One transaction of the experience service."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._unheard_of: set[JourneyKey] = set()
        """Journeys that were asked for and not there: whoever keeps one of them begins it."""

    def epoch(self, now: datetime) -> datetime:
        if self.rows.first(_EPOCH) is None:
            self.rows.keep(EPOCH, [(1, micros(now))])  # another worker may just have done so: then it counts
        return instant(self.rows.value(_EPOCH))

    def hold_stores(self, stores: Collection[str], alone: Collection[str]) -> None:
        self.rows.lock(stores, alone)

    def add_events(self, events: Sequence[StoredEvent]) -> set[Identity]:
        rows = [(*each.identity, each.journey, micros(each.at), int(each.late), each.body) for each in events]
        added = self.rows.keep_new(EVENTS, ("store", "source", "id"), rows)
        return set() if added is None else {each.identity for each in events}.difference(added)

    def events_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, list[StoredEvent]]:
        found: dict[JourneyKey, list[StoredEvent]] = {}
        for row in self.rows.of(EVENTS, ("store", "journey"), keys, EVENT):
            found.setdefault((row[0], row[3]), []).append(stored(row))
        return found

    def surroundings_of(self, since: Mapping[str, datetime]) -> dict[str, list[StoredEvent]]:
        found: dict[str, list[StoredEvent]] = {}
        for store, earliest in since.items():
            rows = self.rows.all(_SURROUNDINGS, store=store, since=micros(earliest))
            found[store] = [stored(row) for row in rows]
        return found

    def journeys(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, JourneyRecord]:
        keys = list(keys)
        rows = self.rows.of(JOURNEYS, ("store", "journey"), keys, JOURNEYS.columns.keys(), lock=True)
        found = {(row[0], row[1]): _record(row) for row in rows}
        self._unheard_of.update(key for key in keys if key not in found)
        return found

    def save_journeys(self, records: Iterable[JourneyRecord]) -> None:
        begun: list[Values] = []
        known: list[Values] = []
        for each in records:
            (begun if each.key in self._unheard_of else known).append(_row(each))
            self._unheard_of.discard(each.key)
        if self.rows.keep(JOURNEYS, begun) != len(begun):  # their events were not seen
            raise Unavailable("another worker has begun the same journey in this moment")
        self.rows.put(JOURNEYS, known)

    def settled_in(self, stores: Collection[str]) -> list[SettledOn]:
        columns = ("store", "area", "name", "day", "good", "bad")
        return [
            (store, (area, name), date.fromisoformat(day), Settled(good, bad))
            for store, area, name, day, good, bad in self.rows.of(
                SETTLED, ("store",), [(store,) for store in stores], columns
            )
        ]

    def add_settled(self, settled: Sequence[SettledOn]) -> None:
        counted: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for store, subject, day, (good, bad) in settled:
            counts = counted[store, *subject, day.isoformat()]
            counts[0] += good
            counts[1] += bad
        self.rows.count_in(SETTLED, ("good", "bad"), [(*key, *counts) for key, counts in counted.items()])

    def journeys_since(self, store: str, since: datetime) -> list[JourneyKey]:
        found = select(JOURNEYS.c.store, JOURNEYS.c.journey).where(
            or_(JOURNEYS.c.closed_at.is_(None), JOURNEYS.c.closed_at >= micros(since))
        )
        if store != EVERY_STORE:
            found = found.where(JOURNEYS.c.store == store)
        return [(row[0], row[1]) for row in self.rows.all(found)]

    def due(self, now: datetime, limit: int) -> list[JourneyKey]:
        found = select(JOURNEYS.c.store, JOURNEYS.c.journey).where(JOURNEYS.c.deadline <= micros(now))
        first = (JOURNEYS.c.put_off_at.is_not(None), JOURNEYS.c.news_from.desc(), JOURNEYS.c.deadline)
        # What another worker looks at in this moment is left to it.
        rows = self.rows.all(found.order_by(*first).limit(limit).with_for_update(skip_locked=True))
        return [(row[0], row[1]) for row in rows]

    def next_deadline(self) -> datetime | None:
        found = select(func.min(JOURNEYS.c.deadline)).where(JOURNEYS.c.deadline.is_not(None))
        deadlines = (instant_if_any(self.rows.value(found)), self.next_store_deadline())
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def add_concept(self, concept: PublishedConcept) -> None:
        self.rows.append(CONCEPTS, [(concept.store, micros(concept.from_), json.dumps(concept.document))])

    def count_concepts(self) -> int:
        return int(self.rows.value(select(func.count()).select_from(CONCEPTS)))

    def concepts(self) -> list[PublishedConcept]:
        rows = self.rows.all(select(CONCEPTS).order_by(CONCEPTS.c.number))
        return [
            PublishedConcept(store=store, from_=instant(held_from), document=json.loads(document))
            for _, store, held_from, document in rows
        ]


def _record(row: Sequence[Any]) -> JourneyRecord:
    return JourneyRecord(
        key=(row[0], row[1]),
        version=row[2],
        closed_at=instant_if_any(row[3]),
        events=row[4],
        late_events=row[5],
        notices=notices_from(row[6]),
        deadline=instant_if_any(row[7]),
        promises=PromiseTally(*row[8:13]) if any(row[8:13]) else NO_PROMISES,
        evaluated_events=row[13],
        news_from=instant_if_any(row[14]),
        put_off_at=instant_if_any(row[15]),
        settled=()
        if row[16] == NOTHING_SETTLED
        else tuple(
            Settlement((area, name), date.fromisoformat(day), good) for area, name, day, good in json.loads(row[16])
        ),
    )


def _row(record: JourneyRecord) -> Values:
    return (
        *record.key,
        record.version,
        micros_if_any(record.closed_at),
        record.events,
        record.late_events,
        notices_text(record.notices),
        micros_if_any(record.deadline),
        record.promises.on_track,
        record.promises.at_risk,
        record.promises.kept,
        record.promises.broken,
        record.promises.withdrawn,
        record.evaluated_events,
        micros_if_any(record.news_from),
        micros_if_any(record.put_off_at),
        _settlements(record.settled),
    )


def _settlements(settled: Sequence[Settlement]) -> str:
    if not settled:
        return NOTHING_SETTLED
    return json.dumps([(*each.subject, each.day.isoformat(), each.good) for each in settled])
