"""What an alert says of itself, to people and programs alike: the same on the page, in the API and in a webhook."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.alert import Act, Alert, Grade, JourneyStanding, Severity, Snooze, State
from services.alerts.domain.freshness import is_late
from services.alerts.domain.ledger import LedgerEntry, hurting
from services.alerts.domain.store import StoreStanding, reasons_in
from services.alerts.domain.wording import effect

MOST_LINES = 5
"""Lines of the ledger that are named as the reason; the whole ledger is a click away."""
LONGEST_TEXT = 400
"""Characters of one text. What is told on a lock screen or in a chat is short."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An alert with the journey, or the store, that it is about."""

    alert: Alert
    standing: JourneyStanding | StoreStanding
    ledger: tuple[LedgerEntry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An alert for programs. Times are in UTC."""

    alert_id: str
    store: str
    journey: str | None
    """None: it is about the store as a whole, and neither it nor `kv` and the like are known; else `neglect` is not."""
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
    cause_at: datetime | None
    """When it came to be so; None: nobody has said."""
    late: bool
    """Whether somebody was told long after that."""
    acknowledged: Act | None = None
    """Who has taken it."""
    snoozed: Snooze | None = None
    """Who has put it off, and until when."""
    closed: Act | None = None
    """Who has put an end to it; None: the facts have, or nobody has."""
    repeats: int = 0
    """So many times it was told again because nobody has acknowledged it."""
    risk: float | None = None
    kv: float | None = None
    forecast: float | None = None
    adequate: float | None = None
    neglect: float | None = None
    why: list[str]
    link: str


def account(case: Case, page_url: str) -> Account:
    """What there is to say about an alert. `page_url` is where the page is, as its readers reach it."""
    alert, standing, finding = case.alert, case.standing, case.alert.finding
    figures = (
        {"neglect": standing.neglect}
        if isinstance(standing, StoreStanding)
        else {name: getattr(standing, name) for name in ("risk", "kv", "forecast", "adequate")}
    )
    return Account(
        alert_id=alert.alert_id,
        store=alert.store,
        journey=None if alert.of_store else alert.journey,
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
        cause_at=finding.cause_at,
        late=is_late(finding, alert.escalated_at or alert.opened_at),
        acknowledged=alert.acknowledged,
        snoozed=alert.snoozed,
        closed=alert.closed,
        repeats=alert.repeats,
        **figures,
        why=reasons(case),
        link=f"{page_url}/alerts/{alert.alert_id}",
    )


def reasons(case: Case) -> list[str]:
    """The lines that pull the journey down, or what is wrong in the store, in words, the worst first."""
    if isinstance(case.standing, StoreStanding):
        why = [
            f"{each.what}: {each.told}" + (f"; {each.effect}" if each.effect else "")
            for each in reasons_in(case.standing, case.alert.line)
        ]
    else:
        why = [
            f"{each.expected} ({each.said_by}): {each.outcome or each.state}; {effect(each)}"
            for each in hurting(case.ledger)
        ]
    return [clipped(each) for each in why[:MOST_LINES]]


def clipped(text: str) -> str:
    """A text, cut where it gets too long."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
