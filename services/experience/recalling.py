"""What happened in journeys and around them: from memory where that is all there is, else from the store."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from services.experience.domain.happening import Happening, in_order
from services.experience.domain.moments import SEEN_FOR
from services.experience.domain.store_care import StoreCare
from services.experience.domain.surroundings import Surroundings
from services.experience.held import HeldJourneys
from services.experience.ports import Decode, JourneyKey, JourneyRecord, StoredEvent, Transaction

DECODED_EVENTS = 50_000
"""Store-wide events held in memory, about 1 kB each."""

Happenings = Mapping[JourneyKey, Sequence[Happening]]


class Recall:
    """Recalls what happened. What a transaction had it hold may be rolled back: `forget` must be called then."""

    def __init__(self, decode: Decode) -> None:
        # Events never change, and the store-wide ones are looked at with every journey.
        self._decode = lru_cache(DECODED_EVENTS)(decode)
        self._held = HeldJourneys()
        self._waiting: dict[JourneyKey, list[Happening]] = {}

    def happenings(
        self, transaction: Transaction, news: Happenings, records: Mapping[JourneyKey, JourneyRecord]
    ) -> dict[JourneyKey, list[Happening]]:
        """All that happened in these journeys, in order, `news` with it; the store and `records` have both already.

        A journey of which nothing is kept is left out: it was to be looked at again before its first event came.
        """
        found: dict[JourneyKey, list[Happening]] = {}
        not_held: list[JourneyKey] = []
        for key, latest in news.items():
            held = self._held_before(key, latest, records)
            if held is None:
                not_held.append(key)
            elif held or latest:
                found[key] = in_order([*held, *latest])
        found.update({key: self._read(events) for key, events in transaction.events_of(not_held).items()})
        return found

    def hold(self, key: JourneyKey, happenings: Sequence[Happening]) -> None:
        """Remember all that happened in a journey of which more is to be expected."""
        self._held.put(key, happenings)

    def hold_news(self, news: Happenings, records: Mapping[JourneyKey, JourneyRecord]) -> None:
        """Remember what has come in of journeys that are evaluated later, where what was before is remembered."""
        for key, latest in news.items():
            held = self._held_before(key, latest, records)
            if held is not None and latest:
                self._held.put(key, [*held, *latest])
            self._waiting.setdefault(key, []).extend(latest)

    def waited(self, key: JourneyKey) -> list[Happening]:
        """What waited for this evaluation of the journey, once; of an earlier run or another worker it is not known."""
        return self._waiting.pop(key, [])

    def surroundings(self, transaction: Transaction, happenings: Happenings) -> Mapping[str, Surroundings]:
        """By store, what was seen there from shortly before the earliest of these journeys on."""
        since: dict[str, datetime] = {}
        for (store, _), own in happenings.items():
            since[store] = min(since.get(store, own[0].at), own[0].at)
        kept = transaction.surroundings_of({store: at - SEEN_FOR for store, at in since.items()})
        return {store: Surroundings(self._read(events)) for store, events in kept.items()}

    def of_store(
        self, transaction: Transaction, store: str, care: StoreCare, *, since: datetime, now: datetime
    ) -> list[Happening]:
        """What a store is judged by: what happened store-wide since then, and what matters of its journeys."""
        kept = transaction.surroundings_of({store: since})[store]
        of_journeys = transaction.matters_of(
            store, slips_since=now - care.slips_within, visits_since=now - care.visits_for
        )
        return self._read([*kept, *of_journeys])

    def forget(self) -> None:
        """Hold no journey: what was held last may never have been committed."""
        self._held.forget()
        self._waiting.clear()

    def _held_before(
        self, key: JourneyKey, latest: Sequence[Happening], records: Mapping[JourneyKey, JourneyRecord]
    ) -> Sequence[Happening] | None:
        record = records.get(key)
        return self._held.get(key, 0 if record is None else record.events - len(latest))

    def _read(self, events: Iterable[StoredEvent]) -> list[Happening]:
        read = [(event, self._decode(event.body)) for event in events]
        return in_order(
            happening if happening.at == event.at else happening._replace(at=event.at) for event, happening in read
        )
