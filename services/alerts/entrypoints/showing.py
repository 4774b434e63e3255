"""How an alert looks on the page: everything in words, nothing left for a template to decide but where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from services.alerts.domain.account import Case
from services.alerts.domain.alert import Act, Alert, Finding, Grade, JourneyStanding, State
from services.alerts.domain.freshness import is_late
from services.alerts.domain.ledger import LedgerEntry, hurting
from services.alerts.domain.phrase import Phrase, phrase
from services.alerts.domain.store import StoreStanding
from services.alerts.domain.wording import effect_phrase, odds, plain
from services.alerts.entrypoints.showing_reasons import Reason, reasons_of
from services.alerts.entrypoints.telling_time import Times
from services.alerts.entrypoints.words import PageWords
from touchline_contracts.phrases import Phrase as ContractPhrase
from touchline_contracts.words import ENGLISH

DIALLED = frozenset("0123456789+-()/. ")
FEWEST_DIGITS = 3
LATER = (timedelta(minutes=30), timedelta(hours=2))
"""By so much an alert can be put off with one tap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a ledger."""

    expected: str
    said_by: str
    source: str
    """Who said so, as part of a sentence."""
    due: str
    outcome: str
    ratio: str
    effect: str
    harm: bool
    restores: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """What somebody did about an alert."""

    what: str
    """Acknowledged, Snoozed until 14:00, Closed."""
    by: str
    at: str
    comment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One alert."""

    alert_id: str
    link: str
    is_open: bool
    tone: str
    """critical, warning, good or quiet: how it is coloured, beside being said."""
    label: str
    headline: str
    store: str
    journey: str
    remedy: str
    call: str
    tel: str
    """The number to call, as a link has it; empty where it is no number."""
    until: str
    """Until when, or since when it is too late."""
    left: str
    urgent: bool
    facts: list[str]
    """When it was opened, and the like."""
    closed: str
    calm: bool
    """Somebody looks after it: it need not stand out."""
    acts: list[Deed]
    """What people did about it, the latest state of each."""
    why: list[Reason]
    risk: str
    """What the customer is heading for; empty where it is about a store as a whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One alert in one line."""

    link: str
    tone: str
    label: str
    headline: str
    store: str
    at: str


class Showing:
    """Puts alerts into words, for one look at them."""

    def __init__(self, now: datetime, zone: tzinfo, words: PageWords) -> None:
        self.words = words
        self.says = words.says
        self.times = Times(now, zone, words)
        self.when = self.times.when

    def card(self, case: Case) -> Card:
        """An alert with all that a manager needs to act."""
        alert, finding, standing = case.alert, case.alert.finding, case.standing
        is_open = alert.state is State.OPEN
        tone, label = (finding.severity, self.says(finding.severity)) if is_open else self.ending(case)
        call = self.words.catalogue.text(plain(finding.call or ""))
        until = finding.until if is_open else None
        late = until is not None and until <= self.times.now
        return Card(
            alert_id=alert.alert_id,
            link=f"/alerts/{alert.alert_id}",
            is_open=is_open,
            tone=tone,
            label=label,
            headline=self.headline(finding),
            store=alert.store,
            journey=alert.journey,
            remedy=self.words.catalogue.text(finding.remedy),
            call=call,
            tel=_number(call),
            until="" if until is None else self.says("since" if late else "until", at=self.when(until)),
            left=self.times.left(finding) if is_open else "",
            urgent=self.times.is_soon(finding),
            facts=list(self._facts(alert)),
            closed=self.when(alert.closed_at),
            calm=is_open and alert.is_attended,
            acts=list(self._deeds(alert)),
            why=self._why(case),
            risk="" if isinstance(standing, StoreStanding) else self._risk(standing),
        )

    def line(self, case: Case) -> Line:
        """An alert in one line: how much time is left, or how it has ended."""
        alert, finding = case.alert, case.alert.finding
        is_open = alert.state is State.OPEN
        tone, label = (finding.severity, self.times.left(finding)) if is_open else self.ending(case)
        return Line(
            link=f"/alerts/{alert.alert_id}",
            tone="quiet" if is_open and alert.is_attended else tone,
            label=label,
            headline=self.headline(finding),
            store=alert.store,
            at="" if is_open else self.when(alert.closed_at),
        )

    def row(self, entry: LedgerEntry) -> Row:
        """A line of the ledger in words."""
        by = self.words.catalogue.text(plain(entry.said_by))
        capital = by[:1].upper() + by[1:]
        promised = entry.line.startswith("promise/")
        return Row(
            expected=self.expected(entry),
            said_by=by,
            source=self.says("promised_by", unit=entry.said_by) if promised else capital,
            due=self.when(entry.due),
            outcome=self.outcome(entry),
            ratio="" if entry.ratio is None else self.says("shown_ratio", number=entry.ratio),
            effect=self.said(effect_phrase(entry), ""),
            harm=entry.at_stake < 0 and effect_phrase(entry)["code"] != "effect.nothing",
            restores=entry.restores,
        )

    def headline(self, finding: Finding) -> str:
        """What is wrong."""
        return self.said(finding.phrase, finding.headline)

    def expected(self, entry: LedgerEntry) -> str:
        """What the customer was led to expect."""
        return self.said(entry.expected_phrase, entry.expected)

    def outcome(self, entry: LedgerEntry) -> str:
        """What came of it so far."""
        if entry.outcome is None:
            return self.said(phrase(f"state.{entry.state}"), plain(entry.state))
        return self.said(entry.outcome_phrase, entry.outcome)

    def said(self, phrase: Phrase | None, english: str) -> str:
        """A phrase in the language; the English text in English, and where there is no phrase."""
        if english and self.words.language == ENGLISH:
            return plain(english)
        known = None if phrase is None else ContractPhrase.model_validate(phrase)
        return self.words.catalogue.said(known, plain(english))

    def ending(self, case: Case) -> tuple[str, str]:
        """How an alert has ended: its tone, and a word."""
        if case.alert.state in {State.RETRACTED, State.CLOSED}:
            return "quiet", self.says(case.alert.state.value)
        grade = case.alert.grade or Grade.PENDING
        tone = {Grade.SAVED: "good", Grade.LOST: "critical", Grade.PENDING: "quiet"}[grade]
        return tone, self.says(grade.value)

    def _why(self, case: Case) -> list[Reason]:
        if isinstance(case.standing, StoreStanding):
            return reasons_of(case.standing, case.alert.line, self.words)
        rows = map(self.row, hurting(case.ledger))
        return [Reason(each.expected, f"{each.source} → {each.outcome}", each.effect) for each in rows]

    def _facts(self, alert: Alert) -> Iterator[str]:
        yield self.says("opened", at=self.when(alert.opened_at))
        if is_late(alert.finding, alert.escalated_at or alert.opened_at):
            yield self.says("told_late", at=self.when(alert.finding.cause_at))
        if alert.escalated_at is not None:
            yield self.says("got_worse", at=self.when(alert.escalated_at))
        if alert.repeats and alert.state is State.OPEN:
            yield self.says("told_again", times=alert.repeats)

    def _deeds(self, alert: Alert) -> Iterator[Deed]:
        if alert.acknowledged is not None:
            yield self._deed(self.says("acknowledged"), alert.acknowledged)
        if alert.snoozed is not None:
            until = self.when(alert.snoozed.until)
            yield self._deed(self.says("snoozed_until", until=until), alert.snoozed)
        if alert.closed is not None:
            yield self._deed(self.says("closed"), alert.closed)

    def _deed(self, what: str, act: Act) -> Deed:
        return Deed(what=what, by=act.by, at=self.when(act.at), comment=act.comment or "")

    def _risk(self, journey: JourneyStanding) -> str:
        return self.says(
            "risk",
            odds=self._odds(journey.risk),
            risk=journey.risk,
            forecast=journey.forecast,
            adequate=journey.adequate,
        )

    def _odds(self, risk: float) -> str:
        chance = odds(risk)
        if isinstance(chance, str):
            return self.says(chance)
        return self.says("odds", part=chance[0], whole=chance[1])


def _number(call: str) -> str:
    """A telephone number as links have it; empty when it is none."""
    digits = sum(each.isdigit() for each in call)
    if digits < FEWEST_DIGITS or not set(call) <= DIALLED:
        return ""
    return "".join(each for each in call if each.isdigit() or each == "+")
