"""Tables in CSV: rows with the line they stand on. What cannot be read is reported; the rest of the file still is."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from touchline_contracts.fields import EARLIEST_YEAR, LATEST_YEAR

LONGEST_VALUE = 60
"""Characters of a value that a report repeats."""
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


class UnusableTable(Exception):
    """A file is missing, or lacks a column. Nothing can be imported until somebody mends that."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something in a row that cannot be used: where it is, what was found, and what becomes of it."""

    file: str
    line: int
    what: str
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        got = f" (got {_shortened(self.value)})" if self.value else ""
        return f"{self.file}, line {self.line}{column}: {self.what}{got}"


Report = Callable[[Problem], None]
"""Takes each problem as it is found."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    file: str
    line: int
    cells: dict[str, str]
    report: Report

    def text(self, column: str) -> str:
        """What a cell holds, without blanks around it; empty for a blank cell."""
        return self.cells[column]

    def instant(self, column: str) -> datetime | None:
        """The moment that a cell holds; None where it is blank, and where it cannot be read, which is reported."""
        written = self.cells[column]
        if not written:
            return None
        try:
            if _WRITTEN.fullmatch(written):
                return _in_sao_paulo(datetime.fromisoformat(written))
        except ValueError as error:
            self.problem(column, f"this is no date and time: {error}; it is left out")
            return None
        self.problem(column, "this is not written as a date and time, such as 2017-07-09 21:57:05; it is left out")
        return None

    def problem(self, column: str | None, what: str) -> None:
        """Report what is wrong with a cell, or with the whole row."""
        value = self.cells[column] if column else None
        self.report(Problem(file=self.file, line=self.line, column=column, value=value, what=what))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with its columns checked, whose rows have not been read yet."""

    file: str
    columns: Sequence[str]
    header: Sequence[str]
    lines: Sequence[str]

    def rows(self, report: Report) -> Iterator[Row]:
        """The rows, in order. One that is not CSV, or has another number of cells, is reported and left out."""
        places = [(column, self.header.index(column)) for column in self.columns]
        for line, written in enumerate(self.lines[1:], start=2):
            try:
                cells = _cells(written)
            except csv.Error as error:
                report(Problem(file=self.file, line=line, what=f"this is not CSV: {error}; the row is left out"))
                continue
            if len(cells) == len(self.header):
                yield Row(self.file, line, {column: cells[place].strip() for column, place in places}, report)
            elif cells:
                what = f"there are {len(cells)} cells, expected {len(self.header)}; the row is left out"
                report(Problem(file=self.file, line=line, what=what))


def open_table(folder: Path, file: str, columns: Sequence[str]) -> Table:
    """The table in `file`. Raises UnusableTable, naming what is missing: the file, or one of `columns`."""
    path = folder / file
    try:
        # What is not UTF-8 harms its own cell alone.
        text = path.read_bytes().decode("utf-8-sig", errors="surrogateescape")
    except FileNotFoundError as error:
        raise UnusableTable(f"{path} is missing: name a folder with orders.csv, items.csv and reviews.csv") from error
    except OSError as error:
        raise UnusableTable(f"{path} cannot be read: {error.strerror}") from error
    lines = list(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in _cells("".join(lines[:1]))]
    except csv.Error as error:
        raise UnusableTable(f"{path}, line 1: the names of the columns cannot be read: {error}") from error
    for column in columns:
        if column not in header:
            has = ", ".join(map(_shortened, header)) or "none at all"
            raise UnusableTable(f"{path}, line 1: the column {column} is missing; the columns are: {has}")
    return Table(file=file, columns=columns, header=header, lines=lines)


def _cells(line: str) -> list[str]:
    """The cells of one line. Raises csv.Error.

    No row of these tables has more than one line, so a quotation mark that nobody closes costs one row, not the rest.
    """
    return next(csv.reader([line], strict=True), [])


def _in_sao_paulo(local: datetime) -> datetime:
    """The moment at which clocks in São Paulo showed `local`; the first, where they showed it twice."""
    if not EARLIEST_YEAR <= local.year < LATEST_YEAR:
        raise ValueError(f"the year must be from {EARLIEST_YEAR} to {LATEST_YEAR - 1}")
    # A fixed offset: two moments of one zone would be compared by what the clocks showed.
    return local.replace(tzinfo=_offset(local.replace(tzinfo=_zone()).utcoffset() or timedelta()))


@lru_cache
def _zone() -> ZoneInfo:
    return ZoneInfo("America/Sao_Paulo")


@lru_cache
def _offset(offset: timedelta) -> timezone:
    return timezone(offset)


def _shortened(value: str) -> str:
    """A value as a report repeats it: on one line, and nothing that a terminal would obey."""
    return ascii(value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "...")
