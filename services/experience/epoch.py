"""The epoch of the database, held in memory: from which of its lives an evaluation is."""

from datetime import datetime

from services.experience.ports import Transaction


class EpochHeld:
    """What a transaction began may be rolled back: `forget` must be called then."""

    def __init__(self) -> None:
        self._epoch: int | None = None

    def of(self, transaction: Transaction, now: datetime) -> int:
        """The epoch; the first to ask an empty database begins it."""
        if self._epoch is None:
            self._epoch = transaction.epoch(now)
        return self._epoch

    def forget(self) -> None:
        """Ask the database again: what was begun last may never have been committed."""
        self._epoch = None
