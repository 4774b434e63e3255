"""The epoch of the database, held in memory: when it was begun, which tells one of its lives from the next."""

from datetime import datetime

from services.experience.ports import Transaction


class EpochHeld:
    """What a transaction began may be rolled back: `forget` must be called then."""

    def __init__(self) -> None:
        self._epoch: datetime | None = None

    def of(self, transaction: Transaction, now: datetime) -> datetime:
        """The epoch; the first to ask an empty database begins it."""
        if self._epoch is None:
            self._epoch = transaction.epoch(now)
        return self._epoch

    def forget(self) -> None:
        """Ask the database again: what was begun last may never have been committed."""
        self._epoch = None
