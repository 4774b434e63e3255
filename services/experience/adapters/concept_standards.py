"""From the document to the domain: each section becomes the domain's standard, with what the section says put in."""

from typing import Any, Final

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_sections import Rating, StandardSection, Wait
from services.experience.domain.concept import (
    Importance,
    ProblemStandard,
    PromiseStandard,
    ServiceConcept,
    Standard,
    Unit,
)
from services.experience.domain.parameters import Costs, Outlook, Parameters
from services.experience.domain.phrase import Phrase, phrase
from services.experience.domain.store_care import StoreCare

BUDGET: Final = "budget"
"""Among the stages: what all of them together may take."""

# What to do where the concept does not say it: an alert without a remedy helps nobody.
GREET: Final = "Go and greet the customer now."
PUT_IT_RIGHT: Final = "Have a colleague take over, and put it right with the customer before they leave."
HELP_OUT: Final = "See what holds it up, help out or open a second place, and tell the customer how long it will take."
CLEAN: Final = "Have it cleaned now, and look again yourself."

_DEFAULT: Final = ServiceConcept()


def concept_from(document: ConceptDocument) -> ServiceConcept:
    """The concept that a document describes."""
    greeting, delivery, problems = document.greeting, document.delivery, document.problems
    manner = greeting.manner if greeting else None
    stages = {name: wait for name, wait in document.stages.items() if name != BUDGET}
    budget = document.stages.get(BUDGET)
    return ServiceConcept(
        name=document.concept,
        version=document.version,
        title=document.title,
        stores=None if document.stores is None else tuple(document.stores),
        adequate=document.adequate,
        quiet_time=document.quiet_time,
        expires_after=document.expires_after,
        parameters=Parameters(**document.parameters.model_dump()),
        outlook=Outlook(**document.outlook.model_dump()),
        costs=Costs(**document.costs.model_dump()),
        greeting=_wait("greeting", "a greeting", GREET, greeting) if greeting else None,
        manner=_rating("manner", "a friendly manner", PUT_IT_RIGHT, manner) if manner else None,
        stages={name: _wait(f"stage:{name}", _in_words(name), HELP_OUT, wait) for name, wait in stages.items()},
        journey_budget=_wait("stages", "all stages together", HELP_OUT, budget) if budget else None,
        conduct=_conduct(document),
        cleanliness={
            area: _rating(area, phrase("expected.clean", area=area), CLEAN, rating)
            for area, rating in document.cleanliness.items()
        },
        defects=_with(_DEFAULT.defects, document.defects, missed=document.defects.minor),
        delivery=_with(_DEFAULT.delivery, delivery),
        conditions={**_DEFAULT.conditions, **delivery.conditions.model_dump()},
        delivery_wait=_wait("delivery", "the delivery", HELP_OUT, delivery.within) if delivery.within else None,
        tidiness=_with(_DEFAULT.tidiness, delivery.tidy, missed=delivery.tidy.untidy),
        handoff=_with(_DEFAULT.handoff, document.handoffs, expected=document.handoffs.within.total_seconds()),
        handoff_without_context=document.handoffs.without_context,
        promises={
            what: PromiseStandard(**{"label": _in_words(what), **promise.model_dump(exclude_unset=True)})
            for what, promise in document.promises.items()
        },
        problems=ProblemStandard(**{**problems.model_dump(), "call": problems.call or None}),
        recognition=_with(_DEFAULT.recognition, document.recognition),
        beyond=document.recognition.ratio,
        good_from=document.good_from,
        units=tuple(document.units),
        acknowledge_within=document.acknowledge_within,
        observers={str(observer): weight for observer, weight in document.observers.items()},
        store=StoreCare(**document.store.model_dump()),
    )


def _conduct(document: ConceptDocument) -> dict[str, Standard]:
    """Every aspect, as the document has it or as every customer may expect it; then those at certain touchpoints."""
    conduct = dict(_DEFAULT.conduct)
    for key, rating in sorted(document.conduct.items(), key=lambda item: "." in item[0]):
        place, _, aspect = key.rpartition(".")
        base = conduct[aspect]
        if place:
            base = base._replace(label=phrase("expected.at", what=base.label, place=place))
        expected = rating.expected if "expected" in rating.model_fields_set else base.expected
        conduct[key] = _with(base, rating, expected=expected)
    return conduct


def _wait(touchpoint: str, label: str, remedy: str, wait: Wait) -> Standard:
    base = Standard(touchpoint=touchpoint, label=label, unit=Unit.SECONDS, remedy=remedy)
    return _with(base, wait, expected=wait.within.total_seconds())


def _rating(touchpoint: str, label: str | Phrase, remedy: str, rating: Rating) -> Standard:
    base = Standard(touchpoint=touchpoint, label=label, unit=Unit.SCORE, remedy=remedy)
    return _with(base, rating, expected=rating.expected)


def _with(base: Standard, section: StandardSection, **numbers: Any) -> Standard:
    """The standard with what the section says of it; what it leaves out stays."""
    said = section.model_dump(exclude_unset=True, include=set(StandardSection.model_fields))
    if "kind" in said:
        said["kind"] = Importance(said["kind"])
    return base._replace(**said, **numbers)


def _in_words(code: str) -> str:
    return code.replace("_", " ")
