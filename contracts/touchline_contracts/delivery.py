"""What the delivery service tells: stages of service begin and end, goods and work are delivered."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.fields import Fields, Identifier, Name, Rating, Text


class StageStarted(Fields):
    """A stage of service began: waiting, preparing, paying."""

    stage: Name
    explained: Annotated[bool, Field(description="The customer was told why this takes time.")] | None = None
    told_seconds: (
        Annotated[
            float,
            Field(gt=0, le=31_536_000, description="The time the customer was told it takes, in seconds."),
        ]
        | None
    ) = None


class StageFinished(Fields):
    """A stage of service ended."""

    stage: Name
    explained: bool | None = None


class DeliveryCompleted(Fields):
    """Goods or work reached the customer."""

    promise_id: Identifier | None = None
    condition: Literal["as_ordered", "damaged", "wrong", "incomplete"]
    tidy: Annotated[bool, Field(description="The place was left as it was found.")] | None = None
    manner: Rating | None = None
    item: Name | None = None


class DeliveryFailed(Fields):
    """An attempt to deliver failed."""

    promise_id: Identifier | None = None
    reason: Text
