"""What is sent along with an action: who does it, and what there is to say about it; and what is wrong with that."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.alerts.domain.caller import Caller
from services.alerts.domain.report import Report
from services.alerts.entrypoints.access import Access
from services.chassis.field_errors import Location, field_errors
from services.chassis.problems import Problem
from touchline_contracts.fields import Instant

LONGEST_BY, LONGEST_COMMENT = 64, 200

By = Annotated[
    str,
    Field(
        pattern=rf"^[^\x00-\x1f\x7f]{{1,{LONGEST_BY}}}$",
        description=f"Who does it: a role, pseudonym or opaque id of 1 to {LONGEST_BY} characters, never a name. "
        "Who has signed in need not say so: it is who has signed in, whatever is said here.",
    ),
]
Comment = Annotated[
    str,
    Field(
        pattern=rf"^[^\x00-\x1f\x7f]{{1,{LONGEST_COMMENT}}}$",
        description=f"One line of 1 to {LONGEST_COMMENT} characters, without personal data.",
    ),
]


class Doing(BaseModel):
    """Who does it, and what there is to say about it."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"examples": [{"by": "manager_on_duty", "comment": "I am on my way to the counter."}]},
    )

    by: By
    comment: Comment | None = None


class Snoozing(Doing):
    """Who wants to hear of an alert later, and when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "manager_on_duty", "until": "2026-11-21T14:30:00+02:00"}]}
    )

    until: Annotated[
        Instant,
        Field(description="When it is told again, such as 2026-11-21T14:30:00+02:00; at most seven days from now."),
    ]


class Closing(Doing):
    """Who puts an end to an alert, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "manager_on_duty", "comment": "The customer knows, and does not mind."}]}
    )

    comment: Comment


class Telling(Doing):
    """Who reports something, and what."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "manager_on_duty", "report": "confirmed"}]})

    report: Annotated[
        Report,
        Field(
            description="What has come to be so, such as confirmed, or was agreed with the customer, such as "
            "rescheduled; an alert's `reports` are those that make sense."
        ),
    ]
    due: Annotated[
        Instant | None, Field(description="The new time that the customer agrees to; only of what is rescheduled.")
    ] = None


Sent = TypeVar("Sent", bound=Doing)


def sent(kind: type[Sent], access: Access) -> Callable[[Request, Caller], Awaitable[Sent]]:
    """A dependency that reads what was sent, after it is known who may: nobody's body is read before.

    Who has signed in is who does it, whatever is said.
    """

    async def read(request: Request, caller: Annotated[Caller, Depends(access.acting)]) -> Sent:
        try:
            said = kind.model_validate_json(await _signed(request, caller))
        except ValidationError as error:
            raise _invalid(kind, error) from None
        return said

    return read


async def _signed(request: Request, caller: Caller) -> bytes:
    body = await request.body()
    if caller.speaks_for_others:
        return body
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body  # it is refused, with what is wrong with it
    return json.dumps(said | {"by": caller.name}).encode() if isinstance(said, dict) else body


def documented_body(kind: type[Doing]) -> dict[str, Any]:
    """The same for the documentation."""
    schema = kind.model_json_schema()
    content = {"application/json": {"schema": schema, "example": schema["examples"][0]}}
    return {"requestBody": {"required": True, "content": content}}


def _invalid(kind: type[Doing], error: ValidationError) -> Problem:
    title = "The request is not valid"
    wrong = error.errors(include_url=False)
    if wrong[0]["type"] == "json_invalid":
        detail = f"The body must be a JSON object: {wrong[0]['msg'].lower()}. Send one such as /docs shows."
        return Problem(422, "invalid-request", title, detail)
    right: dict[Location, str | None] = {(name,): field.description for name, field in kind.model_fields.items()}
    errors = field_errors(wrong, {}, expected_at=right.get)
    expected = f": {errors[0].expected}" if errors[0].expected else f"; there are {', '.join(kind.model_fields)}."
    return Problem(422, "invalid-request", title, errors[0].detail + expected, errors=errors)
