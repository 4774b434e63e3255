"""What the experience service does: take in what happened, look again at deadlines; each in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from services.chassis.store import TRANSIENT
from services.experience.concepts import Concepts
from services.experience.domain.assessment import assess
from services.experience.domain.attention import attention_for
from services.experience.domain.deadlines import next_deadline
from services.experience.domain.happening import Happening, rank
from services.experience.domain.journey import VERDICTS
from services.experience.domain.moments import OF_THE_SURROUNDINGS
from services.experience.domain.tally import tally
from services.experience.notices import notices_after
from services.experience.outcome import Outcome
from services.experience.ports import (
    Decode,
    Identity,
    Incoming,
    JourneyKey,
    JourneyRecord,
    PublishedConcept,
    ReadConcept,
    Standing,
    StoredEvent,
    Tell,
    TellAgain,
    Transaction,
)
from services.experience.recalling import Recall

log = structlog.get_logger(__name__)

Evaluated = tuple[list[tuple[JourneyRecord, Standing]], list[Happening]]
"""Journeys as they stood and stand, and what had waited for their evaluation."""

LOOK_AGAIN = "surroundings.changed"
"""Told by this service to itself: nothing to keep, a journey to look at."""
PUBLISHED = "concept.published"
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
"""Before every event that the contracts allow."""
QUIET = timedelta(seconds=0.5)
"""Of a backlog, a journey is evaluated when no more has come of it for so long ..."""
LONGEST_PUT_OFF = timedelta(seconds=30)
"""... and at the latest after this."""
PUT_OFF = timedelta(hours=1)
"""When to try again to evaluate a journey that could not be."""


class Experience:
    """The use cases. Every method runs in the one thread that owns the store, within the transaction it is handed."""

    def __init__(self, *, decode: Decode, read_concept: ReadConcept, tell: Tell, tell_again: TellAgain) -> None:
        self._recall = Recall(decode)
        self._concepts = Concepts(read_concept)
        self._tell, self._tell_again = tell, tell_again

    def take_in(
        self, transaction: Transaction, incoming: Sequence[Incoming], *, now: datetime, behind: bool = False
    ) -> Outcome:
        """Fold events into their journeys and evaluate those.

        `behind`: there is a backlog. Then events are kept, and their journeys evaluated when no more has come of them
        for `QUIET`, so that nobody is alarmed by the silence of what has only not been read yet.
        Raises ValueError for a published concept that cannot be read; the caller sets the event aside.
        """
        self._concepts.refresh(transaction)  # what held before these events: an earlier try may have been rolled back
        arrived = _each_once(incoming, now)
        again = {_key(each.happening) for each in incoming if each.happening.kind == LOOK_AGAIN}
        records = transaction.journeys(sorted(again.union(arrived)))
        known = transaction.add_events(_stored(arrived, records))
        fresh = [each for group in arrived.values() for each in group if each.happening.identity not in known]
        news: dict[JourneyKey, list[Happening]] = {key: [] for key in again}
        store_wide: list[Happening] = []
        for happening, _ in fresh:
            if happening.journey is None:
                store_wide.append(happening)
            else:
                news.setdefault(_key(happening), []).append(happening)
        for happening in store_wide:
            if happening.kind == PUBLISHED:
                document = happening.data["concept"]
                self._concepts.check(document)
                transaction.add_concept(PublishedConcept(store=happening.store, from_=happening.at, document=document))
        self._look_again_in_the_store(transaction, store_wide)
        offered = sum(1 for each in incoming if each.happening.kind != LOOK_AGAIN)
        outcome = Outcome(fresh=fresh, repeated=offered - len(fresh), late=_take_note(news, records))
        if behind:
            self._put_off(transaction, news, records, now=now)
            return outcome
        told, waited = self._evaluate(transaction, news, records, now=now)
        return replace(outcome, news=[each.happening for each in fresh] + waited, told=told)

    def look_again(self, transaction: Transaction, *, now: datetime, limit: int) -> Outcome:
        """Evaluate journeys whose deadline has come, at most `limit`."""
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
        self._recall.forget()
        self._concepts.forget()

    def _look_again_in_the_store(self, transaction: Transaction, happenings: Iterable[Happening]) -> None:
        """Have every journey that a store-wide event bears on, also those that ended since, looked at by its owner."""
        by_store: dict[str, list[Happening]] = defaultdict(list)
        for happening in happenings:
            if happening.kind in (*OF_THE_SURROUNDINGS, PUBLISHED):
                by_store[happening.store].append(happening)
        for store, because in by_store.items():
            since = min(happening.at for happening in because)
            if any(happening.kind == PUBLISHED for happening in because) and self._concepts.none_in(store):
                since = LONG_AGO  # the first concept of a store holds for its history, too
            transaction.send(self._tell_again(key, because) for key in transaction.journeys_since(store, since))

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
        saved: list[JourneyRecord] = []
        told: list[tuple[JourneyRecord, Standing]] = []
        were_put_off: list[Happening] = []
        for key, own in sorted(happenings.items(), key=lambda each: (each[1][0].at, each[0])):
            before = records.get(key) or JourneyRecord(key)
            met = surroundings[key[0]].met(own[0].at, now)
            record, standing = self._stand(before, own, met, now=now)
            if before.put_off_at is not None:
                were_put_off += self._recall.waited(key)
            saved.append(record)
            if record.closed_at is None:
                self._recall.hold(key, own)
            if standing is not None:
                told.append((before, standing))
        messages = [self._tell(standing) for _, standing in told]
        transaction.save_journeys(saved)
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
        assessment = assess(own, surroundings, concept, now=now)
        if assessment is None:
            return record._replace(deadline=None), None
        notices = notices_after(record.notices, assessment, own, surroundings, news_from)
        record = record._replace(
            closed_at=assessment.as_of if assessment.closed else None,
            notices=notices,
            promises=tally(assessment.lines, {line for line, notice in notices.items() if notice.state == "named"}),
            deadline=next_deadline(assessment, own, surroundings),
        )
        by_id = {line.id: line for line in assessment.lines}
        standing = Standing(
            record=record,
            assessment=assessment,
            attention=tuple(
                attention_for(by_id[line], assessment, notice.since)
                for line, notice in notices.items()
                if notice.state == "named"
            ),
            retracted=tuple(line for line, notice in notices.items() if notice.state == "retracted"),
            replay=all(each.replay for each in own),
        )
        return record, standing


def _key(happening: Happening) -> JourneyKey:
    return (happening.identity[0], happening.journey or "")


def _each_once(incoming: Iterable[Incoming], now: datetime) -> dict[JourneyKey, list[Incoming]]:
    """The events among what came in, each once, by journey; the store-wide ones of a store are together.

    The clock of a sender that runs ahead is cut back to `now`; one that runs behind never is.
    """
    once: dict[Identity, Incoming] = {}
    for each in incoming:
        happening = each.happening
        if happening.kind == LOOK_AGAIN:
            continue
        before = once.get(happening.identity)
        if before is None or rank(happening) < rank(before.happening):
            once[happening.identity] = each
    arrived: dict[JourneyKey, list[Incoming]] = {}
    for each in once.values():
        happening = each.happening
        cut = each if happening.at <= now else each._replace(happening=happening._replace(at=now))
        arrived.setdefault(_key(happening), []).append(cut)
    return arrived


def _take_note(news: Mapping[JourneyKey, Sequence[Happening]], records: dict[JourneyKey, JourneyRecord]) -> int:
    """Note in the records of journeys what has come in of them. Returns how much came after its journey had closed."""
    late_in_all = 0
    for key, latest in news.items():
        if latest:
            record = records.get(key) or JourneyRecord(key)
            late = sum(1 for each in latest if _is_late(each, record))
            first = min(each.at for each in latest)
            records[key] = record._replace(
                events=record.events + len(latest),
                late_events=record.late_events + late,
                news_from=first if record.news_from is None else min(first, record.news_from),
            )
            late_in_all += late
    return late_in_all


def _is_late(happening: Happening, record: JourneyRecord | None) -> bool:
    """Whether it came after its journey had closed. Verdicts always do, and history has no now to be late for."""
    return (
        record is not None and record.closed_at is not None and not happening.replay and happening.kind not in VERDICTS
    )


def _stored(
    arrived: Mapping[JourneyKey, Sequence[Incoming]], records: Mapping[JourneyKey, JourneyRecord]
) -> list[StoredEvent]:
    stored = []
    for key, group in arrived.items():
        record = records.get(key)
        for happening, body in group:
            late = _is_late(happening, record)
            stored.append(StoredEvent(happening.identity, happening.journey, happening.at, late, body))
    return stored
