"""What is told about service concepts: a version was published, a unit acknowledged it."""

from typing import Annotated, Any

from pydantic import Field

from touchline_contracts.fields import Fields, Name


class ConceptPublished(Fields):
    """A version of a service concept holds in the stores it names. Sent by the command line alone."""

    concept: Annotated[
        dict[str, Any],
        Field(description="The service concept as in its YAML file; where it extends another, only what differs."),
    ]
    version: Annotated[int, Field(ge=1)]


class ConceptAcknowledged(Fields):
    """A unit has read a version of the service concept."""

    concept: Name
    version: Annotated[int, Field(ge=1)]
    unit: Name
