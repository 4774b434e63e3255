"""Stores as a whole: looked at when something of theirs came in or their deadline has come, kept and told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from services.chassis.store import TRANSIENT
from services.experience.concepts import Concepts
from services.experience.domain.happening import Happening
from services.experience.domain.lineage import EVERY_STORE
from services.experience.domain.store_assessment import StoreAssessment, assess_store
from services.experience.domain.store_attention import needs_of, next_look
from services.experience.epoch import EpochHeld
from services.experience.notices import updated
from services.experience.ports import Incoming, Matter, MatterKind, StoreRecord, StoreStanding, TellStore, Transaction
from services.experience.recalling import Recall

log = structlog.get_logger(__name__)

MATTERS: Mapping[str, MatterKind] = {
    "problem.reported": "slip",
    "mystery_visit.reported": "visit",
    "concept.acknowledged": "reading",
}
"""What concerns a store as a whole though it happens in a journey, or for longer than what happens store-wide."""
PUBLISHED = "concept.published"
AT_ONCE = 100
"""Stores looked at together with the events that bear on them; of more each waits until others have had a turn."""
PUT_OFF = timedelta(hours=1)
"""When to try again to look at a store that could not be."""


class Stores:
    """The use cases about whole stores. They run within the transaction, and the thread, of those about journeys."""

    def __init__(self, recall: Recall, concepts: Concepts, epoch: EpochHeld, tell: TellStore) -> None:
        self._recall, self._concepts, self._epoch, self._tell = recall, concepts, epoch, tell

    @staticmethod
    def concerned(incoming: Iterable[Incoming]) -> tuple[set[str], set[str]]:
        """The stores that these events concern, and those of which no other worker may take in anything meanwhile.

        Of what is store-wide, every journey in the store has to hear: also one that another worker just begins.
        """
        happenings = [each.happening for each in incoming]
        stores = {EVERY_STORE, *(each.store for each in happenings)}
        alone = {each.store for each in happenings if each.journey is None or each.kind in MATTERS}
        if any(each.kind == PUBLISHED for each in happenings):
            alone.add(EVERY_STORE)  # what builds on it may hold anywhere
        return stores, alone

    def take_note(
        self, transaction: Transaction, fresh: Iterable[Happening], published_for: Collection[str]
    ) -> dict[str, datetime]:
        """Keep what of these events concerns stores. Returns which stores, and when the first of it happened.

        `published_for`: stores (`*`: every one) in which another concept may hold now.
        """
        first: dict[str, datetime] = {}
        matters: list[Matter] = []
        latest: datetime | None = None
        for happening in fresh:
            matter = MATTERS.get(happening.kind)
            if matter == "slip" and happening.data["severity"] != "minor":
                continue  # that is one customer's problem, and somebody is called for it
            if matter is not None:
                matters.append(Matter(happening.store, matter, happening.at, happening.identity))
            elif happening.journey is not None:
                continue
            if happening.store != EVERY_STORE:
                first[happening.store] = min(happening.at, first.get(happening.store, happening.at))
            latest = happening.at if latest is None else max(happening.at, latest)
        transaction.add_matters(matters)
        if latest is not None and published_for:
            for store in transaction.known_stores() if EVERY_STORE in published_for else published_for:
                first.setdefault(store, latest)
        return first

    def look_at_or_later(
        self, transaction: Transaction, stores: Mapping[str, datetime], *, now: datetime
    ) -> list[StoreStanding]:
        """Evaluate stores at once, or a moment later where a concept bears on very many."""
        if len(stores) <= AT_ONCE:
            return self.look_at(transaction, stores, now=now)
        self.put_off(transaction, stores, now=now, quiet=timedelta(), most=timedelta())
        return []

    def look_at(
        self, transaction: Transaction, stores: Mapping[str, datetime | None], *, now: datetime
    ) -> list[StoreStanding]:
        """Evaluate stores, each with when the first of its news happened (None: its deadline has come)."""
        epoch = self._epoch.of(transaction, now)
        kept: list[StoreRecord] = []
        told: list[StoreStanding] = []
        for before in self._noted(transaction, stores):
            standing, only_published = self._stand(transaction, before, now=now)
            if standing.says_anything or _may_have_been_told_of(before, epoch, only_published=only_published):
                told.append(standing)
                kept.append(standing.record)
            else:  # that all is as it should be is no news
                kept.append(standing.record._replace(version=0))
        transaction.save_stores(kept)
        transaction.send(self._tell(standing, epoch) for standing in told)
        return told

    def put_off(
        self,
        transaction: Transaction,
        stores: Mapping[str, datetime],
        *,
        now: datetime,
        quiet: timedelta,
        most: timedelta,
    ) -> None:
        """Have stores looked at a little later, as their journeys are when there is a backlog."""
        records = []
        for record in self._noted(transaction, stores):
            since = record.put_off_at or now
            records.append(record._replace(put_off_at=since, deadline=min(now + quiet, since + most)))
        transaction.save_stores(records)

    def look_again(self, transaction: Transaction, *, now: datetime, limit: int) -> list[StoreStanding]:
        """Evaluate stores whose deadline has come, at most `limit`; one that cannot be is put off."""
        looked_at: list[StoreStanding] = []
        for store in transaction.due_stores(now, limit):
            try:
                looked_at += self.look_at(transaction, {store: None}, now=now)
            except TRANSIENT:
                raise
            except Exception:  # a fault of ours: it must not keep the others from being looked at
                log.exception("a store cannot be evaluated and is put off", store=store)
                transaction.save_stores(
                    [record._replace(deadline=now + PUT_OFF) for record in transaction.stores([store]).values()]
                )
        return looked_at

    def _noted(self, transaction: Transaction, stores: Mapping[str, datetime | None]) -> list[StoreRecord]:
        """The records of stores, with the news of each noted in it."""
        known = transaction.stores(sorted(stores))
        noted = []
        for store, first in sorted(stores.items()):
            record = known.get(store) or StoreRecord(store)
            instants = [at for at in (first, record.news_from) if at is not None]
            noted.append(record._replace(news_from=min(instants, default=None)))
        return noted

    def _stand(self, transaction: Transaction, before: StoreRecord, *, now: datetime) -> tuple[StoreStanding, bool]:
        """How the store stands, and whether nothing has happened there but that a concept was published."""
        store, concept = before.store, self._concepts.of(before.store, now)
        held_from, held_until = self._concepts.reign(store, now)
        since = min(at for at in (before.known_from, before.news_from, now) if at is not None)
        happenings = self._recall.of_store(transaction, store, concept.store, since=since, now=now)
        live = [happening for happening in happenings if not happening.replay]

        def assessed(told: Sequence[Happening], at: datetime) -> StoreAssessment:
            return assess_store(store, told, concept, held_from=held_from, now=at)

        assessment = assessed(happenings, now)
        named = {line for line, notice in before.notices.items() if notice.state == "named"}
        # History is seen, and calls nobody.
        needs = needs_of(assessment if len(live) == len(happenings) else assessed(live, now), named)

        def disproved(line: str, at: datetime) -> bool:
            late = before.news_from is not None and before.news_from <= at
            return late and line not in needs_of(assessed(live, at), ())

        notices = updated(before.notices, needs.keys(), now, disproved)
        record = before._replace(
            version=before.version + 1,
            known_from=min((fault.since for fault in assessment.faults), default=None),
            news_from=None,
            put_off_at=None,
            notices=notices,
            neglect=assessment.neglect,
            unread_by=len(assessment.coverage.missing) if assessment.coverage is not None else 0,
            deadline=min((at for at in (next_look(assessment), held_until) if at is not None), default=None),
        )
        standing = StoreStanding(
            record=record,
            assessment=assessment,
            needs=tuple((notices[line].since, need) for line, need in needs.items()),
            retracted=tuple(line for line, notice in notices.items() if notice.state == "retracted"),
            replay=bool(happenings) and not live and not needs,
        )
        return standing, bool(happenings) and all(each.kind == PUBLISHED for each in happenings)


def _may_have_been_told_of(store: StoreRecord, epoch: datetime, *, only_published: bool) -> bool:
    """Whether anything was said of the store before: from this database, or from one that was lost."""
    if store.version > 0:
        return True
    return not only_published and store.news_from is not None and store.news_from < epoch
