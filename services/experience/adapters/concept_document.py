"""The service concept as it is written down: its keys. What a file leaves out is the domain's default."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from services.experience.adapters.concept_fields import (
    ConceptName,
    Duration,
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
from services.experience.domain.concept import ServiceConcept

Aspect = Literal["courtesy", "competence", "ownership", "interest"]


def _aspect_of(key: str) -> str:
    """An aspect, or one at a certain touchpoint: till.courtesy."""
    if key.rpartition(".")[2] not in get_args(Aspect):
        raise ValueError(
            f"must be one of {', '.join(get_args(Aspect))}, or one of them at a touchpoint, such as till.courtesy"
        )
    return key


def _each_once(stores: list[str]) -> list[str]:
    twice = sorted({store for store in stores if stores.count(store) > 1})
    if twice:
        raise ValueError(f"must name each store once, and {', '.join(twice)} is there twice")
    return stores


class ConceptDocument(Section):
    """A whole service concept."""

    concept: Annotated[ConceptName, Field(description="Its name, the same in every version.")]
    version: Annotated[int, bounds(1, 1_000_000), Field(description="Rises with each change that is published.")]
    title: Words
    promise: Annotated[str, words(2000), Field(description="The concept in words: what customers may expect.")] = ""
    stores: Annotated[
        list[StoreId],
        AfterValidator(_each_once),
        Field(default_factory=list, description="None: every store that has no concept of its own."),
    ]
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
    parameters: ParametersSection = ParametersSection()
    outlook: OutlookSection = OutlookSection()

    @model_validator(mode="before")
    @classmethod
    def _a_mapping(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be a service concept: keys such as concept, version, title and promises")  # noqa: TRY004  # pydantic's convention
        return value
