"""Generated concepts: a standard for everything, each group of its numbers as by default or drawn."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from services.experience.domain.concept import ProblemStandard, PromiseStandard, ServiceConcept, Standard, Unit
from services.experience.domain.parameters import Costs, Outlook, Parameters
from tests.experience.generated.numbers import LEAST_FELT, Lot, lots


def _parameters(lot):
    broken = lot.factor()
    return Parameters(
        cap=lot.between(1.0, 10.0),
        loss_weight=lot.factor(),
        loss_floor=lot.factor(),
        broken_jump=broken,
        # A concept file in which taking a promise back costs more than breaking it is refused.
        withdrawn_loss=broken * lot.some_share(),
        gain_ceiling=lot.between(1.0 + LEAST_FELT, 10.0),
        worst_weight=lot.between(0.0, 10.0),
        last_weight=lot.between(0.0, 10.0),
        fading=lot.share(),
        must_be_factor=lot.some_share(),
        recovery_cap=lot.some_share(),
        explained_wait=lot.factor(),
        unexplained_wait=lot.factor(),
    )


def _outlook(lot):
    return Outlook(
        confirmed=lot.log_odds(),
        unconfirmed=lot.log_odds(),
        slipped_handoff=lot.log_odds(),
        handed_over=lot.log_odds(),
        span_used=lot.between(-20.0, 0.0),
        declined_chance=lot.share(),
        broken_ratio=lot.share(),
        store_record=lot.between(0.0, 10.0),
        unit_record=lot.between(0.0, 10.0),
        customers_record=lot.between(0.0, 10.0),
        several_handoffs=lot.log_odds(),
        handoff_share=lot.log_odds(),
        dissatisfied_at_one=lot.log_odds(),
        dissatisfied_slope=lot.between(-20.0, 0.0),
    )


def _costs(lot):
    effectiveness = lot.some_share()
    return Costs(
        intervention=lot.between(LEAST_FELT, 0.99) * effectiveness * 40,
        bad_outcome=40,
        effectiveness=effectiveness,
        clear_below=lot.some_share(),
    )


def _problems(lot):
    severities = ("beyond_critical", "critical", "major", "minor")
    return ProblemStandard(
        **dict(zip(severities, sorted(lot.some_share() for _ in severities), strict=True)),
        weight=lot.weight(),
        own_within=lot.span(),
        resolve_within=lot.span(),
        restored=lot.share(),
        compensated=lot.share(),
    )


def _promise(lot):
    return PromiseStandard(
        label="goods",
        weight=lot.weight(),
        confirm_within=lot.share(),
        kept_before=lot.factor(),
        broken_before=lot.factor(),
    )


def _of_the_person(lot):
    return {
        "greeting": lot.wait(),
        "manner": lot.rating(),
        "conduct": {aspect: lot.rating() for aspect in ("courtesy", "competence", "till.courtesy")},
        "cleanliness": {"*": lot.rating(), "toilet": lot.rating()},
        "recognition": lot.standard(Unit.DONE),
        "beyond": lot.between(1.0, 10.0),
        "observers": {observer: lot.some_share() for observer in ("sensor", "greeting", "delivery", "cleanliness")},
    }


def _of_the_work(lot):
    return {
        "stages": {"x": lot.wait(), "*": lot.wait()},
        "journey_budget": lot.wait(),
        "delivery": lot.standard(Unit.DONE),
        "delivery_wait": lot.wait(),
        "tidiness": lot.standard(Unit.DONE, missed=lot.some_share()),
        "conditions": {"as_ordered": 1.0, "damaged": lot.share(), "wrong": lot.share()},
        "handoff": lot.wait(),
        "handoff_without_context": lot.share(),
        "defects": lot.standard(Unit.DONE, missed=lot.some_share()),
    }


def _of_time(lot):
    return {
        "quiet_time": timedelta(minutes=lot.choice((0, 30, 24 * 60))),
        "expires_after": timedelta(hours=lot.choice((24, 1, 24 * 30))),
        "adequate": lot.some_share(),
        "promises": {"goods": _promise(lot), "*": _promise(lot)},
    }


parameters = lots.map(lambda number: _parameters(Lot(number)) if number else Parameters())
_for_everything = ServiceConcept(
    greeting=Standard("greeting", "greeting", Unit.SECONDS, 120),
    manner=Standard("manner", "manner", Unit.SCORE, 4),
    stages={"*": Standard("stage", "stage", Unit.SECONDS, 600)},
    journey_budget=Standard("stages", "all stages", Unit.SECONDS, 1_200),
    cleanliness={"*": Standard("area", "area", Unit.SCORE, 4)},
    delivery_wait=Standard("delivery", "delivery", Unit.SECONDS, 1_200),
    promises={"goods": PromiseStandard(label="goods")},
)
"""A standard for everything, so that everything that happens counts."""
GROUPS = {
    "parameters": lambda lot: {"parameters": _parameters(lot)},
    "outlook": lambda lot: {"outlook": _outlook(lot)},
    "costs": lambda lot: {"costs": _costs(lot)},
    "problems": lambda lot: {"problems": _problems(lot)},
    "of the person": _of_the_person,
    "of the work": _of_the_work,
    "of time": _of_time,
}
"""Numbers that are drawn together."""


def _concept(drawn):
    number, chosen = drawn
    groups = [make(Lot(f"{number} {name}")) for name, make in GROUPS.items() if name in chosen]
    return replace(_for_everything, **{name: value for group in groups for name, value in group.items()})


concepts = st.tuples(lots, st.sets(st.sampled_from(tuple(GROUPS)))).map(_concept)
"""A concept with a standard for everything; each group of its numbers is as by default, or drawn."""
