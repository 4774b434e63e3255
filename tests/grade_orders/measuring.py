"""All forecasts of the later orders at one moment: ours, with ingredients left out, and those of boosting."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from services.commands.grading.judged import Judged
from services.commands.journeys import Journeys, Key
from services.experience.domain.assessment import Assessment
from services.experience.domain.concept import ServiceConcept
from tests.grade_orders.boosting import FLAVOURS, boosted
from tests.grade_orders.columns import Columns
from tests.grade_orders.tables import Row

OURS = "as in the concept"
RATIO, VALUE = "KP / KL alone, to rank by", "V alone, to rank by"
RANKINGS = (RATIO, VALUE)
"""No probabilities: nothing can be said about their calibration."""


def forecasts(
    journeys: Journeys,
    concepts: Mapping[str, ServiceConcept],
    rows: Mapping[str, Row],
    weights: Mapping[str, float],
    *,
    share: float | None,
    since: datetime,
) -> dict[str, list[Judged]]:
    """By name, what was forecast of each order bought since, when this share of its promise was used up, or in the end.

    Boosting looks at each order at the same instant as we do.
    """
    keys = [key for key in journeys if key[1] in rows and (share is None or journeys.instant(key, share))]
    later = [key for key in keys if journeys.happenings[key][0].at >= since]
    stood = _assessed(journeys, keys, share)
    risks: dict[str, Mapping[Key, float]] = {OURS: {key: stood[key].risk for key in later}}
    for name, concept in concepts.items():
        assessed = _assessed(journeys.under(concept), later, share)
        risks[name] = {key: each.risk for key, each in assessed.items()}
    risks[VALUE] = {key: 1 / (1 + stood[key].forecast.kv) for key in later}
    risks[RATIO] = {key: 1 / (1 + _ratio(stood[key])) for key in later}
    columns = Columns(rows, weights)
    table = {key: columns.at(rows[key[1]], each.as_of) for key, each in stood.items()}
    for flavour in FLAVOURS:
        risks[flavour] = boosted(flavour, table, rows, weights, later=later)
    return {
        name: [_judged(key, by_key[key], rows[key[1]], weights[key[1]], stood[key].as_of) for key in later]
        for name, by_key in risks.items()
    }


def _assessed(journeys: Journeys, keys: Sequence[Key], share: float | None) -> dict[Key, Assessment]:
    found = {}
    for key in keys:
        instant = None if share is None else journeys.instant(key, share)
        assessment = journeys.ended(key) if instant is None else journeys.assess(key, now=instant)
        assert assessment is not None
        found[key] = assessment
    return found


def _ratio(assessment: Assessment) -> float:
    return 1.0 if assessment.ratio is None else assessment.ratio


def _judged(key: Key, risk: float, row: Row, weight: float, as_of: datetime) -> Judged:
    began, verdict = (datetime.fromtimestamp(at, UTC) for at in (row.purchased, row.judged))
    return Judged(
        key=key, began_at=began, as_of=as_of, informed_at=as_of, risk=risk, verdict_at=verdict,
        dissatisfied=row.dissatisfied, weight=weight,
    )  # fmt: skip
