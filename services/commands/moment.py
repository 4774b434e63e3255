"""`--at`: a time, or a share of each journey's longest promise."""

import re
from datetime import UTC, datetime

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")


class NoMoment(Exception):
    """The text is neither a time with a zone nor a share; says what was got and what it must be."""


def read_moment(text: str) -> datetime | float:
    """An instant, or a share from 0 up (1 is when the promise is due). Raises NoMoment."""
    share = _SHARE.fullmatch(text.strip())
    if share is not None:
        return float(share[1]) / 100
    try:
        instant: datetime = datetime.fromisoformat(text)
    except ValueError:
        raise NoMoment(
            "--at must be a date and time such as 2026-11-21T13:59:00+02:00, "
            f"or a share of each journey's longest promise such as 80%, got {text!r}"
        ) from None
    if instant.tzinfo is None:
        raise NoMoment(f"--at must have a zone, such as {text}+02:00 or {text}Z, got {text!r}")
    return instant.astimezone(UTC)
