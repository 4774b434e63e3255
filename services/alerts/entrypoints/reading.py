"""From Kafka's records to what the use cases take in; what cannot be read becomes a dead letter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.alerts.domain.alert import Finding, JourneyStanding
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.domain.notice import GoodNews
from services.alerts.domain.store import Coverage, Disagreement, OpenDefect, Slips, StoreStanding
from services.alerts.ports import Evaluated
from services.chassis.bookkeeping import Outgoing, Record
from services.chassis.dead_letters import dead_letter
from touchline_contracts import DEAD_LETTERS, AnyEvent, parse_event
from touchline_contracts.evaluations import Attention, JourneyEvaluated, LedgerLine
from touchline_contracts.phrases import Phrase
from touchline_contracts.stores import StoreAttention, StoreEvaluated

SERVICE = "alerts"
CANNOT_BE_HANDLED = "cannot_be_handled"


class UnusableError(ValueError):
    """The message is an event, but not one that belongs here. `reason` is one of a few codes."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def read(records: Sequence[Record], now: datetime) -> tuple[list[Evaluated], list[tuple[str, Outgoing]]]:
    """The evaluations among the records; of each other one the reason, and a dead letter. Raises for none of them."""
    evaluated: list[Evaluated] = []
    letters: list[tuple[str, Outgoing]] = []
    for record in records:
        if record.value is None and record.key is not None:
            continue  # a tombstone: the topic is compacted, and somebody wants this key to be forgotten
        try:
            evaluated.append(_evaluated(record))
        except ValueError as error:
            reason = error.reason if isinstance(error, UnusableError) else "unreadable"
            letters.append((reason, _letter(record, reason, error, now)))
    return evaluated, letters


def set_aside(record: Record, error: Exception, now: datetime) -> Outgoing:
    """The dead letter for an evaluation that can be read and still cannot be handled."""
    return _letter(record, CANNOT_BE_HANDLED, error, now)


def _letter(record: Record, reason: str, error: Exception, now: datetime) -> Outgoing:
    return dead_letter(DEAD_LETTERS.name, record, reason=reason, error=error, service=SERVICE, now=now)


def _evaluated(record: Record) -> Evaluated:
    if record.key is None:
        raise UnusableError("no_key", "the message has no key: expected store/journey_id, to keep a journey in order")
    event = parse_event(record.value or b"")
    if not isinstance(event.data, JourneyEvaluated | StoreEvaluated):
        expected = "touchline.journey.evaluated.v1 or touchline.store.evaluated.v1"
        raise UnusableError("wrong_type", f"expected {expected} here, got {event.type}")
    if record.key != event.key.encode():
        raise UnusableError("wrong_key", f"the key is {record.key!r}, expected {event.key!r}")
    if isinstance(event.data, StoreEvaluated):
        return _of_store(event, event.data)
    return _translated(event, event.data)


def _translated(event: AnyEvent, data: JourneyEvaluated) -> Evaluated:
    standing = JourneyStanding(
        store=event.store,
        journey=event.subject or "",
        version=data.version,
        epoch=data.epoch,
        ended=data.journey_state == "closed",
        replay=event.replay,
        disproved=frozenset(data.retracted),
        kv=data.kv,
        forecast=data.forecast,
        risk=data.risk,
        adequate=data.adequate,
        as_of=data.as_of,
    )
    return Evaluated(
        standing=standing,
        findings={each.line: _finding(each) for each in data.attention},
        ledger=tuple(_entry(each, restores=each.line in data.to_restore) for each in data.lines),
        good_news=None if data.good_news is None else GoodNews(**data.good_news.model_dump()),
        traceparent=event.traceparent,
    )


def _of_store(event: AnyEvent, data: StoreEvaluated) -> Evaluated:
    coverage = data.coverage
    standing = StoreStanding(
        store=event.store,
        version=data.version,
        epoch=data.epoch,
        replay=event.replay,
        disproved=frozenset(data.retracted),
        as_of=data.as_of,
        neglect=data.neglect,
        neglect_alert=data.neglect_alert,
        defects=tuple(OpenDefect(**each.model_dump(exclude={"age_days"})) for each in data.defects),
        slips=tuple(Slips(**dict(each)) for each in data.slips),
        coverage=None
        if coverage is None
        else Coverage(
            concept=coverage.concept,
            version=coverage.concept_version,
            due=coverage.due,
            acknowledged=tuple(coverage.acknowledged),
            missing=tuple(coverage.missing),
        ),
        disagreements=tuple(Disagreement(**each.model_dump(exclude={"difference"})) for each in data.disagreements),
    )
    return Evaluated(
        standing=standing,
        findings={each.line: _finding(each) for each in data.attention},
        traceparent=event.traceparent,
    )


def _finding(attention: Attention | StoreAttention) -> Finding:
    return Finding(
        line=attention.line,
        severity=attention.severity,
        reason=attention.reason,
        headline=attention.headline,
        phrase=_plain(attention.phrase),
        remedy=attention.remedy,
        call=attention.call,
        until=attention.until,
        cause_at=attention.cause_at,
    )


def _entry(line: LedgerLine, *, restores: bool) -> LedgerEntry:
    return LedgerEntry(
        line=line.line,
        touchpoint=line.touchpoint,
        kind=line.kind,
        expected=line.expectation.text,
        expected_phrase=_plain(line.expectation.phrase),
        said_by=line.expectation.said_by,
        due=line.expectation.due,
        outcome=None if line.outcome is None else line.outcome.text,
        outcome_phrase=None if line.outcome is None else _plain(line.outcome.phrase),
        at=None if line.outcome is None else line.outcome.at,
        restores=restores,
        state=line.state,
        ratio=line.ratio,
        contribution=line.contribution,
        forecast_contribution=line.forecast_contribution,
    )


def _plain(phrase: Phrase | None) -> dict[str, Any] | None:
    """By hand: there are two in each line of a ledger, and the model takes twice as long."""
    if phrase is None:
        return None
    arguments = {name: _plain(each) if isinstance(each, Phrase) else each for name, each in phrase.arguments.items()}
    return {"code": phrase.code, "arguments": arguments}
