"""The rows of a table in CSV. One that cannot be read is told and left out; the rest of the file still is."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from services.commands.log_import.columns import Needed, missing_columns
from services.commands.log_import.mapping_document import DELIMITERS, CsvSection
from services.commands.log_import.rows import BROKEN_OFF, REST_LEFT_OUT, LogFile, Row, Unreadable, UnusableLog, in_words

WIDE = ("utf-16", "utf_16", "utf-32", "utf_32")
"""Encodings in which text has zero bytes."""
LONGEST_LINE = 1 << 20
"""Characters of one line: a file without line breaks must not fill the memory."""
LEFT_OUT = "the row is left out"
MOST_LINES = 200
"""Of one row, where cells may hold line breaks: a quotation mark that nobody closes must not swallow the file."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose columns were found to be what the mapping needs, and whose rows have not been read yet."""

    lines: "_Lines"
    layout: CsvSection
    delimiter: str
    columns: Sequence[str]
    needed: Sequence[tuple[str, int]]
    """The columns that are read, with their places."""

    def rows(self) -> Iterator[Row | Unreadable]:
        """The rows, in order."""
        try:
            while (taken := self.lines.next()) is not None:
                number, line = taken
                if line is None:
                    yield Unreadable(number, f"this line is longer than {LONGEST_LINE:,} characters", LEFT_OUT)
                elif not line.isspace():
                    yield self._row(number, line)
        except BROKEN_OFF as error:
            yield Unreadable(self.lines.number + 1, in_words(error), REST_LEFT_OUT)

    def _row(self, number: int, line: str) -> Row | Unreadable:
        try:
            cells = self._cells(line)
        except csv.Error as error:
            return Unreadable(number, f"this is not CSV: {error}; {self._advice(str(error))}", LEFT_OUT)
        if len(cells) != len(self.columns):
            what = f"there are {len(cells)} cells, and the table has {len(self.columns)} columns"
            if len(cells) > len(self.columns):
                what += f"; put a cell that holds {self.delimiter!r} into quotation marks"
            else:
                what += f"; blank cells need their {self.delimiter!r} as well"
            return Unreadable(number, what, LEFT_OUT)
        return Row(number, {column: cell for column, place in self.needed if (cell := cells[place].strip())})

    def _cells(self, line: str) -> list[str]:
        """The cells of the row that begins with `line`. Raises csv.Error, having taken that line alone."""
        try:
            return _parsed(line, self.delimiter, self.layout.quote)
        except csv.Error:
            if not self.layout.line_breaks_in_cells:
                raise
            taken: list[tuple[int, str | None]] = []
            text = line
            while len(taken) < MOST_LINES and (more := self.lines.next()) is not None:
                taken.append(more)
                if more[1] is None:
                    break
                text += more[1]
                if text.count(self.layout.quote) % 2 == 0:
                    try:
                        cells = _parsed(text, self.delimiter, self.layout.quote)
                    except csv.Error:
                        continue
                    if len(cells) == len(self.columns):
                        return cells
            # The quotation mark that nobody closes costs its own line, and none of those after it.
            self.lines.put_back(taken)
            raise

    def _advice(self, error: str) -> str:
        if "unexpected end" not in error:
            return "a quotation mark inside a cell has to be written twice"
        if self.layout.line_breaks_in_cells:
            return f"close the quotation mark; a row may have at most {MOST_LINES} lines"
        return "close the quotation mark, or say csv: {line_breaks_in_cells: true} in the mapping"


def open_table(log: LogFile, layout: CsvSection, needed: Needed) -> Table:
    """The table in a log. Raises UnusableLog, naming every column that the mapping needs and the table lacks."""
    encoding = layout.encoding or log.marked_encoding or "utf-8"
    if b"\0" in log.head.partition(b"\n")[0] and not encoding.startswith(WIDE):
        what = "is no text: save it as CSV, or, where it is CSV in another encoding, name that as csv.encoding"
        raise UnusableLog(f"{log.path} {what}")
    text = io.TextIOWrapper(
        log.stream,
        encoding=encoding,
        errors="surrogateescape",  # what is not of that encoding harms its own cell alone
        newline="",
    )
    lines = _Lines(text)
    delimiter, columns = _columns(log, lines, layout, needed)
    problems = missing_columns(columns, needed)
    twice = [name for name in needed.lines if columns.count(name) > 1]
    problems += [f"{needed.place(name)}: the log has {columns.count(name)} columns called {name!r}" for name in twice]
    if problems:
        raise UnusableLog("\n".join(problems))
    places = [(name, columns.index(name)) for name in needed.lines]
    return Table(lines=lines, layout=layout, delimiter=delimiter, columns=columns, needed=places)


def _columns(log: LogFile, lines: "_Lines", layout: CsvSection, needed: Needed) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns: of all delimiters the one that makes the most of the first line."""
    try:
        number, first = lines.next() or (1, "")
        if first is not None and first.lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:
            layout = layout.model_copy(update={"delimiter": layout.delimiter or first[4]})  # a spreadsheet's own mark
            number, first = lines.next() or (2, "")
    except BROKEN_OFF as error:
        raise UnusableLog(f"{log.path} cannot be read: {in_words(error)}") from error
    if first is None:
        raise UnusableLog(f"{log.path}:1: this line is longer than {LONGEST_LINE:,} characters; this is no table")
    if layout.columns:
        lines.put_back([(number, first)])
    found: list[tuple[str, list[str]]] = []
    for delimiter in (layout.delimiter,) if layout.delimiter else DELIMITERS:
        try:
            found.append((delimiter, [cell.strip() for cell in _parsed(first, delimiter, layout.quote)]))
        except csv.Error as error:
            failure = error
    if not found:
        raise UnusableLog(f"{log.path}:{number}: the names of the columns cannot be read: {failure}")
    delimiter, columns = max(found, key=lambda each: (sum(name in needed.lines for name in each[1]), len(each[1])))
    return delimiter, layout.columns or columns


def _parsed(text: str, delimiter: str, quote: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, strict=True), [])


class _Lines:
    """The lines of a text with their numbers, one after the other; some can be put back. None: one that is too long."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[tuple[int, str | None]] = deque()
        self.number = 0
        """Of the last line that was read."""

    def next(self) -> tuple[int, str | None] | None:
        if self._waiting:
            return self._waiting.popleft()
        line = self._text.readline(LONGEST_LINE)
        if not line:
            return None
        self.number += 1
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            return self.number, line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST_LINE)
        return self.number, None

    def put_back(self, lines: Sequence[tuple[int, str | None]]) -> None:
        self._waiting.extendleft(reversed(lines))
