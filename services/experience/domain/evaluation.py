"""The evaluation: V = ln KV of a journey, from its weighed lines. Formula and sources: docs/evaluation.md."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, fsum, log

from services.experience.domain.concept import Importance, Parameters
from services.experience.domain.ledger import Line

LEAST_KV = 1e-300
"""A KV is above 0 however much went wrong; below this, compare V."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """A line's outcome as it is felt: `value` is v, above 0 a gain, below 0 a loss."""

    line: str
    value: float
    weight: float
    at: datetime
    """When it came out, which decides what fades it."""
    failed_must_be: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """V of the journey, and what each line contributes to it; the contributions add up to V exactly."""

    value: float
    contributions: dict[str, float]

    @property
    def kv(self) -> float:
        """KP / KL as weighed: 1 is as expected."""
        return max(exp(self.value), LEAST_KV)


def felt(ratio: float, polarity: int, kind: Importance, parameters: Parameters) -> float:
    """v: how an outcome at `ratio` = KP / KL is felt. Gains are capped, losses weigh more, down to a floor."""
    if ratio <= 0:
        value = -parameters.loss_floor if polarity > 0 else log(parameters.cap)
    else:
        u = polarity * log(ratio)
        if u >= 0:
            value = min(u, log(parameters.cap))
        else:
            value = -parameters.loss_floor * (1 - exp(parameters.loss_weight * u / parameters.loss_floor))
    if kind is Importance.MUST_BE:
        return min(value, 0.0)
    if kind is Importance.ATTRACTIVE:
        return max(value, 0.0)
    return value


def felt_promise(state: str, ratio: float, parameters: Parameters) -> float:
    """v of an explicit promise: kept never hurts, broken always costs the jump on top of the lateness."""
    value = felt(ratio, 1, Importance.PERFORMANCE, parameters)
    if state == "kept":
        return max(value, 0.0)
    if state == "withdrawn":
        return -parameters.withdrawn_loss
    return min(value, 0.0) - parameters.broken_jump


def weigh(line: Line, ratio: float, at: datetime, parameters: Parameters, adequate: float) -> Weighed:
    """A line as it is felt at `ratio`, which is its own or the one that is forecast. A must-be fails below adequate."""
    standard = line.standard
    if line.is_promise:
        value = felt_promise(line.state, ratio, parameters)
    else:
        value = felt(ratio, standard.polarity, standard.kind, parameters)
    u = standard.polarity * log(ratio) if ratio > 0 else float("-inf") * standard.polarity
    failed = standard.kind is Importance.MUST_BE and not line.put_right and u < log(adequate)
    return Weighed(line=line.id, value=value, weight=standard.weight, at=at, failed_must_be=failed)


def evaluate(weighed: Sequence[Weighed], parameters: Parameters) -> Evaluation:
    """V and its parts.

    V = G (1 - exp(-g / G)) + sum of w l + b min(l) + c min of l r^(good lines after it), with g the weighed gains and
    l the losses. A failed must-be takes all gains and `must_be_factor` of what is left.
    """
    parts = {each.line: 0.0 for each in weighed}
    losses = [each for each in weighed if each.value < 0]
    failed = [each for each in weighed if each.failed_must_be]
    gains = fsum(each.weight * each.value for each in weighed if each.value > 0)
    if gains > 0 and not failed:
        limit = parameters.gain_limit
        felt_gain = limit * (1 - exp(-gains / limit))
        for each in weighed:
            if each.value > 0:
                parts[each.line] += felt_gain * each.weight * each.value / gains
    for each in losses:
        parts[each.line] += each.weight * each.value
    if losses:
        worst = min(losses, key=lambda each: (each.value, each.line))
        parts[worst.line] += parameters.worst_weight * worst.value
        good = sorted(each.at for each in weighed if each.value >= 0)
        impressions = [
            (each.value * parameters.fading ** (len(good) - bisect_right(good, each.at)), each.line) for each in losses
        ]
        impression, line = min(impressions)
        parts[line] += parameters.last_weight * impression
    if failed:
        worst_failed = min(failed, key=lambda each: (each.value, each.line))
        parts[worst_failed.line] += log(parameters.must_be_factor)
    return Evaluation(value=fsum(parts.values()), contributions=parts)
