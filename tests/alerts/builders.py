"""Alerts, journeys and evaluations for tests: everything that a test is not about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.alerts.domain.account import Case
from services.alerts.domain.alert import Alert, Finding, JourneyStanding
from services.alerts.domain.decision import Step
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.ports import Evaluated, Told
from services.chassis.bookkeeping import Record
from touchline_contracts import AnyEvent, new_event
from touchline_contracts.evaluations import Attention, Expectation, JourneyEvaluated, LedgerLine, Outcome

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STORE, JOURNEY, GOODS = "riga-1", "visit-1043", "promise/goods"
HEADLINE = "Nobody has confirmed: goods brought over from the second warehouse by 14:00"


def finding(line: str = GOODS, **changes: Any) -> Finding:
    """A promise that nobody has confirmed."""
    usual = Finding(
        line=line,
        severity="warning",
        reason="unconfirmed",
        headline=HEADLINE,
        remedy="Call the second warehouse and have it confirmed.",
        call="second_warehouse",
        until=NOON + timedelta(hours=2),
    )
    return replace(usual, **changes)


def broken(line: str = GOODS) -> Finding:
    """A promise that was broken."""
    return finding(line, severity="critical", reason="broken", headline="Broken promise: goods", until=None)


def standing(journey: str = JOURNEY, **changes: Any) -> JourneyStanding:
    """A journey that is running, and at risk."""
    usual = JourneyStanding(
        store=STORE,
        journey=journey,
        version=1,
        ended=False,
        kv=1.0,
        forecast=0.47,
        risk=0.504,
        adequate=0.8,
        as_of=NOON,
    )
    return replace(usual, **changes)


def alert(**changes: Any) -> Alert:
    """An open alert about an unconfirmed promise."""
    usual = Alert(store=STORE, journey=JOURNEY, finding=finding(), opened_at=NOON, version=1)
    return replace(usual, **changes)


def entry(line: str = GOODS, **changes: Any) -> LedgerEntry:
    """A promise that is heading for trouble."""
    usual = LedgerEntry(
        line=line,
        touchpoint="promise:goods_from_second_warehouse",
        kind="performance",
        expected="goods brought over from the second warehouse by 14:00",
        said_by="sales",
        due=NOON + timedelta(hours=2),
        outcome="not confirmed by second_warehouse yet",
        state="made",
        contribution=0.0,
        forecast_contribution=-0.758,
    )
    return replace(usual, **changes)


def case(**changes: Any) -> Case:
    """An open alert with its journey and ledger."""
    return replace(Case(alert=alert(), standing=standing(), ledger=(entry(),)), **changes)


def told(step: Step = Step.OPENED, **changes: Any) -> Told:
    """A step of an alert that is to be told; `changes` are of the alert."""
    return Told(step=step, case=case(alert=alert(**changes)), at=NOON)


def evaluated(*findings: Finding, journey: str = JOURNEY, **changes: Any) -> Evaluated:
    """An evaluation as the use cases take it in; `changes` are of the journey's standing."""
    return Evaluated(
        standing=standing(journey, **changes), findings={each.line: each for each in findings}, ledger=(entry(),)
    )


def evaluation(journey: str, version: int, *findings: Finding, **changes: Any) -> AnyEvent:
    """`journey.evaluated` as the experience service publishes it; `changes` are of its envelope and data."""
    envelope = {name: changes.pop(name) for name in ("replay", "store", "time") if name in changes}
    data = {
        "version": version,
        "as_of": NOON,
        "began_at": NOON - timedelta(hours=1),
        "concept": "hardware-shop",
        "concept_version": 3,
        "journey_state": "open",
        "events": version,
        "late_events": 0,
        "kv": 1.0,
        "forecast": 0.47 if findings else 1.0,
        "risk": 0.504 if findings else 0.09,
        "threshold": 0.25,
        "adequate": 0.8,
        "lines": [_line(each) for each in findings],
        "attention": [_attention(each) for each in findings],
    }
    return new_event(
        JourneyEvaluated(**data | changes),
        id=f"{journey}:{version}",
        source="/touchline/experience",
        subject=journey,
        **{"store": STORE, "time": NOON} | envelope,
    )


def record(event: AnyEvent, offset: int = 0, **changes: Any) -> Record:
    """An event as Kafka holds it."""
    usual = Record(
        topic="touchline.evaluations",
        partition=0,
        offset=offset,
        key=event.key.encode(),
        value=event.to_json(),
        timestamp=int(NOON.timestamp() * 1000),
    )
    return usual._replace(**changes)


def _attention(each: Finding) -> Attention:
    return Attention(
        line=each.line,
        severity=each.severity,
        reason=each.reason,
        since=NOON,
        until=each.until,
        cause_at=each.cause_at,
        headline=each.headline,
        remedy=each.remedy,
        call=each.call,
    )


def _line(each: Finding) -> LedgerLine:
    return LedgerLine(
        line=each.line,
        touchpoint="promise:goods_from_second_warehouse",
        kind="performance",
        expectation=Expectation(text="goods brought over by 14:00", said_by="sales", unit="seconds", due=each.until),
        outcome=Outcome(text="not confirmed by second_warehouse yet"),
        state="made",
        contribution=0.0,
        forecast_contribution=-0.758,
    )
