"""What the greeting service tells: a customer came, was greeted, left."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.fields import Fields, Name, Rating


class CustomerArrived(Fields):
    """A customer came into contact with the store; the journey begins."""

    channel: Literal["door", "desk", "phone", "chat", "web", "drive_through"]
    party_size: Annotated[int, Field(ge=1, le=1000, description="How many people came together.")] | None = None


class CustomerGreeted(Fields):
    """Somebody greeted the customer."""

    manner: Rating | None = None
    staff: Annotated[Name, Field(description="A pseudonym, never a name.")] | None = None


class CustomerLeft(Fields):
    """The customer left; the journey ends once nothing is open."""

    outcome: Literal["served", "abandoned"]
