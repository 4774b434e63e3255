"""How an alert looks on the page: everything in words, nothing left for a template to decide but where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.alerts.domain.account import Case
from services.alerts.domain.alert import Act, Alert, Grade, JourneyStanding, State
from services.alerts.domain.freshness import is_late
from services.alerts.domain.ledger import LedgerEntry, hurting
from services.alerts.domain.store import Because, StoreStanding, reasons_in
from services.alerts.domain.wording import effect, odds, plain, time_left

SOON_SECONDS = 15 * 60
"""With less time left than this, the time left stands out."""
OUTCOMES = {Grade.SAVED: "Saved", Grade.LOST: "Lost", Grade.PENDING: "Resolved"}


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
    cause: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """How the journey of an alert stands."""

    odds: str
    percent: str
    kv: str
    forecast: str
    adequate: str


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

    link: str
    state: str
    tone: str
    """critical, warning, good or quiet: how it is coloured, beside being said."""
    label: str
    headline: str
    store: str
    journey: str
    remedy: str
    call: str
    until: str
    left: str
    late: bool
    urgent: bool
    opened: str
    escalated: str
    closed: str
    so_since: str
    """When it came to be so, where somebody was told late."""
    calm: bool
    """Somebody looks after it: it need not stand out."""
    acts: list[Deed]
    """What people did about it, the latest state of each."""
    told_again: str
    why: list[Row]
    figures: Figures | None
    """None: it is about a store as a whole, whose reasons are in `because`."""
    because: list[Because]


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """One alert that nobody has to look after any more."""

    link: str
    tone: str
    label: str
    headline: str
    store: str
    at: str


class Showing:
    """Puts alerts into words, for one look at them."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self._now = now.astimezone(zone)
        self.zone = self._now.tzname() or str(zone)
        self.time = f"{self._now:%H:%M}"
        self.date = f"{self._now:%A} {self._now.day} {self._now:%B %Y}"

    def when(self, at: datetime | None) -> str:
        """A time as one says it on that day: 14:00; on another: Sun 22 Nov, 14:00."""
        if at is None:
            return ""
        local = at.astimezone(self._now.tzinfo)
        if local.date() == self._now.date():
            return f"{local:%H:%M}"
        year = "" if local.year == self._now.year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"

    def card(self, case: Case) -> Card:
        """An alert with all that a manager needs to act."""
        alert, finding, standing = case.alert, case.alert.finding, case.standing
        is_open = alert.state is State.OPEN
        until = finding.until if is_open else None
        tone, label = (finding.severity, finding.severity.capitalize()) if is_open else _ending(case)
        return Card(
            link=f"/alerts/{alert.alert_id}",
            state=alert.state.value,
            tone=tone,
            label=label,
            headline=plain(finding.headline),
            store=alert.store,
            journey=alert.journey,
            remedy=finding.remedy,
            call=plain(finding.call or ""),
            until=self.when(until),
            left=_left(until, self._now) if is_open else "",
            late=until is not None and until <= self._now,
            urgent=until is None or (until - self._now).total_seconds() < SOON_SECONDS,
            opened=self.when(alert.opened_at),
            escalated=self.when(alert.escalated_at),
            closed=self.when(alert.closed_at),
            so_since=self.when(finding.cause_at) if is_late(finding, alert.escalated_at or alert.opened_at) else "",
            calm=is_open and alert.is_attended,
            acts=list(self._deeds(alert)),
            told_again=_times(alert.repeats) if is_open else "",
            why=[self.row(each, cause=each.line == alert.line) for each in hurting(case.ledger)],
            figures=None if isinstance(standing, StoreStanding) else _figures(standing),
            because=reasons_in(standing, alert.line) if isinstance(standing, StoreStanding) else [],
        )

    def _deeds(self, alert: Alert) -> Iterator[Deed]:
        if alert.acknowledged is not None:
            yield self._deed("Acknowledged", alert.acknowledged)
        if alert.snoozed is not None:
            yield self._deed(f"Snoozed until {self.when(alert.snoozed.until)}", alert.snoozed)
        if alert.closed is not None:
            yield self._deed("Closed", alert.closed)

    def _deed(self, what: str, act: Act) -> Deed:
        return Deed(what=what, by=act.by, at=self.when(act.at), comment=act.comment or "")

    def closed(self, case: Case) -> Closed:
        """An alert in one line."""
        tone, label = _ending(case)
        return Closed(
            link=f"/alerts/{case.alert.alert_id}",
            tone=tone,
            label=label,
            headline=plain(case.alert.finding.headline),
            store=case.alert.store,
            at=self.when(case.alert.closed_at),
        )

    def row(self, entry: LedgerEntry, *, cause: bool = False) -> Row:
        """A line of the ledger in words."""
        return Row(
            expected=plain(entry.expected),
            said_by=plain(entry.said_by),
            source=_source(entry),
            due=self.when(entry.due),
            outcome=plain(entry.outcome or entry.state),
            ratio="" if entry.ratio is None else f"{entry.ratio:.2f}",
            effect=effect(entry),
            harm=entry.at_stake < 0 and effect(entry) != "changes nothing",
            cause=cause,
        )


def _figures(journey: JourneyStanding) -> Figures:
    return Figures(
        odds=odds(journey.risk),
        percent=f"{journey.risk * 100:.0f} %",
        kv=f"{journey.kv:.2f}",
        forecast=f"{journey.forecast:.2f}",
        adequate=f"{journey.adequate:.2f}",
    )


def _left(until: datetime | None, now: datetime) -> str:
    return "Act now" if until is None else time_left(until, now)


def _source(entry: LedgerEntry) -> str:
    if entry.line.startswith("promise/"):
        return f"Promised by {plain(entry.said_by)}"
    return plain(entry.said_by[:1].upper() + entry.said_by[1:])


def _times(repeats: int) -> str:
    return "" if repeats == 0 else "once" if repeats == 1 else f"{repeats} times"


def _ending(case: Case) -> tuple[str, str]:
    if case.alert.state in {State.RETRACTED, State.CLOSED}:
        return "quiet", case.alert.state.value.capitalize()
    grade = case.alert.grade or Grade.PENDING
    return {Grade.SAVED: "good", Grade.LOST: "critical", Grade.PENDING: "quiet"}[grade], OUTCOMES[grade]
