"""The published service concepts, read once and held until there is a new one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.experience.domain.concept import ServiceConcept
from services.experience.ports import ReadConcept, Transaction

EVERY_STORE = "*"


class Concepts:
    """Which concept holds in which store from when."""

    def __init__(self, read: ReadConcept) -> None:
        self._read = read
        self._count = 0
        self._by_store: dict[str, list[tuple[datetime, ServiceConcept]]] = {}
        self._none = ServiceConcept()

    def forget(self) -> None:
        """Read the concepts again in any case: what was read last may never have been committed."""
        self._count = -1

    def check(self, document: Mapping[str, Any]) -> None:
        """Raises ValueError, saying what is wrong, for a concept that cannot be read."""
        self._read(document)

    def refresh(self, transaction: Transaction) -> None:
        """Read the concepts again if there are new ones."""
        count = transaction.count_concepts()
        if count == self._count:
            return
        self._by_store = {}
        for published in transaction.concepts():
            held = self._by_store.setdefault(published.store, [])
            held.append((published.from_, self._read(published.document)))
        for held in self._by_store.values():
            held.sort(key=lambda each: (each[0], each[1].version))
        self._count = count

    def none_in(self, store: str) -> bool:
        """Whether nothing was published for this store before the last `refresh`."""
        return not self._by_store.get(store)

    def of(self, store: str, began_at: datetime) -> ServiceConcept:
        """The concept that a journey keeps: the one that held in its store when it began.

        Where none held yet, the first that was ever published there: history is judged by what is known today.
        """
        candidates = [self._by_store.get(store, []), self._by_store.get(EVERY_STORE, [])]
        for held in candidates:
            holding = [concept for from_, concept in held if from_ <= began_at]
            if holding:
                return holding[-1]
        return next((held[0][1] for held in candidates if held), self._none)
