"""The mapping file as it is written down: its keys. What stands under `data` depends on the kind of event."""

import io
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

ONE_SIGN = 1
DELIMITERS = (",", ";", "\t", "|")
"""Those that are looked for where the mapping names none."""


class Section(BaseModel):
    """A part of a mapping. Unknown keys are mistakes: a misspelt one would silently change what is imported."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


Scalar = str | int | float | bool


def _one_sign(text: str) -> str:
    if len(text) != ONE_SIGN or not (text.isprintable() or text == "\t"):
        raise ValueError('must be one sign, such as ";" or "\\t" (in double quotes)')
    return text


def _known_encoding(text: str) -> str:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=text)
    except (LookupError, ValueError) as error:  # unknown, or of something else than text
        raise ValueError("must be an encoding of text, such as utf-8, cp1252 or cp1257") from error
    return text


def _decimal_sign(text: str) -> str:
    if text not in (".", ","):
        raise ValueError('must be "." or ","')
    return text


class CsvSection(Section):
    """How a table is written. What is left out is found out by looking."""

    delimiter: Annotated[str, AfterValidator(_one_sign)] | None = None
    quote: Annotated[str, AfterValidator(_one_sign)] = '"'
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    columns: Annotated[list[str], Field(min_length=1)] | None = None
    """The names of the columns, where the file does not begin with them."""
    line_breaks_in_cells: bool = False
    decimal: Annotated[str, AfterValidator(_decimal_sign)] = "."

    @model_validator(mode="after")
    def _signs_that_differ(self) -> "CsvSection":
        if self.quote in (DELIMITERS if self.delimiter is None else self.delimiter):
            raise ValueError(
                f"must have a quote that is no delimiter, got {self.quote!r}; name another delimiter or quote"
            )
        return self


class EventSection(Section):
    """Which rows are a kind of event, and what it says."""

    event: str
    activity: str | list[str] | None = None
    when: dict[str, Any] = Field(default_factory=dict)
    time: Any = None
    store_wide: bool = False
    data: dict[str, Any] = Field(default_factory=dict)


class MappingDocument(Section):
    """A whole mapping."""

    log: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    csv: CsvSection = CsvSection()
    journey: Any = None
    store: Any
    time: Any = None
    activity: Any = None
    tell_apart: Any = None
    events: Annotated[list[Any], Field(min_length=1)]
    """Each an `EventSection`."""

    @model_validator(mode="before")
    @classmethod
    def _a_mapping(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be a mapping of a log: keys such as log, journey, store, time and events")  # noqa: TRY004  # pydantic's convention
        return value


class ColumnSection(Section):
    """A value that stands in a column."""

    column: Annotated[str, Field(min_length=1)]


class TextSection(ColumnSection):
    """A text, as it stands or translated."""

    values: Annotated[dict[str, Scalar], Field(min_length=1)] | None = None
    otherwise: Scalar | None = None
    replace: dict[Annotated[str, Field(min_length=1)], str] = Field(default_factory=dict)


class NumberSection(TextSection):
    """A number, as it stands, translated or converted."""

    times: Annotated[float, Field(gt=0)] = 1.0


class SpanSection(TextSection):
    """A duration: 90s, 5m, 2h or 3d; or a number of the unit named."""

    unit: Annotated[str, Field(pattern="^[smhd]$")] | None = None


class MomentSection(Section):
    """A moment: in a column, or so long after the event itself."""

    column: Annotated[str, Field(min_length=1)] | None = None
    format: str | list[str] = "iso"
    zone: str | None = None
    at: str | None = None
    plus: Any = None

    @model_validator(mode="after")
    def _from_somewhere(self) -> "MomentSection":
        if self.column is None and self.plus is None:
            raise ValueError("must name a column, or how much later than the event it is, as in {plus: 4h}")
        return self


class ConditionSection(Section):
    """What a cell has to be, beyond one value or one of several."""

    is_not: Annotated[Scalar | list[Scalar] | None, Field(alias="not")] = None
    filled: bool | None = None
    starts_with: str | None = None
    contains: str | None = None
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "ConditionSection":
        if not self.model_fields_set:
            raise ValueError("must ask for something, such as {filled: true} or {at_least: 3}")
        return self
