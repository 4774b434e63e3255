"""When to look at a journey again although nothing happens: silence is news."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.experience.domain.assessment import Assessment, assess
from services.experience.domain.attention import lines_at_risk
from services.experience.domain.happening import Happening

PRECISION = timedelta(seconds=1)
"""How exactly the instant is found from which a line needs attention."""


def next_deadline(
    assessment: Assessment,
    happenings: Sequence[Happening],
    surroundings: Sequence[Happening],
    *,
    before: datetime | None = None,
) -> datetime | None:
    """The next instant at which the journey stands differently by the clock alone; None when it is closed.

    These are: a promise unconfirmed too long, a due time, a problem nobody owned in time, the closing of the journey,
    and the instant from which one more line needs attention. `before`: when the caller looks again anyway.
    """
    if assessment.closed:
        return None
    now, concept = assessment.as_of, assessment.concept
    fixed = [instant for instant in _fixed(assessment) if instant > now]
    end = min([*fixed, *([before] if before else [])], default=None)
    if all(line.settled for line in assessment.lines):
        return end

    def named_at(instant: datetime) -> set[str]:
        later = assess(happenings, surroundings, concept, now=instant, records=lambda _: assessment.record)
        return set() if later is None else {line.id for line in lines_at_risk(later, {})}

    # Risk only grows while nothing happens: look at each instant from which it may, then close in on the crossing.
    horizon = now + concept.expires_after if end is None else end - PRECISION
    running = {line.due for line in assessment.lines if not line.settled and line.due is not None}
    named = {line.id for line in lines_at_risk(assessment, {})}
    since = now
    for after in sorted({instant for instant in running if now < instant < horizon} | {horizon}):
        if after > since and named_at(after) - named:
            return _crossing(since, after, lambda instant: bool(named_at(instant) - named))
        since = max(since, after)
    return end


def _crossing(before: datetime, after: datetime, has_crossed: Callable[[datetime], bool]) -> datetime:
    """The first instant, to `PRECISION`, at which `has_crossed`, which it has not `before` and has `after`."""
    while after - before > PRECISION:
        middle = before + (after - before) / 2
        if has_crossed(middle):
            after = middle
        else:
            before = middle
    return after


def _fixed(assessment: Assessment) -> list[datetime]:
    """The instants that are written down: confirmations, due times, times to own and solve problems, the closing."""
    instants = []
    for line in assessment.lines:
        if line.settled:
            continue
        if line.is_promise or line.id.startswith("problem/"):
            instants.append(line.due)
        if line.is_promise and line.state == "made":
            instants.append(line.confirm_by)
    return [instant for instant in [*instants, assessment.closes_at] if instant is not None]
