"""What each ingredient of the forecast is good for: left out, and the rest fitted again on the first orders."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from services.commands.fitting.proposal import proposed
from services.commands.fitting.samples import Learnt, learn
from services.commands.journeys import Journeys, Key
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.parameters import Outlook, Parameters

Change = Callable[[ServiceConcept], ServiceConcept]


def no_change(concept: ServiceConcept) -> ServiceConcept:
    """The concept as it is."""
    return concept


def no_jump(concept: ServiceConcept) -> ServiceConcept:
    """Breaking a promise costs no more than its lateness."""
    return replace(concept, parameters=replace(concept.parameters, broken_jump=0.0, withdrawn_loss=0.0))


def no_steeper_losses(concept: ServiceConcept) -> ServiceConcept:
    """Losses weigh as much as gains."""
    return replace(concept, parameters=replace(concept.parameters, loss_weight=1.0))


def default_floor(concept: ServiceConcept) -> ServiceConcept:
    """A single line can lose as much as by default."""
    return replace(concept, parameters=replace(concept.parameters, loss_floor=Parameters.loss_floor))


def no_wait(concept: ServiceConcept) -> ServiceConcept:
    """Nothing is expected of the time to delivery but what was promised."""
    return replace(concept, delivery_wait=None)


class Ingredient(NamedTuple):
    """What is left out."""

    parameters: Collection[str] = ()
    """Parameters of the outlook that are 0."""
    change: Change = no_change


WITHOUT: Mapping[str, Ingredient] = {
    "everything": Ingredient(),
    "no track records": Ingredient({"store_record", "unit_record", "customers_record"}),
    "no signs of hand-offs": Ingredient({"slipped_handoff", "handed_over"}),
    "no time of the hand-over": Ingredient({"handoff_share"}),
    "no count of hand-offs": Ingredient({"several_handoffs"}),
    "no confirmations": Ingredient({"confirmed", "unconfirmed"}),
    "no share of the span": Ingredient({"span_used"}),
    "no jump of a broken promise": Ingredient(change=no_jump),
    "losses no steeper than gains": Ingredient(change=no_steeper_losses),
    "the default floor of losses": Ingredient(change=default_floor),
    "no standard for the wait": Ingredient(change=no_wait),
}


def fitted(journeys: Journeys, first: Sequence[Key], weights: Mapping[str, float]) -> dict[str, ServiceConcept]:
    """For each ingredient, the concept that the first journeys speak for without it."""
    learnt: dict[Change, Learnt] = {}
    concepts = {}
    for name, (parameters, change) in WITHOUT.items():
        concept = change(journeys.concept)
        if change not in learnt:
            learnt[change] = learn(journeys.under(concept), first, weights)
        concepts[name] = proposed(concept, learnt[change], without=parameters)
    return concepts


def not_fitted(concept: ServiceConcept) -> ServiceConcept:
    """The concept with the defaults that hold where nobody has learnt anything."""
    promises = {
        what: replace(kind, kept_before=type(kind).kept_before, broken_before=type(kind).broken_before)
        for what, kind in concept.promises.items()
    }
    return replace(concept, outlook=Outlook(), promises=promises)
