"""The track records of the stores: read once in a while, and kept as journeys are settled."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from services.experience.domain.track_record import (
    EVERYWHERE,
    History,
    Settled,
    Settlement,
    Subject,
    TrackRecords,
    no_records,
)
from services.experience.ports import JourneyRecord, Transaction

READ_AGAIN = timedelta(minutes=10)
"""Other workers settle journeys of the same stores. What they settle counts from the next day on: no need to hurry."""

Changes = Iterable[tuple[JourneyRecord, JourneyRecord]]
"""Journeys as they stood and as they stand."""


class TrackRecordsHeld:
    """The histories of stores. What a transaction changed may be rolled back: `forget` must be called then."""

    def __init__(self) -> None:
        self._histories: dict[str, History] = {}
        self._read_at: dict[str, datetime] = {}

    def refresh(self, transaction: Transaction, stores: Iterable[str], *, now: datetime) -> None:
        """Read what was settled in these stores, unless that was done a short time ago."""
        stale = [
            store
            for store in {*stores, EVERYWHERE}
            if store not in self._read_at or not timedelta() <= now - self._read_at[store] < READ_AGAIN
        ]
        if not stale:
            return
        for store in stale:
            self._histories[store] = History()
            self._read_at[store] = now
        for store, subject, day, counted in transaction.settled_in(stale):
            self._histories[store].add(subject, day, counted)

    def met_by(self, record: JourneyRecord, *, replay: bool) -> TrackRecords:
        """What a journey meets of the records of its store, which `refresh` has read.

        History that is fed in again meets none: what was settled by then would depend on how far the reading has come.
        """
        if replay:
            return no_records
        store = self._histories[record.key[0]]
        return store.records(own=record.settled, everywhere=self._histories[EVERYWHERE])

    def note(self, transaction: Transaction, changes: Changes) -> None:
        """Keep what these journeys have settled, and take back what has turned out otherwise."""
        counted: Counter[tuple[str, Subject, date, bool]] = Counter()
        for before, after in changes:
            if before.settled != after.settled:
                counted.update(_keyed(after.key[0], after.settled))
                counted.subtract(_keyed(after.key[0], before.settled))
        added = []
        for (store, subject, day, good), count in counted.items():
            if count:
                settled = Settled(count, 0) if good else Settled(0, count)
                added.append((store, subject, day, settled))
                if store in self._histories:
                    self._histories[store].add(subject, day, settled)
        transaction.add_settled(added)

    def forget(self) -> None:
        """Hold nothing: what was noted last may never have been committed."""
        self._histories.clear()
        self._read_at.clear()


def _keyed(store: str, settled: Iterable[Settlement]) -> list[tuple[str, Subject, date, bool]]:
    return [(EVERYWHERE if each.subject[0] == "unit" else store, *each) for each in settled]
