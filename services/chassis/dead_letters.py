"""Dead letters: messages that cannot be read, set aside byte for byte, with the reason and where they came from."""

from datetime import UTC, datetime

from services.chassis.bookkeeping import Outgoing, Record

LONGEST_REASON = 500
"""Characters; a reason is for people to read."""


def dead_letter(topic: str, record: Record, *, reason: str, detail: str, service: str, now: datetime) -> Outgoing:
    """The message that sets `record` aside. `reason` is one of a few codes, `detail` says what is wrong in words."""
    headers = {
        "touchline-reason": reason,
        "touchline-detail": detail[:LONGEST_REASON],
        "touchline-topic": record.topic,
        "touchline-partition": str(record.partition),
        "touchline-offset": str(record.offset),
        "touchline-service": service,
        "touchline-written-at": _written_at(record.timestamp),
        "touchline-set-aside-at": now.isoformat(),
    }
    return Outgoing(topic, record.key, record.value, headers)


def _written_at(milliseconds: int) -> str:
    """When the producer says that it wrote; a number that is no instant is told as it is."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
