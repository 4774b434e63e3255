"""What is measured: figures with their targets, as a table for people and as JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a figure has to be."""

    bound: float
    side: Literal["at least", "at most"]

    def met_by(self, value: float) -> bool:
        """Whether a value is on the right side of the bound."""
        return value >= self.bound if self.side == "at least" else value <= self.bound


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure."""

    measurement: str
    name: str
    value: float
    unit: str
    target: Target | None = None

    @property
    def missed(self) -> bool:
        """Whether it has a target and does not meet it."""
        return self.target is not None and not self.target.met_by(self.value)

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Its row in the table."""
        target = f"{self.target.side} {number(self.target.bound)}" if self.target else ""
        verdict = ("**missed**" if self.missed else "met") if self.target else ""
        return (self.measurement, self.name, f"{number(self.value)} {self.unit}".strip(), target, verdict)


def number(value: float) -> str:
    """Three digits that count, and no more: timings are not more exact than that."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(figures: Iterable[Figure]) -> str:
    """The figures in Markdown."""
    rows = [("measurement", "figure", "value", "target", ""), *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def write(path: Path, figures: Sequence[Figure], **about: Any) -> None:
    """Write the figures, and what they are `about`, as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(figure) | {"missed": figure.missed} for figure in figures]
    path.write_text(json.dumps({**about, "figures": rows}, indent=2) + "\n", encoding="utf-8")
