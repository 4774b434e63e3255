"""From the domain's assessment to the data of the contract's `journey.evaluated`.

It is written as plain values, each as the contract has it, and not by way of the contract's models: these would check
again what has just been worked out, and take half of the time that the evaluation itself takes. Whatever the tests
have published is read back with the contract.
"""

from collections.abc import Sequence
from typing import Any

from services.experience.adapters.wording import published
from services.experience.domain.assessment import Assessment, fewest_to_restore
from services.experience.domain.attention import Attention
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.good_news import GoodNews
from services.experience.domain.ledger import Line, expectation, outcome

MOST_LINES = 500
"""Lines of a published ledger; each takes about 600 bytes, and a message at most 1 MiB."""


def journey_evaluated(
    assessment: Assessment,
    *,
    version: int,
    epoch: int,
    events: int,
    late_events: int,
    attention: Sequence[Attention],
    retracted: Sequence[str],
    good_news: GoodNews | None = None,
) -> dict[str, Any]:
    """The evaluation of a journey as it is published: the fields of JourneyEvaluated."""
    concept = assessment.concept
    return {
        "version": version,
        "epoch": epoch,
        "as_of": assessment.as_of,
        "began_at": assessment.course.began_at,
        "concept": concept.name,
        "concept_version": concept.version,
        **_builds_on(concept),
        "journey_state": "closed" if assessment.closed else "open",
        "events": events,
        "late_events": late_events,
        "kv": assessment.evaluation.kv,
        **_unless_none(ratio=assessment.ratio),
        "forecast": assessment.forecast.kv,
        "risk": assessment.risk,
        "threshold": concept.costs.threshold,
        "threshold_costs": {
            "intervention": concept.costs.intervention,
            "bad_outcome": concept.costs.bad_outcome,
            "effectiveness": concept.costs.effectiveness,
        },
        "adequate": concept.adequate,
        "lines": [ledger_line(line, assessment) for line in _told_of(assessment)],
        "attention": [attention_called_for(each) for each in attention],
        "retracted": list(retracted),
        "to_restore": fewest_to_restore(assessment),
        **({} if good_news is None else {"good_news": _good_news(good_news)}),
    }


def _builds_on(concept: ServiceConcept) -> dict[str, Any]:
    if not concept.builds_on:
        return {}
    return {"concept_builds_on": [{"concept": name, "version": version} for name, version in concept.builds_on]}


def ledger_line(line: Line, assessment: Assessment) -> dict[str, Any]:
    """One line of the ledger as it is published: the fields of LedgerLine."""
    standard = line.standard
    text, phrase = published(expectation(line))
    expected: dict[str, Any] = {
        "text": text,
        "phrase": phrase,
        "said_by": line.said_by,
        "value": standard.expected,
        "unit": standard.unit.value,
    }
    if line.due is not None:
        expected["due"] = line.due
    told: dict[str, Any] = {
        "line": line.id,
        "touchpoint": standard.touchpoint,
        "kind": standard.kind.value,
        "expectation": expected,
    }
    if line.ratio is not None or line.told is not None:
        text, phrase = published(outcome(line))
        told["outcome"] = _unless_none(text=text, phrase=phrase, value=line.experienced, at=line.at)
    told["state"] = line.state
    if line.ratio is not None:
        told["ratio"] = line.ratio
    told["contribution"] = assessment.evaluation.contributions.get(line.id, 0.0)
    told["forecast_contribution"] = assessment.forecast.contributions.get(line.id, 0.0)
    gap = _gap(line, told["contribution"])
    if gap is not None:
        told["gap"] = gap
    if line.severity is not None:
        told |= _unless_none(severity=line.severity, cause=line.cause)
    if line.costs:
        told["costs"] = [{"amount": amount, "currency": unit, "class": kind} for amount, unit, kind in line.costs]
    return told


def attention_called_for(attention: Attention) -> dict[str, Any]:
    """A line that needs attention as it is published: the fields of the contract's Attention."""
    headline, phrase = published(attention.headline)
    return _unless_none(
        line=attention.line,
        severity=attention.severity,
        reason=attention.reason,
        since=attention.since,
        cause_at=attention.cause_at,
        until=attention.until,
        headline=headline,
        phrase=phrase,
        remedy=attention.remedy,
        call=attention.call,
    )


def _told_of(assessment: Assessment) -> Sequence[Line]:
    """The lines that are told: of very many those that weigh most, so that the message fits into Kafka."""
    if len(assessment.lines) <= MOST_LINES:
        return assessment.lines
    parts = assessment.forecast.contributions
    heaviest = {line.id for line in sorted(assessment.lines, key=lambda line: (parts[line.id], line.id))[:MOST_LINES]}
    return [line for line in assessment.lines if line.id in heaviest]


def _gap(line: Line, contribution: float) -> str | None:
    """Where a shortfall came from: what the line says of itself, else the performance of what the concept asks for."""
    if line.gap is not None and (line.ratio is None or line.ratio < 1):
        return line.gap
    return "performance" if contribution < 0 else None


def _good_news(news: GoodNews) -> dict[str, Any]:
    headline, phrase = published(news.headline)
    return {
        "line": news.line,
        "touchpoint": news.touchpoint,
        "since": news.since,
        "headline": headline,
        "phrase": phrase,
    }


def _unless_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
