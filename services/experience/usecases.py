"""What the experience service does: take in what happened, look again at deadlines; each in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from services.chassis.store import TRANSIENT
from services.experience.arrivals import LOOK_AGAIN, each_once, key_of, stored, take_note
from services.experience.concepts import Concepts
from services.experience.domain.assessment import assess
from services.experience.domain.attention import attention_for
from services.experience.domain.cause import cause_of
from services.experience.domain.deadlines import next_deadline
from services.experience.domain.good_news import good_news_of
from services.experience.domain.happening import Happening
from services.experience.domain.moments import OF_THE_SURROUNDINGS
from services.experience.domain.tally import tally
from services.experience.domain.track_record import settlements
from services.experience.epoch import EpochHeld
from services.experience.notices import notices_after
from services.experience.outcome import Outcome
from services.experience.ports import (
    Decode,
    Incoming,
    JourneyKey,
    JourneyRecord,
    PublishedConcept,
    ReadConcept,
    Standing,
    Tell,
    TellAgain,
    TellStore,
    Transaction,
)
from services.experience.recalling import Recall
from services.experience.settled import TrackRecordsHeld
from services.experience.stores import PUBLISHED, Stores

log = structlog.get_logger(__name__)

Evaluated = tuple[list[tuple[JourneyRecord, Standing]], list[Happening]]
"""Journeys as they stood and stand, and what had waited for their evaluation."""

QUIET = timedelta(seconds=0.5)
"""Of a backlog, a journey is evaluated when no more has come of it for so long ..."""
LONGEST_PUT_OFF = timedelta(seconds=30)
"""... and at the latest after this."""
STORES_AT_ONCE = 50
"""Stores that are looked at again in one transaction: each takes as long as ten journeys, which wait meanwhile."""
PUT_OFF = timedelta(hours=1)
"""When to try again to evaluate a journey that could not be."""


class Experience:
    """The use cases. Every method runs in the one thread that owns the store, within the transaction it is handed."""

    def __init__(
        self, *, decode: Decode, read_concept: ReadConcept, tell: Tell, tell_store: TellStore, tell_again: TellAgain
    ) -> None:
        self._recall = Recall(decode)
        self._track_records = TrackRecordsHeld()
        self._concepts = Concepts(read_concept)
        self._epoch = EpochHeld()
        self._stores = Stores(self._recall, self._concepts, self._epoch, tell_store)
        self._tell, self._tell_again = tell, tell_again

    def take_in(
        self, transaction: Transaction, incoming: Sequence[Incoming], *, now: datetime, behind: bool = False
    ) -> Outcome:
        """Fold events into their journeys and evaluate those.

        `behind`: there is a backlog. Then events are kept, and their journeys evaluated when no more has come of them
        for `QUIET`, so that nobody is alarmed by the silence of what has only not been read yet.
        Raises ValueError for a published concept that cannot be read; the caller sets the event aside.
        """
        self._epoch.of(transaction, now)
        transaction.hold_stores(*self._stores.concerned(incoming))
        self._concepts.refresh(transaction)  # what held before these events: an earlier try may have been rolled back
        arrived = each_once(incoming, now)
        again = {key_of(each.happening) for each in incoming if each.happening.kind == LOOK_AGAIN}
        records = transaction.journeys(sorted(again.union(arrived)))
        known = transaction.add_events(stored(arrived, records))
        fresh = [each for group in arrived.values() for each in group if each.happening.identity not in known]
        news: dict[JourneyKey, list[Happening]] = {key: [] for key in again}
        store_wide: list[Happening] = []
        for happening, _ in fresh:
            if happening.journey is None:
                store_wide.append(happening)
            else:
                news.setdefault(key_of(happening), []).append(happening)
        for happening in store_wide:
            if happening.kind == PUBLISHED:
                document = happening.data["concept"]
                self._concepts.check(document)
                transaction.add_concept(PublishedConcept(store=happening.store, from_=happening.at, document=document))
        published_for = self._look_again_in_the_store(transaction, store_wide)
        stores = self._stores.take_note(transaction, (each.happening for each in fresh), published_for)
        offered = sum(1 for each in incoming if each.happening.kind != LOOK_AGAIN)
        outcome = Outcome(fresh=fresh, repeated=offered - len(fresh), late=take_note(news, records))
        if behind:
            self._put_off(transaction, news, records, now=now)
            self._stores.put_off(transaction, stores, now=now, quiet=QUIET, most=LONGEST_PUT_OFF)
            return outcome
        told, waited = self._evaluate(transaction, news, records, now=now)
        looked_at = self._stores.look_at_or_later(transaction, stores, now=now)
        return replace(outcome, news=[each.happening for each in fresh] + waited, told=told, stores=looked_at)

    def look_again(self, transaction: Transaction, *, now: datetime, limit: int) -> Outcome:
        """Evaluate journeys whose deadline has come, at most `limit`, and some such stores."""
        self._epoch.of(transaction, now)
        outcome = self._look_again_at_journeys(transaction, now=now, limit=limit)
        return replace(outcome, stores=self._stores.look_again(transaction, now=now, limit=min(limit, STORES_AT_ONCE)))

    def _look_again_at_journeys(self, transaction: Transaction, *, now: datetime, limit: int) -> Outcome:
        keys = transaction.due(now, limit)
        records = transaction.journeys(keys)
        try:
            told, news = self._evaluate(transaction, dict.fromkeys(keys, ()), records, now=now)
            return Outcome(news=news, told=told)
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001  # nothing is written before all are evaluated: find the one, and spare the rest
            alone = [self._look_again_alone(transaction, key, records[key], now=now) for key in keys]
            return Outcome(
                news=[each for _, news in alone for each in news], told=[each for told, _ in alone for each in told]
            )

    def _look_again_alone(
        self, transaction: Transaction, key: JourneyKey, record: JourneyRecord, *, now: datetime
    ) -> Evaluated:
        try:
            return self._evaluate(transaction, {key: ()}, {key: record}, now=now)
        except TRANSIENT:
            raise
        except Exception:  # a fault of ours: it must not keep the others from being looked at
            log.exception("a journey cannot be evaluated and is put off", store=key[0], journey=key[1])
            transaction.save_journeys([record._replace(deadline=now + PUT_OFF)])
            return [], []

    def forget(self) -> None:
        """A transaction was rolled back: what is held in memory may be ahead of the store."""
        self._epoch.forget()
        self._recall.forget()
        self._track_records.forget()
        self._concepts.forget()

    def _look_again_in_the_store(self, transaction: Transaction, happenings: Iterable[Happening]) -> set[str]:
        """Have every journey that a store-wide event bears on, also those that ended since, looked at by its owner.

        Returns the stores (`*`: every one) in which another concept may hold now.
        """
        published_for: set[str] = set()
        because: dict[str, list[Happening]] = defaultdict(list)
        since: dict[str, datetime] = {}
        for happening in happenings:
            concerned: Mapping[str, datetime] = {}
            if happening.kind in OF_THE_SURROUNDINGS:
                concerned = {happening.store: happening.at}
            elif happening.kind == PUBLISHED:
                concerned = self._concepts.concerned_by(happening.store, happening.at, happening.data["concept"])
                published_for |= concerned.keys()
            for store, at in concerned.items():
                because[store].append(happening)
                since[store] = min(at, since.get(store, at))
        for store, theirs in because.items():
            transaction.send(self._tell_again(key, theirs) for key in transaction.journeys_since(store, since[store]))
        return published_for

    def _evaluate(
        self,
        transaction: Transaction,
        news: Mapping[JourneyKey, Sequence[Happening]],
        records: Mapping[JourneyKey, JourneyRecord],
        *,
        now: datetime,
    ) -> Evaluated:
        """Evaluate journeys, each with what has just come in of it; keep their records, and tell how they stand."""
        self._concepts.refresh(transaction)
        happenings = self._recall.happenings(transaction, news, records)
        surroundings = self._recall.surroundings(transaction, happenings)
        self._track_records.refresh(transaction, {store for store, _ in happenings}, now=now)
        saved: list[JourneyRecord] = []
        told: list[tuple[JourneyRecord, Standing]] = []
        stood: list[JourneyRecord] = []
        were_put_off: list[Happening] = []
        for key, own in sorted(happenings.items(), key=lambda each: (each[1][0].at, each[0])):
            before = records.get(key) or JourneyRecord(key)
            met = surroundings[key[0]].met(own[0].at, now)
            record, standing = self._stand(before, own, met, now=now)
            if before.put_off_at is not None:
                were_put_off += self._recall.waited(key)
            stood.append(before)
            saved.append(record)
            if record.closed_at is None:
                self._recall.hold(key, own)
            if standing is not None:
                told.append((before, standing))
        epoch = self._epoch.of(transaction, now)
        messages = [self._tell(standing, epoch) for _, standing in told]
        transaction.save_journeys(saved)
        self._track_records.note(transaction, zip(stood, saved, strict=True))
        transaction.send(messages)
        return told, were_put_off

    def _put_off(
        self,
        transaction: Transaction,
        news: Mapping[JourneyKey, Sequence[Happening]],
        records: Mapping[JourneyKey, JourneyRecord],
        *,
        now: datetime,
    ) -> None:
        """Have journeys evaluated a little later."""
        self._recall.hold_news(news, records)
        saved: list[JourneyRecord] = []
        for key in news:
            record = records.get(key)
            if record is not None:  # else it was to be looked at again, and nothing of it has come yet
                since = record.put_off_at or now
                saved.append(record._replace(put_off_at=since, deadline=min(now + QUIET, since + LONGEST_PUT_OFF)))
        transaction.save_journeys(saved)

    def _stand(
        self,
        record: JourneyRecord,
        own: Sequence[Happening],
        surroundings: Sequence[Happening],
        *,
        now: datetime,
    ) -> tuple[JourneyRecord, Standing | None]:
        news_from = record.news_from
        record = record._replace(
            # By as many as have come in: a history is told the same however it is divided into batches.
            version=record.version + max(len(own) - record.evaluated_events, 1),
            events=len(own),
            evaluated_events=len(own),
            news_from=None,
            put_off_at=None,
        )
        concept = self._concepts.of(record.key[0], own[0].at)
        replay = all(each.replay for each in own)
        met = self._track_records.met_by(record, replay=replay)
        assessment = assess(own, surroundings, concept, now=now, records=met)
        if assessment is None:
            return record._replace(deadline=None), None
        notices = notices_after(record.notices, assessment, own, surroundings, news_from, met)
        named = {line: notice.since for line, notice in notices.items() if notice.state == "named"}
        record = record._replace(
            closed_at=assessment.as_of if assessment.closed else None,
            notices=notices,
            settled=tuple(settlements(assessment.lines, own, concept.outlook)),
            promises=tally(assessment.lines, named),
            deadline=next_deadline(assessment, own, surroundings),
        )
        by_id = {line.id: line for line in assessment.lines}
        standing = Standing(
            record=record,
            assessment=assessment,
            attention=tuple(
                replace(
                    attention_for(by_id[line], assessment, since),
                    cause_at=cause_of(by_id[line], assessment, own, surroundings, met),
                )
                for line, since in named.items()
            ),
            retracted=tuple(line for line, notice in notices.items() if notice.state == "retracted"),
            replay=replay,
            good_news=None if named else good_news_of(record.key[0], assessment),
        )
        return record, standing
