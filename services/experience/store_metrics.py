"""What the experience service measures of stores as a whole: the only metrics with a store's name as their label."""

from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.experience.outcome import Outcome

MOST_STORES = 500
"""Stores on the page of metrics, the most neglected first: each is two series."""


class StoreFigures(NamedTuple):
    """What is measured of one store."""

    store: str
    neglect: float
    unread_by: int


class StoreMetrics:
    """How neglected stores are, and how many units have not read the concept there."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._evaluations = Counter(
            "touchline_store_evaluations_total", "Evaluations of stores as a whole.", registry=registry
        )
        self._neglect = Gauge(
            "touchline_store_neglect_index",
            "Severity times days of what is left undone in a store; a store with nothing left is not there.",
            ["store_id"],
            registry=registry,
        )
        self._unread_by = Gauge(
            "touchline_store_units_unread",
            "Units of a store that have not acknowledged its service concept; a store without any is not there.",
            ["store_id"],
            registry=registry,
        )

    def looked_at(self, outcome: Outcome) -> None:
        """Count what came of events or deadlines, once it has been committed."""
        self._evaluations.inc(len(outcome.stores))

    def counted(self, figures: Iterable[StoreFigures]) -> None:
        """Say what is in the database. What is not among the figures any more is over."""
        self._neglect.clear()
        self._unread_by.clear()
        for each in figures:
            if each.neglect > 0:
                self._neglect.labels(each.store).set(each.neglect)
            if each.unread_by > 0:
                self._unread_by.labels(each.store).set(each.unread_by)
