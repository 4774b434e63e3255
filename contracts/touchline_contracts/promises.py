"""What the promises service tells: a promise is made, confirmed or declined by who must carry it out, and ends."""

from typing import Annotated

from pydantic import Field

from touchline_contracts.fields import Fields, Identifier, Instant, Name, Text


class PromiseMade(Fields):
    """The customer was promised something by a time."""

    promise_id: Identifier
    what: Annotated[
        Name, Field(description="A code that the service concept knows.", examples=["goods_from_second_warehouse"])
    ]
    due: Annotated[Instant, Field(description="When it has to be done.")]
    fulfilled_by: Annotated[Name, Field(description="The unit that must carry it out.", examples=["second_warehouse"])]
    made_by: (
        Annotated[Name, Field(description="The unit or channel that promised.", examples=["sales", "marketing"])] | None
    ) = None
    confirm_by: (
        Annotated[Instant, Field(description="When the unit must have confirmed; else the concept decides.")] | None
    ) = None


class PromiseConfirmed(Fields):
    """The unit that must carry it out has confirmed that it will."""

    promise_id: Identifier
    by_unit: Name


class PromiseDeclined(Fields):
    """The unit that must carry it out has said that it will not."""

    promise_id: Identifier
    by_unit: Name
    reason: Text


class PromiseKept(Fields):
    """The promise was carried out. Kept in time if this happened by the due time."""

    promise_id: Identifier


class PromiseBroken(Fields):
    """The promise was not, and will not be, carried out in time."""

    promise_id: Identifier
    reason: Text | None = None


class PromiseWithdrawn(Fields):
    """The promise was taken back before it was due."""

    promise_id: Identifier
    reason: Text | None = None


class PromiseRescheduled(Fields):
    """A new due time. Without the customer's agreement the old one still holds."""

    promise_id: Identifier
    due: Instant
    customer_agreed: bool
