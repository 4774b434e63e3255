"""How instants are kept: microseconds since 1970, which are short, exact and in order."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The instant that so many microseconds since 1970 mean, in UTC."""
    return _EPOCH + at * _MICROSECOND


def instant_or_none(at: int | None) -> datetime | None:
    """The same, for what may not be known."""
    return None if at is None else instant(at)
