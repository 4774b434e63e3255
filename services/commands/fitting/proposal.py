"""The outlook that the examples speak for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import exp

from services.commands.fitting.regression import fit
from services.commands.fitting.samples import Learnt
from services.experience.domain.concept import ANY, PromiseStandard, ServiceConcept
from services.experience.domain.parameters import Outlook

FEWEST = 50
"""Examples below which nothing is fitted: what they say is mostly chance."""
KEPT_SIGNS = {
    "span_used": -1, "confirmed": 1, "unconfirmed": -1, "slipped_handoff": -1, "handed_over": 1,
    "store_record": 1, "unit_record": 1,
}  # fmt: skip
DISSATISFIED_SIGNS = {"value": -1, "handoff_share": 1, "several_handoffs": 1, "customers_record": 1}


def proposed(concept: ServiceConcept, learnt: Learnt, *, without: Collection[str] = ()) -> ServiceConcept:
    """The concept with the outlook and the priors of its promises as the examples have them.

    `without`: parameters of the outlook that are to be 0, to see what they are good for. What fewer than `FEWEST`
    examples bear on stays as it is. Raises ValueError when nothing can be learnt at all.
    """
    outlook, promises = concept.outlook, dict(concept.promises)
    if len(learnt.kept) >= FEWEST:
        # Each kind of promise has an intercept of its own: its prior.
        odds = fit(learnt.kept, KEPT_SIGNS, without, intercept=False)
        outlook = replace(outlook, **{name: round(odds[name], 2) for name in KEPT_SIGNS})
        for name, value in odds.items():
            what = name.removeprefix("kind:")
            if what != name:
                promises[what if what in promises else ANY] = _with_prior(concept.promise(what), value)
        outlook = replace(outlook, broken_ratio=round(_mean(learnt.broken_ratios), 2))
    if len(learnt.dissatisfied) >= FEWEST:
        odds = fit(learnt.dissatisfied, DISSATISFIED_SIGNS, without, intercept=True)
        outlook = _with_link(outlook, odds)
    if outlook == concept.outlook and promises == concept.promises:
        raise ValueError(
            f"there is too little to learn from: {len(learnt.kept)} open promises whose end is known, "
            f"{len(learnt.dissatisfied)} journeys with a verdict; {FEWEST} of either are needed"
        )
    return replace(concept, outlook=outlook, promises=promises)


def _with_link(outlook: Outlook, odds: Mapping[str, float]) -> Outlook:
    return replace(
        outlook,
        dissatisfied_at_one=round(odds[""], 2),
        dissatisfied_slope=round(odds["value"], 2),
        handoff_share=round(odds["handoff_share"], 2),
        several_handoffs=round(odds["several_handoffs"], 2),
        customers_record=round(odds["customers_record"], 2),
    )


def _with_prior(kind: PromiseStandard, odds: float) -> PromiseStandard:
    """The prior with the mean that the examples have, as sure of itself as it was."""
    strength = kind.kept_before + kind.broken_before
    kept = min(max(strength / (1 + exp(-odds)), strength * 0.01), strength * 0.99)
    return replace(kind, kept_before=round(kept, 2), broken_before=round(strength - kept, 2))


def _mean(ratios: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for _, weight in ratios)
    return sum(ratio * weight for ratio, weight in ratios) / total if total else 0.0
