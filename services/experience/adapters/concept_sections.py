"""The sections of a service concept that say what is expected at a touchpoint."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from services.experience.adapters.concept_fields import (
    Amount,
    Name,
    Ratio,
    Remedy,
    Score,
    Section,
    Share,
    SomeShare,
    Span,
    Weight,
    Words,
)
from services.experience.domain import concept as domain

REMEDY = "What to do when it goes wrong."
EXPECTED = "The rating that the customer is led to expect."


class StandardSection(Section):
    """What every standard may say of itself."""

    label: Annotated[Words, Field(description="The touchpoint in words, for ledgers and alerts.")] = ""
    kind: Annotated[
        Literal["must_be", "performance", "attractive"],
        Field(description="Kano's kinds: can only disappoint, both, can only delight."),
    ] = "performance"
    weight: Annotated[Weight, Field(description="How much it counts.")] = domain.Standard._field_defaults["weight"]
    polarity: Annotated[Literal[1, -1], Field(description="-1 where the opposite is wanted.")] = 1
    remedy: Annotated[Remedy, Field(description=REMEDY)] = ""
    call: Annotated[Name, Field(description="The unit to call.")] = ""


class Wait(StandardSection):
    """Something that may take only so long."""

    short: ClassVar[str] = "within"

    within: Annotated[Span, Field(description="How long it may take: what the customer is led to expect.")]


class Rating(StandardSection):
    """Something that is rated from 1 to 5 (cleanliness: from 0)."""

    short: ClassVar[str] = "expected"

    expected: Annotated[Score, Field(description=EXPECTED)]


class ConductRating(StandardSection):
    """An aspect of conduct; what is left out stays as every customer may expect it."""

    short: ClassVar[str] = "expected"

    expected: Annotated[Score, Field(description=EXPECTED)] = 4


class Greeting(Wait):
    """How soon, and how, a customer is greeted."""

    manner: Annotated[Rating | None, Field(description="Rating of the greeting and of the hand-over.")] = None


class Defects(StandardSection):
    """What an open defect costs every journey that passes it."""

    minor: Annotated[SomeShare, Field(description="Ratio of a minor defect; of a major one, its cube.")] = (
        domain.ServiceConcept.defects.missed
    )


class Conditions(Section):
    """Ratio of a delivery by its condition; as ordered is 1."""

    damaged: Annotated[Share, Field(description="Ratio of what comes damaged.")] = 0.5
    incomplete: Annotated[Share, Field(description="Ratio when something is missing.")] = 0.5
    wrong: Annotated[Share, Field(description="Ratio of the wrong thing, however fast.")] = 0.3


class Tidy(StandardSection):
    """The place after the work."""

    untidy: Annotated[Share, Field(description="Ratio when the place was left untidy.")] = (
        domain.ServiceConcept.tidiness.missed
    )


class Delivery(StandardSection):
    """What is delivered, in which condition, how soon, and how the place is left."""

    conditions: Conditions = Conditions()
    within: Annotated[
        Wait | None, Field(description="From arrival to delivery, for journeys whose stages nobody reports.")
    ] = None
    tidy: Tidy = Tidy()


class Handoffs(StandardSection):
    """Hand-offs that the customer sees."""

    within: Annotated[Span, Field(description="How long it may take where no time was said.")] = timedelta(
        seconds=domain.ServiceConcept.handoff.expected
    )
    without_context: Annotated[Share, Field(description="Ratio when the customer has to tell everything again.")] = (
        domain.ServiceConcept.handoff_without_context
    )


class PromiseSection(Section):
    """How promises of one kind are looked after."""

    label: Annotated[Words, Field(description="The promise in words, for ledgers and alerts; else its name.")] = ""
    weight: Annotated[Weight, Field(description="How much it counts.")] = domain.PromiseStandard.weight
    confirm_within: Annotated[Share, Field(description="By which share of its span it must be confirmed.")] = (
        domain.PromiseStandard.confirm_within
    )
    kept_before: Annotated[Amount, Field(description="Track record: how many such promises were kept.")] = (
        domain.PromiseStandard.kept_before
    )
    broken_before: Annotated[Amount, Field(description="Track record: how many were broken.")] = (
        domain.PromiseStandard.broken_before
    )
    remedy: Annotated[Remedy, Field(description=REMEDY)] = domain.PromiseStandard.remedy


class Problems(Section):
    """What a problem costs, and how fast it has to be owned and put right."""

    minor: Annotated[SomeShare, Field(description="Ratio of a minor problem: a small slip.")] = (
        domain.ProblemStandard.minor
    )
    major: Annotated[SomeShare, Field(description="Ratio of a major problem.")] = domain.ProblemStandard.major
    critical: Annotated[SomeShare, Field(description="Ratio of a critical problem.")] = domain.ProblemStandard.critical
    beyond_critical: SomeShare = domain.ProblemStandard.beyond_critical
    weight: Annotated[Weight, Field(description="How much it counts.")] = domain.ProblemStandard.weight
    own_within: Annotated[Span, Field(description="By when somebody has to own it.")] = (
        domain.ProblemStandard.own_within
    )
    resolve_within: Annotated[
        Span,
        Field(description="By when it has to be put right; with every such span a recovery is worth half as much."),
    ] = domain.ProblemStandard.resolve_within
    restored: Share = domain.ProblemStandard.restored
    compensated: Share = domain.ProblemStandard.compensated
    remedy: Annotated[Remedy, Field(description=REMEDY)] = domain.ProblemStandard.remedy
    call: Annotated[Name, Field(description="The unit to call.")] = ""

    @model_validator(mode="after")
    def _worse_is_worse(self) -> "Problems":
        ratios = [self.minor, self.major, self.critical, self.beyond_critical]
        if ratios != sorted(ratios, reverse=True):
            said = ", ".join(f"{ratio:g}" for ratio in ratios)
            raise ValueError(f"minor, major, critical and beyond_critical must not rise: they are {said}")
        return self


class Recognition(StandardSection):
    """Moments that deserve recognition."""

    ratio: Annotated[Ratio, Field(description="Ratio of such a moment.")] = domain.ServiceConcept.beyond
