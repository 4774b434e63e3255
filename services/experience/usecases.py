"""What the experience service does: take in what happened, look again at deadlines; each in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import structlog

from services.chassis.bookkeeping import Outgoing
from services.experience.concepts import Concepts
from services.experience.domain.assessment import Assessment, assess
from services.experience.domain.attention import attention_for, lines_at_risk, was_unfounded
from services.experience.domain.deadlines import next_deadline
from services.experience.domain.happening import Happening, in_order, rank
from services.experience.domain.journey import VERDICTS
from services.experience.domain.moments import OF_THE_SURROUNDINGS, SEEN_FOR
from services.experience.domain.surroundings import Surroundings
from services.experience.ports import (
    Decode,
    Identity,
    Incoming,
    JourneyKey,
    JourneyRecord,
    Notice,
    PublishedConcept,
    ReadConcept,
    Standing,
    StoredEvent,
    Tell,
    TellAgain,
    Transaction,
)

log = structlog.get_logger(__name__)

LOOK_AGAIN = "surroundings.changed"
"""Told by this service to itself: nothing to keep, a journey to look at."""
PUBLISHED = "concept.published"
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
"""Before every event that the contracts allow."""
PUT_OFF = timedelta(hours=1)
"""When to try again to evaluate a journey that could not be."""
DECODED_EVENTS = 200_000
"""Events held in memory, about 1 kB each."""


class Experience:
    """The use cases. Every method runs in the one thread that owns the store, within the transaction it is handed."""

    def __init__(self, *, decode: Decode, read_concept: ReadConcept, tell: Tell, tell_again: TellAgain) -> None:
        # Events never change, and those of a running journey are read again with each new one.
        self._decode = lru_cache(DECODED_EVENTS)(decode)
        self._concepts = Concepts(read_concept)
        self._tell, self._tell_again = tell, tell_again

    def take_in(self, transaction: Transaction, incoming: Sequence[Incoming], *, now: datetime) -> int:
        """Fold events into their journeys and evaluate those. Returns how many events were new.

        Raises ValueError for a published concept that cannot be read; the caller sets the event aside.
        """
        self._concepts.refresh(transaction)  # what held before these events: an earlier try may have been rolled back
        fresh = self._fresh(transaction, incoming)
        touched = {_key(each.happening) for each in fresh if each.happening.journey is not None}
        touched |= {_key(each.happening) for each in incoming if each.happening.kind == LOOK_AGAIN}
        records = transaction.journeys(sorted(touched))
        transaction.add_events(_stored(each, records, now) for each in fresh)
        for each in fresh:
            if each.happening.kind == PUBLISHED:
                document = each.happening.data["concept"]
                self._concepts.check(document)
                transaction.add_concept(
                    PublishedConcept(store=each.happening.store, from_=each.happening.at, document=document)
                )
        self._look_again_in_the_store(transaction, [each.happening for each in fresh if each.happening.journey is None])
        self._evaluate(transaction, touched, records, [each.happening for each in fresh], now=now)
        return len(fresh)

    def look_again(self, transaction: Transaction, *, now: datetime, limit: int) -> int:
        """Evaluate journeys whose deadline has come. Returns how many, at most `limit`."""
        keys = transaction.due(now, limit)
        records = transaction.journeys(keys)
        try:
            self._evaluate(transaction, set(keys), records, [], now=now)
        except Exception:  # noqa: BLE001  # nothing is written before all are evaluated: find the one, and spare the rest
            for key in keys:
                self._look_again_alone(transaction, key, records[key], now=now)
        return len(keys)

    def _look_again_alone(
        self, transaction: Transaction, key: JourneyKey, record: JourneyRecord, *, now: datetime
    ) -> None:
        try:
            self._evaluate(transaction, {key}, {key: record}, [], now=now)
        except Exception:  # a fault of ours: it must not keep the others from being looked at
            log.exception("a journey cannot be evaluated and is put off", store=key[0], journey=key[1])
            transaction.save_journeys([replace(record, deadline=now + PUT_OFF)])

    def _fresh(self, transaction: Transaction, incoming: Iterable[Incoming]) -> list[Incoming]:
        """Those events that were never seen before, each once."""
        once: dict[Identity, Incoming] = {}
        for each in incoming:
            before = once.get(each.happening.identity)
            if each.happening.kind != LOOK_AGAIN and (before is None or rank(each.happening) < rank(before.happening)):
                once[each.happening.identity] = each
        known = transaction.known(once)
        return [each for identity, each in once.items() if identity not in known]

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
        keys: set[JourneyKey],
        records: Mapping[JourneyKey, JourneyRecord],
        fresh: Sequence[Happening],
        *,
        now: datetime,
    ) -> None:
        self._concepts.refresh(transaction)
        happenings = {key: self._read(events) for key, events in transaction.events_of(sorted(keys)).items()}
        since: dict[str, datetime] = {}
        for (store, _), own in happenings.items():
            since[store] = min(since.get(store, own[0].at), own[0].at)
        since = {store: at - SEEN_FOR for store, at in since.items()}
        surroundings = {
            store: Surroundings(self._read(events)) for store, events in transaction.surroundings_of(since).items()
        }
        news: dict[JourneyKey, list[Happening]] = defaultdict(list)
        for happening in fresh:
            news[_key(happening)].append(happening)
        saved: list[JourneyRecord] = []
        told: list[Outgoing] = []
        # A journey of which nothing is kept is left out: a look-again that came before its first event.
        for key, own in sorted(happenings.items(), key=lambda each: (each[1][0].at, each[0])):
            record = records.get(key, JourneyRecord(key=key))
            met = surroundings[key[0]].met(own[0].at, now)
            record, standing = self._stand(record, own, met, news[key], now=now)
            saved.append(record)
            if standing is not None:
                told.append(self._tell(standing))
        transaction.save_journeys(saved)
        transaction.send(told)

    def _read(self, events: Iterable[StoredEvent]) -> list[Happening]:
        return in_order(replace(self._decode(event.body), at=event.at) for event in events)

    def _stand(
        self,
        record: JourneyRecord,
        own: list[Happening],
        surroundings: list[Happening],
        news: Sequence[Happening],
        *,
        now: datetime,
    ) -> tuple[JourneyRecord, Standing | None]:
        late = sum(1 for each in news if _is_late(each, record))
        record = replace(record, version=record.version + 1, events=len(own), late_events=record.late_events + late)
        concept = self._concepts.of(record.key[0], own[0].at)
        assessment = assess(own, surroundings, concept, now=now)
        if assessment is None:
            return replace(record, deadline=None), None
        notices = _notices(record.notices, assessment, own, surroundings, news)
        record = replace(
            record,
            closed_at=assessment.as_of if assessment.closed else None,
            notices=notices,
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


def _notices(
    before: Mapping[str, Notice],
    assessment: Assessment,
    own: Sequence[Happening],
    surroundings: Sequence[Happening],
    news: Sequence[Happening],
) -> dict[str, Notice]:
    """Which lines need attention now, and what became of those that did. Late facts can retract, silence cannot."""
    named = {line: notice.since for line, notice in before.items() if notice.state == "named"}
    at_risk = {line.id for line in lines_at_risk(assessment, named)}
    after: dict[str, Notice] = {}
    for line, notice in before.items():
        late_facts = any(each.at <= notice.since for each in news)
        if line in at_risk:
            since = notice.since if notice.state == "named" else assessment.as_of
            after[line] = Notice(since=since, state="named")
        elif (
            notice.state != "retracted"
            and late_facts
            and was_unfounded(line, notice.since, own, surroundings, assessment.concept)
        ):
            after[line] = Notice(since=notice.since, state="retracted")
        else:
            after[line] = Notice(since=notice.since, state="cleared" if notice.state == "named" else notice.state)
    for line in sorted(at_risk - set(before)):
        after[line] = Notice(since=assessment.as_of, state="named")
    return after


def _key(happening: Happening) -> JourneyKey:
    return (happening.store, happening.journey or "")


def _is_late(happening: Happening, record: JourneyRecord | None) -> bool:
    """Whether it came after its journey had closed. Verdicts always do, and history has no now to be late for."""
    return (
        record is not None and record.closed_at is not None and not happening.replay and happening.kind not in VERDICTS
    )


def _stored(incoming: Incoming, records: Mapping[JourneyKey, JourneyRecord], now: datetime) -> StoredEvent:
    happening = incoming.happening
    return StoredEvent(
        identity=happening.identity,
        journey=happening.journey,
        at=min(happening.at, now),  # a sender's clock that runs ahead is cut back, one that runs behind never
        late=_is_late(happening, records.get(_key(happening))),
        body=incoming.body,
    )
