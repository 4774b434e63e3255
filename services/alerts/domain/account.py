"""What an alert says of itself, to people and programs alike: the same on the page, in the API and in a webhook."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.alerts.domain.alert import Act, Alert, Grade, JourneyStanding, Severity, Snooze, State
from services.alerts.domain.freshness import is_late
from services.alerts.domain.ledger import LedgerEntry, hurting
from services.alerts.domain.phrase import Phrase, phrase
from services.alerts.domain.store import StoreStanding, reasons_in
from services.alerts.domain.wording import effect, effect_phrase

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


class Why(NamedTuple):
    """One reason for an alert: in English, and for every language."""

    text: str
    phrase: Phrase | None


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
    phrase: Phrase | None = None
    """The headline, for every language; None: it is only there in English. A remedy's text is its own phrase."""
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
    why_phrases: list[Phrase | None]
    """The same, for every language; None for one that is only there in English."""
    link: str


def account(case: Case, page_url: str) -> Account:
    """What there is to say about an alert. `page_url` is where the page is, as its readers reach it."""
    alert, standing, finding = case.alert, case.standing, case.alert.finding
    figures = (
        {"neglect": standing.neglect}
        if isinstance(standing, StoreStanding)
        else {name: getattr(standing, name) for name in ("risk", "kv", "forecast", "adequate")}
    )
    why = reasons(case)
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
        phrase=unless_long(finding.phrase, finding.headline),
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
        why=[clipped(each.text) for each in why],
        why_phrases=[unless_long(each.phrase, each.text) for each in why],
        link=f"{page_url}/alerts/{alert.alert_id}",
    )


def reasons(case: Case) -> list[Why]:
    """The lines that pull the journey down, or what is wrong in the store, in words, the worst first."""
    if isinstance(case.standing, StoreStanding):
        why = [
            Why(f"{each.what}: {each.told}" + (f"; {each.effect}" if each.effect else ""), each.phrase)
            for each in reasons_in(case.standing, case.alert.line)
        ]
    else:
        why = [_of_line(each) for each in hurting(case.ledger)]
    return why[:MOST_LINES]


def unless_long(phrase: Phrase | None, text: str) -> Phrase | None:
    """The phrase of a text, unless the text has to be cut: nobody can cut a phrase."""
    return phrase if len(text) <= LONGEST_TEXT else None


def clipped(text: str) -> str:
    """A text, cut where it gets too long."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _of_line(entry: LedgerEntry) -> Why:
    outcome = entry.outcome_phrase or entry.outcome or phrase(f"state.{entry.state}")
    return Why(
        f"{entry.expected} ({entry.said_by}): {entry.outcome or entry.state}; {effect(entry)}",
        phrase(
            "why.line",
            expected=entry.expected_phrase or entry.expected,
            said_by=entry.said_by,
            outcome=outcome,
            effect=effect_phrase(entry),
        ),
    )
