"""The kinds of value that events are made of: identifiers, names, instants and scores, with their bounds."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

EARLIEST_YEAR = 1990
"""Events before this year are refused: an instant that early is a clock that was never set."""
LATEST_YEAR = 2200
"""Events from this year on are refused: arithmetic on instants near the year 9999 overflows."""


_DATE_THEN_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d")


def _written_instant(value: object) -> object:
    """Refuse numbers, also in quotes, which pydantic would otherwise read as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE_THEN_TIME.match(value)):
        return value
    raise ValueError("must be a text such as 2026-11-21T14:00:00+02:00")


def _plausible_instant(value: datetime) -> datetime:
    if not EARLIEST_YEAR <= value.year < LATEST_YEAR:
        raise ValueError(f"the year must be from {EARLIEST_YEAR} to {LATEST_YEAR - 1}")
    return value


Instant = Annotated[
    AwareDatetime,
    Field(strict=False, description="RFC 3339 with a zone, such as 2026-11-21T14:00:00+02:00."),
    BeforeValidator(_written_instant),
    AfterValidator(_plausible_instant),
]
"""A point in time, with its zone."""

StoreId = Annotated[
    str,
    Field(
        pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._:-]{0,63})$",
        description=(
            "The store: letters, digits and . _ : - (at most 64). "
            "'*' stands for every store and is kept for service concepts."
        ),
        examples=["riga-1"],
    ),
]
JourneyId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$",
        description=(
            "One customer's visit, order or case; unique in its store. Letters, digits and . _ : / - (at most 128)."
        ),
        examples=["visit-1042"],
    ),
]
Identifier = Annotated[
    str,
    Field(
        pattern=r"^[!-~]{1,128}$",
        description="An identifier without blanks, at most 128 characters; unique in its journey or store.",
    ),
]
Name = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]{1,80}$",
        description="A name or code that the service concept knows, at most 80 characters. Never a customer's name.",
    ),
]
Text = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]{1,200}$",
        description="A few words, at most 200 characters. No personal data: prefer a code.",
    ),
]
CustomerHash = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{64}$",
        description="HMAC-SHA256 of the customer's id under the company's key, in hexadecimal. Never the id itself.",
    ),
]
Rating = Annotated[float, Field(ge=1, le=5, description="From 1 (worst) to 5 (best).")]
Severity = Literal["minor", "major", "critical"]


class Fields(BaseModel):
    """The `data` of an event. Unknown fields are ignored on reading, so that a newer sender can be read."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)
