"""What the hand-off service tells: the customer, or the work, passes from one unit to another."""

from typing import Annotated

from pydantic import Field

from touchline_contracts.fields import Fields, Identifier, Instant, Name, Text


class HandoffOffered(Fields):
    """One unit offers the customer, or work for the customer, to another."""

    handoff_id: Identifier
    from_unit: Name
    to_unit: Name
    customer_visible: Annotated[bool, Field(description="False: an internal step, which feeds the forecast alone.")]
    about: Name | None = None
    due: Instant | None = None


class HandoffAccepted(Fields):
    """The other unit took over."""

    handoff_id: Identifier
    context_passed: Annotated[bool, Field(description="False: the customer has to tell everything again.")] | None = (
        None
    )


class HandoffDeclined(Fields):
    """The other unit did not take over."""

    handoff_id: Identifier
    reason: Text
