"""What is learnt from: open promises at instants at which their outcome was not known, and how journeys ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.commands.journeys import Journeys, Key
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.ledger import Line, Signs
from services.experience.domain.track_record import CUSTOMERS, TrackRecord, is_dissatisfied

SHARES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9)
"""At which shares of the longest promise the open promises of a journey are looked at."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One thing that came out one way or the other."""

    features: Mapping[str, float]
    outcome: bool
    weight: float


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What a file of events has to teach."""

    kept: Sequence[Example]
    """Open promises, and whether they were kept."""
    broken_ratios: Sequence[tuple[float, float]]
    """Ratio and weight of each promise that was broken."""
    dissatisfied: Sequence[Example]
    """Journeys with a verdict, and whether it was bad."""


def learn(journeys: Journeys, keys: Sequence[Key], weights: Mapping[str, float]) -> Learnt:
    """Collect the examples of these journeys. `weights`: how many journeys one of them stands for, 1 by default."""
    kept: list[Example] = []
    ratios: list[tuple[float, float]] = []
    dissatisfied: list[Example] = []
    for key in keys:
        weight = weights.get(key[1], 1.0)
        ended = journeys.ended(key)
        if ended is None:
            continue
        final = {line.id: line for line in ended.lines if line.is_promise}
        for instant in _instants(journeys, key):
            kept += _open_promises(journeys, key, instant, final, weight)
        ratios += [(min(line.ratio or 0.0, 1.0), weight) for line in final.values() if line.state == "broken"]
        verdict = next((each for each in journeys.happenings[key] if each.kind == "feedback.given"), None)
        if verdict is not None:
            said = ended.record.of(CUSTOMERS)
            outlook = journeys.concept.outlook
            features = {
                "value": ended.forecast.value,
                "handoff_share": max((line.handoff_share for line in final.values()), default=0.0),
                "several_handoffs": float(len(_handoffs(journeys, key)) > 1),
                "customers_record": -said.evidence(outlook.satisfied_before, outlook.dissatisfied_before),
            }
            dissatisfied.append(Example(features=features, outcome=is_dissatisfied(verdict, outlook), weight=weight))
    return Learnt(kept=kept, broken_ratios=ratios, dissatisfied=dissatisfied)


def _instants(journeys: Journeys, key: Key) -> Iterator[datetime]:
    for share in SHARES:
        instant = journeys.instant(key, share)
        if instant is not None:
            yield instant


def _open_promises(
    journeys: Journeys, key: Key, instant: datetime, final: Mapping[str, Line], weight: float
) -> Iterator[Example]:
    assessment = journeys.assess(key, now=instant)
    for line in () if assessment is None else assessment.lines:
        end = final.get(line.id)
        if line.signs is None or line.signs.declined or end is None or end.state not in ("kept", "broken"):
            continue
        assert assessment is not None
        features = signs_as_numbers(line.signs, assessment.record, journeys.concept)
        yield Example(features=features, outcome=end.state == "kept", weight=weight)


def signs_as_numbers(signs: Signs, record: TrackRecord, concept: ServiceConcept) -> dict[str, float]:
    """What bears on a promise, each named as the parameter of the outlook that weighs it."""
    kind = concept.promise(signs.what)
    good, bad = kind.kept_before, kind.broken_before
    return {
        f"kind:{signs.what}": 1.0,
        "span_used": min(max(signs.used, 0.0), 1.0) ** 2,
        "confirmed": float(signs.confirmed),
        "unconfirmed": float(signs.unconfirmed),
        "slipped_handoff": float(signs.slipped),
        "handed_over": float(signs.handed_over),
        "store_record": record.of(("promise", signs.what)).evidence(good, bad),
        "unit_record": sum(record.of(("unit", unit)).evidence(good, bad) for unit in signs.carried_by),
    }


def _handoffs(journeys: Journeys, key: Key) -> set[str]:
    return {each.data["handoff_id"] for each in journeys.happenings[key] if each.kind == "handoff.offered"}
