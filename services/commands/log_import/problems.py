"""What could not be used of a log: where it is, what was found, what becomes of it, and who asked for it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from services.commands.safe_text import on_one_line

LONGEST_VALUE = 60
"""Characters of a value that a report repeats."""
NAMED = 20
"""So many problems of one sort are named one by one; a log has millions of rows, and a mapping is soon wrong."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something in the log that cannot be used."""

    line: int
    what: str
    column: str | None = None
    got: str | None = None
    instead: str = ""
    """What becomes of it."""
    asked_by: int | None = None
    """The line of the mapping that makes something of it."""

    def text(self, log: str, mapping: str) -> str:
        """One line for a person."""
        column = f" {self.column}:" if self.column is not None else ""
        got = "" if self.got is None or ", got " in self.what else f", got '{_shortened(self.got)}'"
        instead = f"; {self.instead}" if self.instead else ""
        asked_by = "" if self.asked_by is None else f" ({mapping}:{self.asked_by})"
        return on_one_line(f"{log}:{self.line}:{column} {self.what}{got}{instead}{asked_by}")


@dataclass(kw_only=True)
class Problems:
    """Takes problems as they are found: the first of each sort are told, all of them are counted."""

    tell: Callable[[Problem], None]
    every: bool = False
    """Tell all of them."""
    count: int = 0
    lines: int = 0
    """How many rows have any; rows come one after the other."""
    _last_line: int = 0
    _sorts: Counter[tuple[str | None, int | None, str]] = field(default_factory=Counter)

    def report(self, problem: Problem) -> None:
        """Take one."""
        self.count += 1
        self.lines += problem.line != self._last_line
        self._last_line = problem.line
        # What is said of a date that does not exist differs from row to row, and is of one sort all the same.
        sort = (problem.column, problem.asked_by, problem.what.partition(":")[0])
        self._sorts[sort] += 1
        if self.every or self._sorts[sort] <= NAMED:
            self.tell(problem)

    @property
    def untold(self) -> int:
        """How many were counted and not told."""
        return 0 if self.every else sum(max(0, count - NAMED) for count in self._sorts.values())


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
