"""The sections of a service concept that hold numbers of the formula, of the forecast, and of what an alert costs."""

from typing import Annotated

from pydantic import model_validator

from services.experience.adapters.concept_fields import (
    Amount,
    Coefficient,
    LogOdds,
    Ratio,
    Section,
    Share,
    SomeShare,
    bounds,
)
from services.experience.domain.parameters import Costs, Outlook, Parameters


class CostsSection(Section):
    """The two costs that say when an alert pays, in any one currency."""

    intervention: Amount = Costs.intervention
    bad_outcome: Amount = Costs.bad_outcome
    effectiveness: SomeShare = Costs.effectiveness
    clear_below: SomeShare = Costs.clear_below

    @model_validator(mode="after")
    def _an_alert_can_pay(self) -> "CostsSection":
        threshold = self.intervention / (self.effectiveness * self.bad_outcome)
        if threshold >= 1:
            raise ValueError(
                "no alert would ever pay: intervention / (effectiveness x bad_outcome) must be below 1, "
                f"it is {threshold:.3g}"
            )
        return self


class ParametersSection(Section):
    """The numbers of the formula."""

    cap: Ratio = Parameters.cap
    loss_weight: Coefficient = Parameters.loss_weight
    loss_floor: Coefficient = Parameters.loss_floor
    broken_jump: Coefficient = Parameters.broken_jump
    withdrawn_loss: Coefficient = Parameters.withdrawn_loss
    gain_ceiling: Annotated[float, bounds(1, 10, above=True)] = Parameters.gain_ceiling
    worst_weight: Annotated[float, bounds(0, 10)] = Parameters.worst_weight
    last_weight: Annotated[float, bounds(0, 10)] = Parameters.last_weight
    fading: Share = Parameters.fading
    must_be_factor: SomeShare = Parameters.must_be_factor
    recovery_cap: SomeShare = Parameters.recovery_cap
    explained_wait: Coefficient = Parameters.explained_wait
    unexplained_wait: Coefficient = Parameters.unexplained_wait

    @model_validator(mode="after")
    def _taking_back_costs_less_than_breaking(self) -> "ParametersSection":
        if self.withdrawn_loss > self.broken_jump:
            raise ValueError(
                "withdrawn_loss must be at most broken_jump, or breaking a promise costs less than taking it back: "
                f"they are {self.withdrawn_loss:g} and {self.broken_jump:g}"
            )
        return self


class OutlookSection(Section):
    """How likely an open promise is kept, as log-odds, and what V means for the customer."""

    confirmed: LogOdds = Outlook.confirmed
    unconfirmed: LogOdds = Outlook.unconfirmed
    slipped_handoff: LogOdds = Outlook.slipped_handoff
    handed_over: LogOdds = Outlook.handed_over
    span_used: Annotated[float, bounds(-20, 0)] = Outlook.span_used
    declined_chance: Share = Outlook.declined_chance
    broken_ratio: Share = Outlook.broken_ratio
    store_record: Annotated[float, bounds(0, 10)] = Outlook.store_record
    unit_record: Annotated[float, bounds(0, 10)] = Outlook.unit_record
    customers_record: Annotated[float, bounds(0, 10)] = Outlook.customers_record
    satisfied_before: Coefficient = Outlook.satisfied_before
    dissatisfied_before: Coefficient = Outlook.dissatisfied_before
    dissatisfied_up_to: Share = Outlook.dissatisfied_up_to
    handoff_share: LogOdds = Outlook.handoff_share
    several_handoffs: LogOdds = Outlook.several_handoffs
    dissatisfied_at_one: LogOdds = Outlook.dissatisfied_at_one
    dissatisfied_slope: Annotated[float, bounds(-20, 0)] = Outlook.dissatisfied_slope
