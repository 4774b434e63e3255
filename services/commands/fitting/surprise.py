"""How much the verdicts of customers surprise a concept's outlook."""

from collections.abc import Mapping, Sequence
from math import log

from services.commands.journeys import Journeys, Key
from services.experience.domain.track_record import is_dissatisfied

LEAST = 1e-6
"""No risk is taken for surer than this: one sure mistake would be an infinite surprise."""


def surprise(journeys: Journeys, keys: Sequence[Key], weights: Mapping[str, float]) -> float | None:
    """The mean log loss of the risk in the end, in nats; None where nobody has said how it was."""
    lost = total = 0.0
    for key in keys:
        verdict = next((each for each in journeys.happenings[key] if each.kind == "feedback.given"), None)
        ended = journeys.ended(key)
        if verdict is None or ended is None:
            continue
        risk = min(max(ended.risk, LEAST), 1 - LEAST)
        weight = weights.get(key[1], 1.0)
        lost -= weight * log(risk if is_dissatisfied(verdict, journeys.concept.outlook) else 1 - risk)
        total += weight
    return lost / total if total else None
