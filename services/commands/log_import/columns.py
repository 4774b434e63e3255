"""The columns that a mapping needs, each with the line of the mapping that names it first."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from services.commands.safe_text import on_one_line

MOST_SHOWN = 30
"""Columns that an error names; a log may have thousands."""


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Column by column the line of the mapping that names it."""

    mapping: str
    """The mapping's file, for errors."""
    lines: dict[str, int]

    def place(self, column: str) -> str:
        """Where the mapping names a column."""
        return f"{self.mapping}:{self.lines[column]}"


def missing_columns(columns: Collection[str], needed: Needed, missing: str = "the log has no column") -> list[str]:
    """For each column that is needed and not there, where the mapping names it, and what it may have meant."""
    return [
        f"{needed.place(name)}: {missing} {name!r}; {_instead(name, columns)}"
        for name in sorted(needed.lines, key=needed.lines.__getitem__)
        if name not in columns
    ]


def _instead(name: str, columns: Collection[str]) -> str:
    by_small_letters = {column.lower(): column for column in columns}
    near = get_close_matches(name.lower(), by_small_letters, n=1, cutoff=0.7)
    if near:
        return f"did you mean '{on_one_line(by_small_letters[near[0]])}'?"
    shown = ", ".join(f"'{on_one_line(column)}'" for column in sorted(columns)[:MOST_SHOWN])
    more = f" and {len(columns) - MOST_SHOWN} more" if len(columns) > MOST_SHOWN else ""
    return f"its columns are {shown or 'none at all'}{more}"
