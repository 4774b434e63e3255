"""The grade of journeys with a verdict, under one concept."""

from collections.abc import Mapping

from services.commands.grading.figures import (
    alert_figures,
    by_month,
    by_store,
    causes,
    forecast_figures,
    share_dissatisfied,
)
from services.commands.grading.grade import Counts, Grade
from services.commands.grading.measuring import Measured
from services.experience.domain.concept import ServiceConcept


def graded(measured: Measured, concept: ServiceConcept, *, moment: str, weights: Mapping[str, float] | None) -> Grade:
    """The grade. `moment`: when each was looked at, in words; `weights`: those that were given."""
    judged = measured.judged
    return Grade(
        concept=concept.name,
        concept_version=concept.version,
        moment=moment,
        since=measured.since,
        counts=Counts(
            journeys=measured.journeys,
            without_verdict=measured.without_verdict,
            earlier=measured.earlier,
            without_moment=measured.without_moment,
            graded=len(judged),
            dissatisfied=sum(each.dissatisfied for each in judged),
            judged_before=sum(each.verdict_at < each.informed_at for each in judged),
            unweighted=sum(each.key[1] not in weights for each in judged) if weights is not None else 0,
        ),
        base_rate=share_dissatisfied(judged),
        forecast=forecast_figures(judged),
        alerts=alert_figures(judged, concept.costs.threshold),
        causes=causes(judged),
        stores=by_store(judged),
        months=by_month(judged),
    )
