"""`--weights`: how many journeys each journey of a sample stands for."""

import csv
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

COLUMNS = ("journey", "weight")


class NoWeights(Exception):
    """The file cannot be used; says which, where, what was got and what is needed."""


def read_weights(path: Path) -> Mapping[str, float]:
    """The weight of each journey, from a CSV file with the columns `journey` and `weight`. Raises NoWeights."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                got = ",".join(rows.fieldnames or ()) or "nothing"
                raise NoWeights(f"{path}: the first line must name the columns journey and weight, got {got}")
            return {row["journey"]: _weight(row["weight"], f"{path}, line {rows.line_num}") for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NoWeights(f"{path} cannot be read: {error}") from error


def _weight(text: str | None, place: str) -> float:
    try:
        weight = float(text or "")
    except ValueError:
        weight = -1.0
    if not (weight > 0 and isfinite(weight)):
        raise NoWeights(f"{place}: a weight must be a number above 0, got {text!r}")
    return weight
