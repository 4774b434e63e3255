"""The evaluation: V = ln KV of a journey, from its weighed lines. Formula and sources: docs/evaluation.md."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from math import exp, fsum, log
from typing import NamedTuple

from services.experience.domain.concept import Importance
from services.experience.domain.ledger import Line
from services.experience.domain.parameters import Parameters

LEAST_KV = 1e-300
"""A KV is above 0 however much went wrong; below this, compare V."""


class Weighed(NamedTuple):
    """A line's outcome as it is felt: `value` is v, above 0 a gain, below 0 a loss."""

    line: str
    value: float
    weight: float
    at: datetime
    """When it came out, which decides what fades it."""
    failed_must_be: bool = False


class Evaluation(NamedTuple):
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
        value = -parameters.loss_floor if polarity > 0 else parameters.most_felt
    else:
        u = polarity * log(ratio)
        if u >= 0:
            value = min(u, parameters.most_felt)
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
    if line.trust != 1:
        ratio = ratio**line.trust  # nearer to as expected
    if line.is_promise:
        value = felt_promise(line.state, ratio, parameters)
    else:
        value = felt(ratio, standard.polarity, standard.kind, parameters)
    failed = False
    if standard.kind is Importance.MUST_BE and not line.put_right:
        u = standard.polarity * log(ratio) if ratio > 0 else float("-inf") * standard.polarity
        failed = u < log(adequate)
    return Weighed(line.id, value, standard.weight, at, failed)


def evaluate(weighed: Sequence[Weighed], parameters: Parameters) -> Evaluation:
    """V and its parts.

    V = G (1 - exp(-g / G)) + sum of w l + b min(l) + c min of l r^(good lines after it), with g the weighed gains and
    l the losses. A failed must-be takes all gains and `must_be_factor` of what is left.
    """
    parts = {each.line: 0.0 for each in weighed}
    gains = [each for each in weighed if each.value > 0]
    losses = [each for each in weighed if each.value < 0]
    failed = [each for each in weighed if each.failed_must_be]
    gained = fsum([each.weight * each.value for each in gains])
    if gained > 0 and not failed:
        limit = parameters.gain_limit
        felt_gain = limit * (1 - exp(-gained / limit))
        for each in gains:
            parts[each.line] += felt_gain * each.weight * each.value / gained
    for each in losses:
        parts[each.line] += each.weight * each.value
    if losses:
        value, line = min([(each.value, each.line) for each in losses])
        parts[line] += parameters.worst_weight * value
        good = sorted([each.at for each in weighed if each.value >= 0])
        impression, line = min(
            [
                (each.value * parameters.fading ** (len(good) - bisect_right(good, each.at)), each.line)
                for each in losses
            ]
        )
        parts[line] += parameters.last_weight * impression
    if failed:
        _, line = min([(each.value, each.line) for each in failed])
        parts[line] += log(parameters.must_be_factor)
    return Evaluation(fsum(parts.values()), parts)
