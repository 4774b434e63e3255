"""What somebody has to look at in a store as a whole, and when to look again although nothing happens."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from services.experience.domain.happening import escaped
from services.experience.domain.phrase import Phrase, phrase
from services.experience.domain.store_assessment import StoreAssessment
from services.experience.domain.store_neglect import Fault
from services.experience.domain.store_slips import Slips

Reason = Literal["neglected", "repeated", "unread"]
NEGLECT = "neglect"
PRECISION = timedelta(seconds=1)
"""How exactly the instant is found at which neglect has grown too far."""
LOOK_EVERY = timedelta(hours=6)
"""As long as something is left undone, the index is told anew this often: it grows."""
MOST_NAMED = 3
"""Defects and units that are named in a headline; the page has them all."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something in a store that needs attention: what a manager needs to know to act on it."""

    line: str
    severity: Literal["warning", "critical"]
    reason: Reason
    headline: Phrase
    remedy: str
    call: str | None = None
    until: datetime | None = None
    cause_at: datetime | None = field(default=None, compare=False)
    """When it came to be so."""


def needs_of(assessment: StoreAssessment, named: Collection[str]) -> dict[str, Need]:
    """What needs somebody now, by line. `named`: what was said to before, which clears a little later than it came."""
    needs = [*_neglect(assessment, already=NEGLECT in named), *_slips(assessment), *_unread(assessment)]
    return {need.line: need for need in needs}


def next_look(assessment: StoreAssessment) -> datetime | None:
    """The next instant at which the store stands differently by the clock alone; None when there is none."""
    now, care = assessment.as_of, assessment.concept.store
    instants = [at + care.slips_within for slips in assessment.slips for at in slips.at]
    if assessment.coverage is not None and assessment.coverage.missing:
        instants += [assessment.coverage.due, assessment.coverage.critical_at]
    if assessment.visits_close_at is not None:
        instants.append(assessment.visits_close_at)
    full = max((fault.since + care.saturates_after for fault in assessment.faults), default=now)
    if full > now:
        instants.append(min(full, now + LOOK_EVERY))
    for level in (care.neglect_alert, care.neglect_critical):
        if assessment.neglect < level <= assessment.neglect_at(full):
            instants.append(_reached(now, full, lambda at, level=level: assessment.neglect_at(at) >= level))  # type: ignore[misc]
    return min((instant for instant in instants if instant > now), default=None)


def _neglect(assessment: StoreAssessment, *, already: bool) -> list[Need]:
    care, index = assessment.concept.store, assessment.neglect
    least = care.neglect_alert * (care.clear_below if already else 1.0)
    if index < least or not assessment.faults:
        return []
    level = care.neglect_critical if index >= care.neglect_critical else least
    began_at = min(fault.since for fault in assessment.faults)
    heaviest = sorted(assessment.faults, key=lambda fault: (-fault.neglect(care, assessment.as_of), fault.line))
    return [
        Need(
            line=NEGLECT,
            severity="critical" if index >= care.neglect_critical else "warning",
            reason="neglected",
            headline=phrase("store.neglected", store=assessment.store, left=_left(heaviest, assessment.as_of)),
            remedy=care.neglect_remedy,
            call=assessment.concept.defects.call,
            cause_at=_reached(began_at, assessment.as_of, lambda at: assessment.neglect_at(at) >= level),
        )
    ]


def _slips(assessment: StoreAssessment) -> list[Need]:
    care = assessment.concept.store
    return [
        Need(
            line=_line_of(slips),
            severity="critical" if len(slips.at) >= 2 * care.slips else "warning",
            reason="repeated",
            headline=phrase(
                "store.repeated",
                store=assessment.store,
                times=len(slips.at),
                what=f"minor_{slips.kind}",
                place=slips.touchpoint,
                within=care.slips_within,
            ),
            remedy=care.slips_remedy,
            call=assessment.concept.problems.call,
            cause_at=slips.at[(2 if len(slips.at) >= 2 * care.slips else 1) * care.slips - 1],
        )
        for slips in assessment.slips
        if len(slips.at) >= care.slips
    ]


def _unread(assessment: StoreAssessment) -> list[Need]:
    coverage = assessment.coverage
    if coverage is None or not coverage.missing or assessment.as_of < coverage.due:
        return []
    late = assessment.as_of >= coverage.critical_at
    return [
        Need(
            line=coverage.line,
            severity="critical" if late else "warning",
            reason="unread",
            headline=phrase(
                "store.unread",
                store=assessment.store,
                missing=len(coverage.missing),
                units=len(coverage.missing) + len(coverage.acknowledged),
                concept=coverage.concept,
                version=coverage.version,
                named=", ".join(coverage.missing),
            ),
            remedy=assessment.concept.store.acknowledge_remedy,
            call=coverage.missing[0] if len(coverage.missing) == 1 else None,
            until=None if late else coverage.critical_at,
            cause_at=coverage.critical_at if late else coverage.due,
        )
    ]


def _line_of(slips: Slips) -> str:
    return f"slips/{escaped(slips.touchpoint)}/{slips.kind}"


def _left(heaviest: Sequence[Fault], now: datetime) -> Phrase:
    """What is left undone: the heaviest by name, the others by their number."""
    said, *more = [_fault(fault, now) for fault in heaviest[:MOST_NAMED]]
    for each in more:
        said = phrase("store.and", listed=said, last=each)
    others = len(heaviest) - MOST_NAMED
    return phrase("store.and_more", listed=said, more=others) if others > 0 else said


def _fault(fault: Fault, now: datetime) -> Phrase:
    what = fault.line.split("/")[1].replace("-", " ")
    if fault.line.startswith("cleanliness/"):
        return phrase("store.unclean", what=what, age=now - fault.since)
    return phrase("store.defect", what=what, area=fault.area, age=now - fault.since)


def _reached(before: datetime, after: datetime, has: Callable[[datetime], bool]) -> datetime:
    """The first instant, to `PRECISION`, that `has`, which `before` does not and `after` does."""
    while after - before > PRECISION:
        middle = before + (after - before) / 2
        before, after = (before, middle) if has(middle) else (middle, after)
    return after
