"""The service concept as it is written down: its keys. What a file leaves out is the domain's default."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from services.experience.adapters.concept_fields import (
    ConceptName,
    Duration,
    HoldsFrom,
    Name,
    Section,
    SomeShare,
    Span,
    StoreId,
    Words,
    bounds,
    words,
)
from services.experience.adapters.concept_numbers import CostsSection, OutlookSection, ParametersSection
from services.experience.adapters.concept_sections import (
    ConductRating,
    Defects,
    Delivery,
    Greeting,
    Handoffs,
    Problems,
    PromiseSection,
    Rating,
    Recognition,
    Wait,
)
from services.experience.adapters.concept_store import StoreSection
from services.experience.domain.concept import ServiceConcept

Aspect = Literal["courtesy", "competence", "ownership", "interest"]
Observer = Literal["customer", "shopper", "colleague", "sensor", "greeting", "delivery", "cleanliness"]
"""Who reports: an observer of conduct, or the systems of a kind of touchpoint."""


def _aspect_of(key: str) -> str:
    """An aspect, or one at a certain touchpoint: till.courtesy."""
    if key.rpartition(".")[2] not in get_args(Aspect):
        raise ValueError(
            f"must be one of {', '.join(get_args(Aspect))}, or one of them at a touchpoint, such as till.courtesy"
        )
    return key


def _each_once(what: str) -> AfterValidator:
    """A list in which nothing stands twice; `what` it is a list of, for the error."""

    def check(names: list[str]) -> list[str]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"must name each {what} once, and {', '.join(twice)} is there twice")
        return names

    return AfterValidator(check)


class ConceptDocument(Section):
    """A whole service concept."""

    concept: Annotated[ConceptName, Field(description="Its name, the same in every version.")]
    version: Annotated[int, bounds(1, 1_000_000), Field(description="Rises with each change that is published.")]
    extends: Annotated[
        ConceptName | None,
        Field(
            description="The concept that it builds on; then it says only what differs; null drops what it inherits."
        ),
    ] = None
    holds_from: Annotated[
        HoldsFrom | None,
        Field(description="Journeys that begin from then on; else from when it is published, and never before."),
    ] = None
    title: Annotated[Words, Field(description="What it is, on one line.")]
    promise: Annotated[str, words(2000), Field(description="The concept in words: what customers may expect.")] = ""
    stores: Annotated[
        Annotated[list[StoreId], _each_once("store")] | None,
        Field(description="Left out: every store that has none of its own. `[]`: none by itself, others build on it."),
    ] = None
    adequate: Annotated[SomeShare, Field(description="The KV below which a customer is let down.")] = (
        ServiceConcept.adequate
    )
    quiet_time: Duration = ServiceConcept.quiet_time
    expires_after: Span = ServiceConcept.expires_after
    costs: CostsSection = CostsSection()
    greeting: Greeting | None = None
    stages: Annotated[
        dict[Name, Wait],
        Field(default_factory=dict, description="By name, `*` for others; `budget` is what all together may take."),
    ]
    conduct: dict[Annotated[str, AfterValidator(_aspect_of)], ConductRating] = Field(default_factory=dict)
    cleanliness: Annotated[
        dict[Name, Rating], Field(default_factory=dict, description="By area, `*` for others; from 0 to 5.")
    ]
    defects: Defects = Defects()
    delivery: Delivery = Delivery()
    handoffs: Handoffs = Handoffs()
    promises: Annotated[
        dict[Name, PromiseSection], Field(default_factory=dict, description="By what is promised, `*` for others.")
    ]
    problems: Problems = Problems()
    recognition: Recognition = Recognition()
    good_from: Annotated[float, bounds(1, 10, above=True)] = ServiceConcept.good_from
    units: Annotated[
        list[Name],
        _each_once("unit"),
        Field(default_factory=list, description="The units of each store that have to acknowledge the concept."),
    ]
    acknowledge_within: Span = ServiceConcept.acknowledge_within
    observers: Annotated[
        dict[Observer, SomeShare],
        Field(default_factory=dict, description="How much what an observer reports counts; 1, in full, by default."),
    ]
    store: StoreSection = StoreSection()
    parameters: ParametersSection = ParametersSection()
    outlook: OutlookSection = OutlookSection()

    @model_validator(mode="before")
    @classmethod
    def _a_mapping(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be a service concept: keys such as concept, version, title and promises")  # noqa: TRY004  # pydantic's convention
        return value
