"""When to look at a journey again although nothing happens: silence is news."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.experience.domain.assessment import Assessment, risk_at
from services.experience.domain.happening import Happening

PRECISION = timedelta(seconds=1)
"""How exactly the instant is found at which the risk crosses the threshold."""


def next_deadline(
    assessment: Assessment, happenings: Sequence[Happening], surroundings: Sequence[Happening]
) -> datetime | None:
    """The next instant at which the journey stands differently by the clock alone; None when it is closed.

    These are: a promise unconfirmed too long, a due time, a problem nobody owned in time, the closing of the journey,
    and the instant at which the risk crosses the threshold.
    """
    now, concept = assessment.as_of, assessment.concept
    if assessment.closed:
        return None
    fixed = [instant for instant in _fixed(assessment) if instant > now]
    running = [line.due for line in assessment.lines if not line.settled and line.due is not None and line.due > now]
    end = min(fixed, default=now + concept.expires_after)
    threshold = concept.costs.threshold
    if assessment.risk > threshold or all(line.settled for line in assessment.lines):
        return min(fixed, default=None)
    # Risk only grows while nothing happens: look at each instant from which it may, then close in on the crossing.
    before = now
    for after in sorted({*(instant for instant in running if instant < end), end - PRECISION}):
        if after <= before:
            continue
        if risk_at(happenings, surroundings, concept, now=after) > threshold:
            while after - before > PRECISION:
                middle = before + (after - before) / 2
                if risk_at(happenings, surroundings, concept, now=middle) > threshold:
                    after = middle  # noqa: PLW2901  # the interval is narrowed from both ends
                else:
                    before = middle
            return after
        before = after
    return min(fixed, default=None)


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
