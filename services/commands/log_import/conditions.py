"""Which rows an entry of the mapping is about: conditions on their cells, all of which have to hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.commands.log_import.mapping_document import ConditionSection, Scalar

Number = Callable[[str], float]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the cell in a column has to be."""

    column: str
    holds: Callable[[str], bool]
    """Takes what the cell holds; blank: an empty text."""
    line: int
    """The line of the mapping that asks for it."""

    def fits(self, cells: Mapping[str, str]) -> bool:
        """Whether a row's cell is so."""
        return self.holds(cells.get(self.column, ""))


def one_of(wanted: list[Scalar], number: Number) -> Callable[[str], bool]:
    """The cell holds one of these, as a text or, where they are numbers, in whatever way the number is written."""
    texts = frozenset(_text(each) for each in wanted)
    numbers = frozenset(float(each) for each in wanted if isinstance(each, int | float) and not isinstance(each, bool))
    truths = frozenset(_text(each) for each in wanted if isinstance(each, bool))

    def holds(cell: str) -> bool:
        return cell in texts or cell.lower() in truths or bool(numbers and _number(cell, number) in numbers)

    return holds


def all_of(section: ConditionSection, number: Number) -> Callable[[str], bool]:
    """The cell is all that a section asks for. What is no number is neither above nor below one."""
    checks: list[Callable[[str], bool]] = []
    if section.is_not is not None:
        others = one_of(section.is_not if isinstance(section.is_not, list) else [section.is_not], number)
        checks.append(lambda cell: not others(cell))
    if section.filled is not None:
        filled = section.filled
        checks.append(lambda cell: bool(cell) is filled)
    if section.starts_with is not None:
        begin = section.starts_with
        checks.append(lambda cell: cell.startswith(begin))
    if section.contains is not None:
        part = section.contains
        checks.append(lambda cell: part in cell)
    checks += _bounds(section, number)
    return lambda cell: all(check(cell) for check in checks)


def _bounds(section: ConditionSection, number: Number) -> list[Callable[[str], bool]]:
    compare: list[tuple[float | None, Callable[[float, float], bool]]] = [
        (section.above, lambda got, bound: got > bound),
        (section.at_least, lambda got, bound: got >= bound),
        (section.below, lambda got, bound: got < bound),
        (section.at_most, lambda got, bound: got <= bound),
    ]

    def check(bound: float, holds: Callable[[float, float], bool]) -> Callable[[str], bool]:
        return lambda cell: (got := _number(cell, number)) is not None and holds(got, bound)

    return [check(bound, holds) for bound, holds in compare if bound is not None]


def _number(cell: str, number: Number) -> float | None:
    try:
        return number(cell)
    except ValueError:
        return None


def _text(wanted: Scalar) -> str:
    return str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
