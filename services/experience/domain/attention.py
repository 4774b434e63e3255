"""What somebody has to look at now: which line puts the journey at risk, why, what to do and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.experience.domain.assessment import Assessment, assess, risk_alone
from services.experience.domain.concept import ServiceConcept, Unit
from services.experience.domain.evaluation import weigh
from services.experience.domain.happening import Happening
from services.experience.domain.ledger import Line, expectation, outcome
from services.experience.domain.phrase import Phrase, phrase
from services.experience.domain.track_record import TrackRecords

Reason = Literal[
    "unconfirmed", "declined", "slipping", "broken", "waiting", "failed", "problem_unowned", "problem_open"
]
Severity = Literal["warning", "critical"]

NOTICEABLE = -0.05
"""A line that takes less than this from the forecast's V (5 % of KV) is not worth anybody's attention."""


@dataclass(frozen=True, kw_only=True)
class Attention:
    """One line that needs attention: what a manager needs to know to act on it."""

    line: str
    severity: Severity
    reason: Reason
    since: datetime
    """When it was first said."""
    cause_at: datetime | None = None
    """When it came to be so."""
    until: datetime | None
    headline: Phrase
    remedy: str
    call: str | None


def lines_at_risk(assessment: Assessment, flagged: Mapping[str, datetime]) -> list[Line]:
    """The lines because of which somebody should step in now. `flagged`: the lines that were said to, and since when.

    Fewer rather than more: of a journey at risk the worst line is named, each open promise or problem that would put
    it at risk alone (something worse beside it must not hide what can still be saved), and those named before that
    still hurt.
    With hysteresis: what was named stays named until the risk is well below the threshold.
    """
    costs = assessment.concept.costs
    limit = costs.threshold * (costs.clear_below if flagged else 1.0)
    if assessment.closed or assessment.risk <= limit:
        return []
    parts = assessment.forecast.contributions
    # Taking a promise back in time is how it should be done when it cannot be kept: nobody is called for that.
    hurting = [line for line in assessment.lines if parts[line.id] < NOTICEABLE and line.state != "withdrawn"]
    named = [line for line in hurting if line.id in flagged]
    if assessment.risk > costs.threshold:
        worst = min(hurting, key=lambda line: (parts[line.id], line.id), default=None)
        for line in hurting:
            by_itself = _can_be_saved(line) and risk_alone(line, assessment) > costs.threshold
            if line not in named and (line is worst or by_itself):
                named.append(line)
    return named


def attention_for(line: Line, assessment: Assessment, since: datetime) -> Attention:
    """What to tell the manager about a line."""
    reason = _reason(line, assessment.as_of)
    gone_wrong = line.state in ("broken", "never") or line.critical or _fails_a_must_be(line, assessment)
    severity: Severity = "critical" if gone_wrong else "warning"
    until = None if line.settled else line.due
    return Attention(
        line=line.id,
        severity=severity,
        reason=reason,
        since=since,
        until=until,
        headline=_headline(line, reason),
        remedy=line.standard.remedy,
        call=line.standard.call,
    )


def was_unfounded(
    line: str,
    flagged_at: datetime,
    happenings: Sequence[Happening],
    surroundings: Sequence[Happening],
    concept: ServiceConcept,
    records: TrackRecords,
) -> bool:
    """Whether, knowing what is known now, the line would not have been named when it was: late facts disproved it."""
    assessment = assess(happenings, surroundings, concept, now=flagged_at, records=records)
    if assessment is None or assessment.risk <= concept.costs.threshold:
        return True
    # That something worse has come to light beside it does not make it unfounded.
    return assessment.forecast.contributions.get(line, 0.0) >= NOTICEABLE


def _fails_a_must_be(line: Line, assessment: Assessment) -> bool:
    at = line.at or assessment.as_of
    concept = assessment.concept
    return line.ratio is not None and weigh(line, line.ratio, at, concept.parameters, concept.adequate).failed_must_be


def _can_be_saved(line: Line) -> bool:
    return not line.settled and (line.is_promise or line.id.startswith("problem/"))


def _headline(line: Line, reason: Reason) -> Phrase:
    code = f"attention.{reason}"
    match reason:
        case "unconfirmed" | "slipping" | "broken":
            return phrase(code, expected=expectation(line))
        case "declined":
            return phrase(code, unit=line.standard.call or "", expected=expectation(line))
        case "waiting" | "failed":
            return phrase(code, what=line.standard.label, outcome=outcome(line))
        case "problem_unowned" | "problem_open":
            return phrase(code, outcome=outcome(line))


def _reason(line: Line, now: datetime) -> Reason:
    if line.is_promise:
        if line.state == "declined":
            return "declined"
        if line.settled:
            return "broken"
        unconfirmed = line.state == "made" and line.confirm_by is not None and line.confirm_by <= now
        return "unconfirmed" if unconfirmed else "slipping"
    if line.id.startswith("problem/"):
        return {"reported": "problem_unowned", "owned": "problem_open"}.get(line.state, "failed")  # type: ignore[return-value]
    if not line.settled and line.standard.unit is Unit.SECONDS:
        return "waiting"
    return "failed"
