"""Evaluations from Kafka: read and decided within the transaction that moves their partitions on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.entrypoints.reading import read
from services.alerts.ports import OpenAlerts, Transaction
from services.alerts.usecases import Alerts, Outcome
from services.chassis.bookkeeping import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What came of some records, for whoever counts it once it has been committed."""

    outcome: Outcome
    set_aside: Counter[str]
    """How many were set aside as dead letters, by reason."""
    open: Mapping[str, OpenAlerts]
    """What is open now, by severity."""


def take_in(
    alerts: Alerts,
    transaction: Transaction,
    records: Sequence[Record],
    now: datetime,
    *,
    fresh_from: datetime | None = None,
) -> Taken:
    """Take in the evaluations among the records, and set the others aside; raises for none of the latter."""
    evaluated, letters = read(records, now)
    transaction.set_aside([letter for _, letter in letters])
    outcome = alerts.take_in(transaction, evaluated, now=now, fresh_from=fresh_from)
    return Taken(
        outcome=outcome,
        set_aside=Counter(reason for reason, _ in letters),
        open=transaction.open_alerts(),
    )
