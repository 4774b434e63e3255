"""When something came to be wrong, whenever it is noticed: by what is known now, and by when things happened."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.experience.domain.assessment import Assessment, assess
from services.experience.domain.attention import attention_for, lines_at_risk
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line
from services.experience.domain.track_record import TrackRecords

PRECISION = timedelta(hours=1)
"""How exactly it is worked out. What is noticed within that time costs nothing to work out."""


def came_to_be_so(was_so: Callable[[datetime], bool], *, now: datetime, first: datetime) -> datetime:
    """The latest instant, to `PRECISION`, from which on it `was_so` until now; not before `first`, never too early."""
    after, step = now, PRECISION
    while after - first > PRECISION:
        before = max(now - step, first)
        if not was_so(before):
            break
        after, step = before, 2 * step
    else:
        return after
    while after - before > PRECISION:
        middle = before + (after - before) / 2
        before, after = (before, middle) if was_so(middle) else (middle, after)
    return after


def cause_of(
    line: Line,
    assessment: Assessment,
    happenings: Sequence[Happening],
    surroundings: Sequence[Happening],
    records: TrackRecords,
) -> datetime:
    """When a line came to need attention as it does now, had everything been known at once."""
    severity = attention_for(line, assessment, assessment.as_of).severity

    def was_so(at: datetime) -> bool:
        then = assess(happenings, surroundings, assessment.concept, now=at, records=records)
        if then is None:
            return False
        named = next((each for each in lines_at_risk(then, {}) if each.id == line.id), None)
        return named is not None and attention_for(named, then, at).severity == severity

    return came_to_be_so(was_so, now=assessment.as_of, first=happenings[0].at)
