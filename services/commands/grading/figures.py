"""The figures of a grade, from journeys with a verdict. Weighted throughout; counts are of journeys."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from services.commands.grading.grade import Alerts, Bin, Cause, Forecast, Group, Groups, Quartiles
from services.commands.grading.judged import Judged

BINS = 10
LEAST_IN_A_GROUP = 5
"""Smaller groups are not shown: their figures would be about single people."""

Numbers = NDArray[np.float64]


def forecast_figures(judged: Sequence[Judged]) -> Forecast:
    """How good the risk is."""
    risk, bad, weight = risks(judged), outcomes(judged), weights(judged)
    base_rate = share_dissatisfied(judged)
    brier = float(brier_score_loss(bad, risk, sample_weight=weight, pos_label=1))
    of_base_rate = base_rate * (1 - base_rate)
    bins = reliability(judged)
    return Forecast(
        auc=auc(judged),
        average_precision=float(average_precision_score(bad, risk, sample_weight=weight)) if bad.any() else None,
        brier=brier,
        brier_of_base_rate=of_base_rate,
        skill=1 - brier / of_base_rate if of_base_rate else None,
        calibration=sum(each.weight * (each.forecast - each.observed) ** 2 for each in bins),
        resolution=sum(each.weight * (each.observed - base_rate) ** 2 for each in bins),
        calibration_error=sum(each.weight * abs(each.forecast - each.observed) for each in bins),
        reliability=bins,
    )


def share_dissatisfied(judged: Iterable[Judged]) -> float:
    """The base rate. Raises ZeroDivisionError when there is no journey."""
    judged = list(judged)
    return float(np.average(outcomes(judged), weights=weights(judged)))


def auc(judged: Sequence[Judged]) -> float | None:
    """The chance that of two customers the one who ended dissatisfied had the higher risk; None when all agree."""
    bad = outcomes(judged)
    if bad.all() or not bad.any():
        return None
    return float(roc_auc_score(bad, risks(judged), sample_weight=weights(judged)))


def reliability(judged: Sequence[Judged]) -> list[Bin]:
    """Ten bins of equal weight, by risk. Journeys of the same risk stay together, so that their order plays no part."""
    risk, bad, weight = risks(judged), outcomes(judged), weights(judged)
    _, group = np.unique(risk, return_inverse=True)
    of_group = np.bincount(group, weights=weight)
    middle = (np.cumsum(of_group) - of_group / 2) / of_group.sum()
    number = np.minimum((middle * BINS).astype(int), BINS - 1)[group]
    bins = []
    for each in np.unique(number):
        inside = number == each
        bins.append(
            Bin(
                journeys=int(inside.sum()),
                weight=float(weight[inside].sum() / weight.sum()),
                lowest=float(risk[inside].min()),
                highest=float(risk[inside].max()),
                forecast=float(np.average(risk[inside], weights=weight[inside])),
                observed=float(np.average(bad[inside], weights=weight[inside])),
            )
        )
    return bins


def alert_figures(judged: Sequence[Judged], threshold: float) -> Alerts:
    """How good the alerts are."""
    found = [each for each in judged if each.warned and each.dissatisfied]
    in_time = [each for each in found if each.warned and each.warned.until and each.warned.until > each.warned.at]
    alerted = [each for each in judged if each.warned]
    return Alerts(
        threshold=threshold,
        alerts=sum(alert.at < each.verdict_at for each in judged for alert in each.alerts),
        alerted=len(alerted),
        share_alerted=_share(alerted, judged) or 0.0,
        found=len(found),
        false_alarms=len(alerted) - len(found),
        precision=_share(found, alerted),
        recall=_share(found, [each for each in judged if each.dissatisfied]),
        false_alarm_rate=_share(
            [each for each in alerted if not each.dissatisfied], [each for each in judged if not each.dissatisfied]
        ),
        after_the_verdict=sum(bool(each.alerts) and not each.warned for each in judged),
        in_time=_share(in_time, found),
        lead_to_due=_quartiles(
            [(each, (each.warned.until - each.warned.at).total_seconds()) for each in in_time
             if each.warned and each.warned.until]
        ),
        lead_to_verdict=_quartiles(
            [(each, (each.verdict_at - each.warned.at).total_seconds()) for each in found if each.warned]
        ),
    )  # fmt: skip


def causes(judged: Iterable[Judged]) -> list[Cause]:
    """The first alerts by their reason, the most frequent first."""
    by_reason: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        if each.warned:
            by_reason[each.warned.reason].append(each)
    found = [
        Cause(
            reason=reason,
            alerted=len(alerted),
            found=sum(each.dissatisfied for each in alerted),
            precision=_share([each for each in alerted if each.dissatisfied], alerted) or 0.0,
        )
        for reason, alerted in by_reason.items()
    ]
    return sorted(found, key=lambda cause: (-cause.alerted, cause.reason))


def by_store(judged: Iterable[Judged]) -> Groups:
    """Each store, those with the most journeys first."""
    groups = _groups(judged, lambda each: each.key[0])
    return groups.model_copy(update={"shown": sorted(groups.shown, key=lambda group: (-group.journeys, group.name))})


def by_month(judged: Iterable[Judged]) -> Groups:
    """Each month (UTC) in which journeys began, in order."""
    return _groups(judged, lambda each: f"{each.began_at.astimezone(UTC):%Y-%m}")


def _groups(judged: Iterable[Judged], name_of: Callable[[Judged], str]) -> Groups:
    by_name: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        by_name[name_of(each)].append(each)
    large = {name: theirs for name, theirs in sorted(by_name.items()) if len(theirs) >= LEAST_IN_A_GROUP}
    return Groups(
        shown=[_group(name, theirs) for name, theirs in large.items()],
        left_out=len(by_name) - len(large),
        journeys_left_out=sum(len(theirs) for theirs in by_name.values()) - sum(map(len, large.values())),
    )


def _group(name: str, judged: Sequence[Judged]) -> Group:
    bad, alerted = [each for each in judged if each.dissatisfied], [each for each in judged if each.warned]
    found = [each for each in alerted if each.dissatisfied]
    return Group(
        name=name,
        journeys=len(judged),
        dissatisfied=len(bad),
        base_rate=_share(bad, judged) or 0.0,
        mean_risk=float(np.average(risks(judged), weights=weights(judged))),
        auc=auc(judged),
        alerted=len(alerted),
        precision=_share(found, alerted),
        recall=_share(found, bad),
    )


def risks(judged: Iterable[Judged]) -> Numbers:
    """The risk of each."""
    return np.array([each.risk for each in judged])


def outcomes(judged: Iterable[Judged]) -> NDArray[np.bool_]:
    """Whether each ended dissatisfied."""
    return np.array([each.dissatisfied for each in judged], dtype=bool)


def weights(judged: Iterable[Judged]) -> Numbers:
    """How many journeys each stands for."""
    return np.array([each.weight for each in judged])


def _share(some: Iterable[Judged], of: Iterable[Judged]) -> float | None:
    whole = sum(each.weight for each in of)
    return sum(each.weight for each in some) / whole if whole else None


def _quartiles(times: Sequence[tuple[Judged, float]]) -> Quartiles | None:
    if not times:
        return None
    seconds = np.array([each for _, each in times])
    lower, median, upper = np.quantile(
        seconds, (0.25, 0.5, 0.75), weights=weights(each for each, _ in times), method="inverted_cdf"
    )
    return Quartiles(journeys=len(times), lower=float(lower), median=float(median), upper=float(upper))
