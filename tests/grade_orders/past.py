"""Track records of sellers and routes for boosting: what was settled in other orders before an instant."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import log
from typing import NamedTuple

from tests.grade_orders.tables import NEVER, Row

SELLERS, ROUTES = 30.0, 60.0
"""How many orders the prior of a record counts for."""


class Settled(NamedTuple):
    """One order's part in the records."""

    at: float
    bad: bool


def verdict(row: Row) -> Settled:
    """What its customer said."""
    return Settled(row.judged, row.dissatisfied)


def delivery(row: Row) -> Settled:
    """Whether it came in time, known at the latest when it was due."""
    late = row.delivered_at > row.due
    return Settled(row.due if late else row.delivered_at, late)


class Records:
    """For each subject, how many of its orders had gone wrong by when."""

    def __init__(self, settled: Iterable[tuple[str, Settled, float]]) -> None:
        """`settled`: each subject, what was settled of it, and how many orders that stands for."""
        by_subject = defaultdict(list)
        for subject, (at, bad), weight in settled:
            if at < NEVER:
                by_subject[subject].append((at, weight * bad, weight))
        self._sums: Mapping[str, tuple[list[float], list[float], list[float]]] = {
            subject: _summed(sorted(each)) for subject, each in by_subject.items()
        }

    def before(self, subject: str, at: float) -> tuple[float, float]:
        """How many had gone wrong, and how many there were."""
        if subject not in self._sums:
            return 0.0, 0.0
        when, bad, every = self._sums[subject]
        place = bisect_left(when, at)
        return bad[place], every[place]


def _summed(each):
    bad, every = [0.0], [0.0]
    for _, wrong, weight in each:
        bad.append(bad[-1] + wrong)
        every.append(every[-1] + weight)
    return [at for at, _, _ in each], bad, every


class Past:
    """The record that an order meets, without its own part in it."""

    def __init__(self, rows: Iterable[Row], weights: Mapping[str, float], subject_of, settled_of, prior: float) -> None:
        rows = list(rows)
        self._weights, self._subject_of, self._settled_of, self._prior = weights, subject_of, settled_of, prior
        self._records = Records((subject_of(row), settled_of(row), weights[row.order]) for row in rows)
        self._all = Records(("", settled_of(row), weights[row.order]) for row in rows)

    def of(self, row: Row, at: float) -> tuple[float, float]:
        """Log-odds that it goes wrong (the mean of a Beta posterior around the rate of all), and of how many orders."""
        bad, every = self._records.before(self._subject_of(row), at)
        bad_of_all, all_of_all = self._all.before("", at)
        own = self._settled_of(row)
        if own.at < at:
            weight = self._weights[row.order]
            bad, every, bad_of_all, all_of_all = (
                bad - weight * own.bad, every - weight, bad_of_all - weight * own.bad, all_of_all - weight
            )  # fmt: skip
        base = min(max((bad_of_all + 1) / (all_of_all + 8), 0.02), 0.5)
        share = (bad + self._prior * base) / (every + self._prior)
        return log(share / (1 - share)), every
