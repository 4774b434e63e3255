"""An alert's journey drawn and told: a bar for each line, and what happened when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from services.alerts.domain.account import Case
from services.alerts.domain.alert import JourneyStanding, State
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.entrypoints.showing import Row, Showing

APART = timedelta(minutes=1)
"""Whoever was told so soon was told at once: that is one moment."""
MOST_DRAWN = 1.25
"""The KV at which the picture ends: beyond, a bar is cut."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """Where something leaves the journey, as shares of the picture's width from 0 to 100."""

    certain: float
    likely: float
    """Where it is heading; the same as `certain` where that is decided."""
    harm: bool
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Zone:
    """What is tolerated, on the same scale."""

    begins: float
    ends: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A journey, line by line."""

    zone: Zone
    lines: list[tuple[Row, Bar]]
    so_far: Bar
    heading: Bar
    legend: str
    figures: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Something on the time line."""

    at: str
    words: str
    tone: str
    ahead: bool
    """It has not come yet."""


def picture(case: Case, showing: Showing) -> Picture | None:
    """What was expected and what came of it; None where it is about a store as a whole."""
    journey = case.standing
    if not isinstance(journey, JourneyStanding):
        return None
    return Picture(
        zone=Zone(begins=_place(journey.adequate), ends=_place(1.0)),
        lines=[
            (
                showing.row(each),
                _bar(exp(each.contribution), exp(each.forecast_contribution), journey.adequate, showing),
            )
            for each in case.ledger
        ],
        so_far=_bar(journey.kv, journey.kv, journey.adequate, showing),
        heading=_bar(journey.forecast, journey.forecast, journey.adequate, showing),
        legend=showing.says("legend", adequate=journey.adequate),
        figures=showing.says("so_far", kv=journey.kv, forecast=journey.forecast),
    )


def story(case: Case, showing: Showing) -> list[Moment]:
    """What happened, and what is still to come, in the order of time; the present stands between the two."""
    now = showing.times.now
    moments = [*_of_ledger(case, showing), *_of_alert(case, showing)]
    if case.alert.state is State.OPEN:
        moments.append((now, showing.says("story_now"), "now"))
    return [
        Moment(at=showing.when(at), words=words, tone=tone, ahead=at > now)
        for at, words, tone in sorted(moments, key=lambda each: (each[0], each[2] == "now"))
    ]


def _of_alert(case: Case, showing: Showing) -> Iterator[tuple[datetime, str, str]]:
    alert, finding, says = case.alert, case.alert.finding, showing.says
    told_at = alert.escalated_at or alert.opened_at
    if finding.cause_at is not None and abs(told_at - finding.cause_at) >= APART:
        yield finding.cause_at, f"{says('story_cause')}: {showing.headline(finding)}", finding.severity
    yield alert.opened_at, says("story_opened"), finding.severity
    if alert.escalated_at is not None:
        yield alert.escalated_at, says("story_worse"), "critical"
    if alert.acknowledged is not None:
        yield alert.acknowledged.at, says("acknowledged"), "good"
    if alert.snoozed is not None:
        yield alert.snoozed.at, says("snoozed_until", until=showing.when(alert.snoozed.until)), "quiet"
    if alert.closed_at is not None:
        tone, ending = showing.ending(case)
        yield alert.closed_at, ending, tone
    elif finding.until is not None:
        yield finding.until, says("story_until"), "critical"


def _of_ledger(case: Case, showing: Showing) -> Iterator[tuple[datetime, str, str]]:
    for each in case.ledger:
        if each.at is not None:
            yield each.at, f"{showing.expected(each)}: {showing.outcome(each)}", _tone(each)
        elif each.due is not None and each.due != case.alert.finding.until:
            yield each.due, showing.says("story_due", expected=showing.expected(each)), "quiet"


def _tone(entry: LedgerEntry) -> str:
    return "critical" if entry.at_stake < 0 else "good" if entry.contribution > 0 else "quiet"


def _bar(certain: float, likely: float, adequate: float, showing: Showing) -> Bar:
    worst = min(certain, likely)
    return Bar(
        certain=_place(worst),
        likely=_place(max(certain, likely)),
        harm=worst < adequate,
        said=showing.says("bar", share=worst),
    )


def _place(kv: float) -> float:
    return round(100 * min(kv, MOST_DRAWN) / MOST_DRAWN, 1)
