"""What an alert says of itself, to people and programs alike: the same on the page, in the API and in a webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.alert import Alert, Grade, JourneyStanding, Severity, State
from services.alerts.domain.ledger import LedgerEntry, hurting
from services.alerts.domain.wording import effect

MOST_LINES = 5
"""Lines of the ledger that are named as the reason; the whole ledger is a click away."""
LONGEST_TEXT = 400
"""Characters of one text. What is told on a lock screen or in a chat is short."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An alert with the journey that it is about."""

    alert: Alert
    journey: JourneyStanding
    ledger: tuple[LedgerEntry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An alert for programs. Times are in UTC."""

    alert_id: str
    store: str
    journey: str
    line: str
    state: State
    grade: Grade | None
    severity: Severity
    reason: str
    headline: str
    remedy: str
    call: str | None
    until: datetime | None
    opened_at: datetime
    escalated_at: datetime | None
    closed_at: datetime | None
    risk: float
    kv: float
    forecast: float
    adequate: float
    why: list[str]
    link: str


def account(case: Case, page_url: str) -> Account:
    """What there is to say about an alert. `page_url` is where the page is, as its readers reach it."""
    alert, journey, finding = case.alert, case.journey, case.alert.finding
    return Account(
        alert_id=alert.alert_id,
        store=alert.store,
        journey=alert.journey,
        line=alert.line,
        state=alert.state,
        grade=alert.grade,
        severity=finding.severity,
        reason=finding.reason,
        headline=clipped(finding.headline),
        remedy=clipped(finding.remedy),
        call=finding.call and clipped(finding.call),
        until=finding.until,
        opened_at=alert.opened_at,
        escalated_at=alert.escalated_at,
        closed_at=alert.closed_at,
        risk=journey.risk,
        kv=journey.kv,
        forecast=journey.forecast,
        adequate=journey.adequate,
        why=reasons(case.ledger),
        link=f"{page_url}/alerts/{alert.alert_id}",
    )


def reasons(ledger: Sequence[LedgerEntry]) -> list[str]:
    """The lines that pull the journey down, in words, the worst first."""
    return [
        clipped(f"{each.expected} ({each.said_by}): {each.outcome or each.state}; {effect(each)}")
        for each in hurting(ledger)[:MOST_LINES]
    ]


def clipped(text: str) -> str:
    """A text, cut where it gets too long."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
