"""From Kafka's records to what the use cases take in; what cannot be read becomes a dead letter."""

from collections.abc import Sequence
from datetime import datetime

from services.chassis.bookkeeping import Outgoing, Record
from services.chassis.dead_letters import dead_letter
from services.experience.entrypoints.translation import happening_from
from services.experience.ports import Incoming
from touchline_contracts import DEAD_LETTERS, parse_event

SERVICE = "experience"
CANNOT_BE_HANDLED = "cannot_be_handled"


def read(records: Sequence[Record], now: datetime) -> tuple[list[Incoming], list[Outgoing]]:
    """What can be read of the records, and a dead letter for each of the others; never raises for what they say."""
    incoming, letters = [], []
    for record in records:
        try:
            incoming.append(_incoming(record))
        except ValueError as error:
            reason = (
                "no_key" if record.key is None else "wrong_key" if isinstance(error, WrongKeyError) else "unreadable"
            )
            letters.append(_letter(record, reason, error, now))
    return incoming, letters


def set_aside(record: Record, error: Exception, now: datetime) -> Outgoing:
    """The dead letter for a record that can be read and still cannot be handled."""
    return _letter(record, CANNOT_BE_HANDLED, error, now)


def _letter(record: Record, reason: str, error: Exception, now: datetime) -> Outgoing:
    return dead_letter(DEAD_LETTERS.name, record, reason=reason, error=error, service=SERVICE, now=now)


class WrongKeyError(ValueError):
    """The key is not the one that keeps a journey's events in order. The sender has to mend it and send again."""


def _incoming(record: Record) -> Incoming:
    if record.value is None:
        raise ValueError("the message is empty: expected a CloudEvent in structured JSON")
    event = parse_event(record.value)
    if record.key is None:
        raise WrongKeyError(f"the message has no key: expected {event.key!r}, which keeps a journey's events in order")
    if record.key != event.key.encode():
        raise WrongKeyError(f"the key is {record.key!r}, expected {event.key!r}")
    return Incoming(happening=happening_from(event), body=record.value)
