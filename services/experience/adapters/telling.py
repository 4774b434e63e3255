"""From the domain's assessment to the contract's `journey.evaluated`."""

from collections.abc import Sequence

from services.experience.domain.assessment import Assessment, fewest_to_restore
from services.experience.domain.attention import Attention
from services.experience.domain.ledger import Line, text_of_expectation, text_of_outcome
from touchline_contracts import evaluations as contract
from touchline_contracts.evaluations import JourneyEvaluated

MOST_LINES = 500
"""Lines of a published ledger; each takes about 400 bytes, and a message at most 1 MiB."""


def journey_evaluated(
    assessment: Assessment,
    *,
    version: int,
    events: int,
    late_events: int,
    attention: Sequence[Attention],
    retracted: Sequence[str],
) -> JourneyEvaluated:
    """The evaluation of a journey as it is published."""
    concept = assessment.concept
    return JourneyEvaluated(
        version=version,
        as_of=assessment.as_of,
        began_at=assessment.course.began_at,
        concept=concept.name,
        concept_version=concept.version,
        journey_state="closed" if assessment.closed else "open",
        events=events,
        late_events=late_events,
        kv=assessment.evaluation.kv,
        ratio=assessment.ratio,
        forecast=assessment.forecast.kv,
        risk=assessment.risk,
        threshold=concept.costs.threshold,
        adequate=concept.adequate,
        lines=[ledger_line(line, assessment) for line in _told_of(assessment)],
        attention=[
            contract.Attention(
                line=each.line,
                severity=each.severity,
                reason=each.reason,
                since=each.since,
                until=each.until,
                headline=each.headline,
                remedy=each.remedy,
                call=each.call,
            )
            for each in attention
        ],
        retracted=list(retracted),
        to_restore=fewest_to_restore(assessment),
    )


def _told_of(assessment: Assessment) -> list[Line]:
    """The lines that are told: of very many those that weigh most, so that the message fits into Kafka."""
    if len(assessment.lines) <= MOST_LINES:
        return list(assessment.lines)
    parts = assessment.forecast.contributions
    heaviest = {line.id for line in sorted(assessment.lines, key=lambda line: (parts[line.id], line.id))[:MOST_LINES]}
    return [line for line in assessment.lines if line.id in heaviest]


def ledger_line(line: Line, assessment: Assessment) -> contract.LedgerLine:
    """One line of the ledger as it is published."""
    standard = line.standard
    outcome = contract.Outcome(text=text_of_outcome(line), value=line.experienced, at=line.at)
    return contract.LedgerLine(
        line=line.id,
        touchpoint=standard.touchpoint,
        kind=standard.kind.value,
        expectation=contract.Expectation(
            text=text_of_expectation(line),
            said_by=line.said_by,
            value=standard.expected,
            unit=standard.unit.value,
            due=line.due,
        ),
        outcome=outcome if line.ratio is not None or line.told else None,
        state=line.state,
        ratio=line.ratio,
        contribution=assessment.evaluation.contributions.get(line.id, 0.0),
        forecast_contribution=assessment.forecast.contributions.get(line.id, 0.0),
        gap=_gap(line, assessment),
    )


def _gap(line: Line, assessment: Assessment) -> contract.Gap | None:
    """Where a shortfall came from: what the line says of itself, else the performance of what the concept asks for."""
    if line.gap is not None and (line.ratio is None or line.ratio < 1):
        return line.gap
    return "performance" if assessment.evaluation.contributions.get(line.id, 0.0) < 0 else None
