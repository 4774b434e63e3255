"""The section of a service concept that says when a store as a whole needs somebody."""

from typing import Annotated

from pydantic import model_validator

from services.experience.adapters.concept_fields import Remedy, Section, SomeShare, Span, bounds
from services.experience.domain.store_care import StoreCare

PerDay = Annotated[float, bounds(0, 100, above=True)]
Index = Annotated[float, bounds(0, 10_000, above=True)]


class StoreSection(Section):
    """What of a store as a whole needs looking after, and from when."""

    minor: PerDay = StoreCare.minor
    major: PerDay = StoreCare.major
    saturates_after: Span = StoreCare.saturates_after
    neglect_alert: Index = StoreCare.neglect_alert
    neglect_critical: Index = StoreCare.neglect_critical
    clear_below: SomeShare = StoreCare.clear_below
    neglect_remedy: Remedy = StoreCare.neglect_remedy
    slips: Annotated[int, bounds(2, 1000)] = StoreCare.slips
    slips_within: Span = StoreCare.slips_within
    slips_remedy: Remedy = StoreCare.slips_remedy
    acknowledge_remedy: Remedy = StoreCare.acknowledge_remedy
    visits_for: Span = StoreCare.visits_for
    visits_to_doubt: Annotated[float, bounds(0, 1000)] = StoreCare.visits_to_doubt

    @model_validator(mode="after")
    def _critical_comes_after_the_alert(self) -> "StoreSection":
        if self.neglect_critical < self.neglect_alert or self.major < self.minor:
            raise ValueError(
                "neglect_critical must be at least neglect_alert, and major at least minor: they are "
                f"{self.neglect_critical:g} and {self.neglect_alert:g}, {self.major:g} and {self.minor:g}"
            )
        return self
