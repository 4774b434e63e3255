"""From the domain's assessment of a store to the data of the contract's `store.evaluated`."""

from typing import Any

from services.experience.adapters.wording import published
from services.experience.domain.store_acknowledgement import Coverage
from services.experience.domain.store_neglect import DAY
from services.experience.ports import StoreStanding

MOST_DEFECTS = 200
"""Defects that are told of a store; each takes about 200 bytes, and a message at most 1 MiB."""


def store_evaluated(standing: StoreStanding, *, epoch: int) -> dict[str, Any]:
    """The evaluation of a store as it is published: the fields of StoreEvaluated."""
    assessment = standing.assessment
    concept, now = assessment.concept, assessment.as_of
    heaviest = sorted(assessment.faults, key=lambda fault: (-fault.neglect(concept.store, now), fault))
    return {
        "version": standing.record.version,
        "epoch": epoch,
        "as_of": now,
        "concept": concept.name,
        "concept_version": concept.version,
        "neglect": assessment.neglect,
        "neglect_alert": concept.store.neglect_alert,
        "defects": [
            {
                "line": fault.line,
                "area": fault.area,
                "severity": fault.severity,
                "since": fault.since,
                "age_days": (now - fault.since) / DAY,
                "neglect": fault.neglect(concept.store, now),
            }
            for fault in heaviest[:MOST_DEFECTS]
        ],
        "slips": [
            {
                "touchpoint": slips.touchpoint,
                "kind": slips.kind,
                "times": len(slips.at),
                "first_at": slips.at[0],
                "last_at": slips.at[-1],
            }
            for slips in assessment.slips
        ],
        **({} if assessment.coverage is None else {"coverage": _coverage(assessment.coverage)}),
        "disagreements": [each._asdict() | {"difference": each.difference} for each in assessment.disagreements],
        "attention": [
            {
                "line": need.line,
                "severity": need.severity,
                "reason": need.reason,
                "since": since,
                "headline": published(need.headline).english,
                "phrase": published(need.headline).phrase,
                "remedy": need.remedy,
                **({} if need.until is None else {"until": need.until}),
                **({} if need.cause_at is None else {"cause_at": need.cause_at}),
                **({} if need.call is None else {"call": need.call}),
            }
            for since, need in standing.needs
        ],
        "retracted": list(standing.retracted),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "concept": coverage.concept,
        "concept_version": coverage.version,
        "published_at": coverage.published_at,
        "due": coverage.due,
        "acknowledged": list(coverage.acknowledged),
        "missing": list(coverage.missing),
    }
