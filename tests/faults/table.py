"""What was done how many times, and what was counted: the one table that `make faults` and `make soak` print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEAD = ("promise", "on", "what was done", "how often", "what was counted", "allowed", "")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One promise on one kind of database: what was counted, and whether that is what was promised."""

    promise: str
    """Its number in docs/reliability.md."""
    what: str
    times: str
    counted: str
    allowed: str
    holds: bool
    in_time: bool = True
    """Whether what is allowed was kept in seconds, too; on a busy machine that alone may say little."""
    on: str = ""
    """The database; empty: it makes no difference."""
    played: bool = True
    """Otherwise there was no time for it."""

    def cells(self) -> tuple[str, ...]:
        """The cells of its row."""
        verdict = ("holds" if self.in_time else "late") if self.holds else "BROKEN" if self.played else "not played"
        return self.promise, self.on, self.what, self.times, self.counted, self.allowed, verdict


def none_of(promise: str, what: str, times: str, counted: dict[str, int], *, on: str = "") -> Line:
    """A line for things of which there must be none at all."""
    found = ", ".join(f"{count:,} {name}" for name, count in counted.items())
    return Line(
        promise=promise, on=on, what=what, times=times, counted=found, allowed="0", holds=not any(counted.values())
    )


def as_text(lines: Sequence[Line]) -> str:
    """The table, for a terminal."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_row(row, widths) for row in rows)


def as_markdown(lines: Iterable[Line]) -> str:
    """The table, for docs/reliability.md."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(line.cells() for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
