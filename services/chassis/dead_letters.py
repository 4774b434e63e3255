"""Dead letters: messages that cannot be read, set aside byte for byte, with the reason and where they came from."""

from datetime import UTC, datetime

from pydantic import ValidationError

from services.chassis.bookkeeping import Outgoing, Record

LONGEST_REASON = 500
"""Characters; a reason is for people to read."""


def dead_letter(topic: str, record: Record, *, reason: str, error: Exception, service: str, now: datetime) -> Outgoing:
    """The message that sets `record` aside. `reason` is one of a few codes, `error` what is wrong with it."""
    headers = {
        "touchline-reason": reason,
        "touchline-detail": _in_words(error)[:LONGEST_REASON],
        "touchline-topic": record.topic,
        "touchline-partition": str(record.partition),
        "touchline-offset": str(record.offset),
        "touchline-service": service,
        "touchline-written-at": _written_at(record.timestamp),
        "touchline-set-aside-at": now.isoformat(),
    }
    return Outgoing(topic, record.key, record.value, headers)


def place_of(letter: Outgoing) -> tuple[int, int]:
    """Partition and offset that a dead letter of ours came from."""
    return int(letter.headers["touchline-partition"]), int(letter.headers["touchline-offset"])


def reason_of(letter: Outgoing) -> str:
    """Why it was set aside, for people."""
    return f"{letter.headers['touchline-reason']}: {letter.headers['touchline-detail']}"


def _in_words(error: Exception) -> str:
    """What is wrong, without the values: they may be personal data, and the bytes are kept anyway."""
    if not isinstance(error, ValidationError):
        return str(error) or type(error).__name__
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc']) or 'event'}: {each['msg']}"
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _written_at(milliseconds: int) -> str:
    """When the producer says that it wrote; a number that is no instant is told as it is."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
