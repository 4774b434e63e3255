"""From a row's cells to values: texts, numbers, truths, durations and moments, each as its part of the mapping says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from services.commands.log_import.instants import Reader
from services.commands.log_import.mapping_document import Scalar, TextSection
from services.commands.log_import.rows import Row
from services.experience.adapters.concept_fields import Duration

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[-+]?\d{1,18}(\.0*)?", re.ASCII)
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Read = Callable[[Row, datetime | None], object]
"""What a row says, given when its event happened; None: nothing. Raises NotReadable."""


class NotReadable(Exception):
    """A cell holds something that is not what it has to be."""

    def __init__(self, what: str, column: str, got: str) -> None:
        super().__init__(what)
        self.what, self.column, self.got = what, column, got


@dataclass(frozen=True, kw_only=True)
class Value:
    """Where a value comes from: a column, or the mapping itself."""

    read: Read
    line: int
    """The line of the mapping that says so."""
    column: str | None = None


def constant(value: object) -> Read:
    """What is the same in every row."""
    return lambda _row, _at: value


def cell(section: TextSection, convert: Callable[[str], object]) -> Read:
    """What a cell holds: translated where the mapping has a table for it, converted otherwise."""
    column, values, otherwise, replace = section.column, section.values, section.otherwise, section.replace

    def read(row: Row, _at: datetime | None) -> object:
        written = row.cells.get(column)
        if written is None:
            return otherwise
        if values is not None:
            if written in values:
                return values[written]
            if otherwise is not None:
                return otherwise
            known = ", ".join(values)
            raise NotReadable(f"is none of the values that the mapping translates ({known})", column, written)
        text = written
        for old, new in replace.items():
            text = text.replace(old, new)
        try:
            return convert(text) if text else otherwise
        except ValueError as error:
            raise NotReadable(str(error), column, written) from error

    return read


def moment(column: str | None, reader: Reader, plus: Read | None) -> Read:
    """The moment in a cell, or that of the event itself, and so much later."""

    def read(row: Row, at: datetime | None) -> object:
        found = at
        if column is not None:
            written = row.cells.get(column)
            if written is None:
                return None
            try:
                found = reader(written)
            except ValueError as error:
                raise NotReadable(str(error), column, written) from error
        if plus is None or found is None:
            return found
        span = plus(row, at)
        return found + span if isinstance(span, timedelta) else None

    return read


def number_reader(decimal: str, times: float = 1.0) -> Callable[[str], float]:
    """Reads numbers with that sign before their decimals."""

    def read(text: str) -> float:
        plain = text.replace(",", ".") if decimal == "," else text
        if not _NUMBER.fullmatch(plain):
            hint = '; name the decimal sign in the mapping, csv: {decimal: ","}' if "," in plain else ""
            raise ValueError(f"is not a number{hint}")
        return float(plain) * times

    return read


def whole_number(text: str) -> int:
    """Reads a number without decimals."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("is not a whole number")
    return int(text.partition(".")[0])


def truth(text: str) -> bool:
    """Reads yes and no."""
    try:
        return _TRUTHS[text.lower()]
    except KeyError as error:
        raise ValueError("is not true or false; let the mapping translate it, values: {x: true, y: false}") from error


def span_reader(unit: str | None) -> Callable[[Scalar], timedelta]:
    """Reads durations, such as 4h; with a unit, numbers of it."""

    def read(written: Scalar) -> timedelta:
        try:
            return _DURATION.validate_python(f"{written}{unit or ''}")
        except ValidationError as error:
            what = str(error.errors()[0]["ctx"]["error"])
            raise ValueError(what if unit is None else f"must be a number, of {unit}") from error

    return read
