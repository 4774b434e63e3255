"""How instants, notices and events are written in the database, and read again."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.experience.ports import Notice, StoredEvent

NO_NOTICES = "{}"
EVENT = ("store", "source", "id", "journey", "at", "late", "body")
"""The columns of an event, in the order in which `stored` takes them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The instant that so many microseconds since 1970 mean, in UTC."""
    return _EPOCH + at * _MICROSECOND


def micros_if_any(at: datetime | None) -> int | None:
    """The same, of what may not be known."""
    return None if at is None else micros(at)


def instant_if_any(at: int | None) -> datetime | None:
    """The instant, where there is one."""
    return None if at is None else instant(at)


def stored(row: Sequence[Any]) -> StoredEvent:
    """The event that a row of `events` holds."""
    return StoredEvent(
        identity=(row[0], row[1], row[2]), journey=row[3], at=instant(row[4]), late=bool(row[5]), body=row[6]
    )


def notices_text(notices: Mapping[str, Notice]) -> str:
    """Notices as one text."""
    if not notices:
        return NO_NOTICES
    return json.dumps({line: (micros(notice.since), notice.state) for line, notice in notices.items()})


def notices_from(text: str) -> Mapping[str, Notice]:
    """The notices that a text holds."""
    if text == NO_NOTICES:
        return {}
    return {line: Notice(since=instant(since), state=state) for line, (since, state) in json.loads(text).items()}
