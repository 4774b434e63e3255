"""Whether two forecasts of the same orders differ by more than chance: the paired bootstrap."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from services.commands.grading.figures import outcomes, risks, weights
from services.commands.grading.judged import Judged

RESAMPLES = 500
SEED = 1

METRICS: dict[str, Callable[..., float]] = {"AUC": roc_auc_score, "average precision": average_precision_score}


class Difference(NamedTuple):
    """By how much one forecast is better than another, and where nine of ten resamples have that."""

    metric: str
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.metric} {self.value:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


def differences(one: Sequence[Judged], other: Sequence[Judged]) -> list[Difference]:
    """For each metric, by how much `one` is better; both are about the same orders, in the same order."""
    draws = np.random.default_rng(SEED).integers(0, len(one), (RESAMPLES, len(one)))
    bad, weight, ours, theirs = outcomes(one), weights(one), risks(one), risks(other)
    found = []
    for name, metric in METRICS.items():

        def better(which: object, metric: Callable[..., float] = metric) -> float:
            sample = {"y_true": bad[which], "sample_weight": weight[which]}
            return metric(y_score=ours[which], **sample) - metric(y_score=theirs[which], **sample)

        low, high = np.quantile([better(draw) for draw in draws], (0.05, 0.95))
        found.append(Difference(name, better(slice(None)), float(low), float(high)))
    return found
