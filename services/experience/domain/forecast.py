"""What is still to come: the chance that an open promise is kept, and what an evaluation means for the customer."""

from math import exp, log

from services.experience.domain.concept import Outlook, PromiseStandard


def chance_of_keeping(
    standard: PromiseStandard,
    outlook: Outlook,
    *,
    used: float,
    confirmed: bool,
    declined: bool,
    unconfirmed: bool,
    slipped: bool,
) -> float:
    """The chance, 0 to 1, that an open promise will be kept.

    `used` is the share of its span that has passed. Starts from the track record (the mean of a Beta distribution)
    and adds log-odds for what is known; the defaults are from real orders, see docs/evaluation.md.
    """
    if declined:
        return outlook.declined_chance
    odds = log(standard.kept_before / standard.broken_before)
    odds += outlook.span_used * min(max(used, 0.0), 1.0) ** 2
    odds += outlook.confirmed if confirmed else 0.0
    odds += outlook.unconfirmed if unconfirmed else 0.0
    odds += outlook.slipped_handoff if slipped else 0.0
    return _logistic(odds)


def chance_of_dissatisfaction(value: float, outlook: Outlook) -> float:
    """The chance, 0 to 1, that a customer whose journey ends at V = `value` is dissatisfied."""
    return _logistic(outlook.dissatisfied_at_one + outlook.dissatisfied_slope * value)


def _logistic(odds: float) -> float:
    return 1 / (1 + exp(-odds)) if odds > -500 else 0.0  # noqa: PLR2004  # exp(500) is the largest that fits a float
