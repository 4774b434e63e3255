"""What may be written straight into Kafka, by mistake or on purpose, and cannot be read: key, value, and why."""

import json
from datetime import UTC, datetime
from typing import Any

from touchline_contracts import new_event
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.greeting import CustomerArrived

NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
GOOD = new_event(CustomerArrived(channel="door"), id="good", source="/door", store="riga-1", subject="visit", time=NOON)


def changed(**attributes: Any) -> bytes:
    """The good event with other attributes."""
    return json.dumps({**json.loads(GOOD.to_json()), **attributes}).encode()


KEY = b"riga-1/visit"
HOSTILE: dict[str, tuple[bytes | None, bytes | None, str]] = {
    "not JSON": (KEY, b"good morning", "unreadable"),
    "not UTF-8": (KEY, b'{"id": "\xff\xfe"}', "unreadable"),
    "nothing": (KEY, b"", "unreadable"),
    "a tombstone": (KEY, None, "unreadable"),
    "no key": (None, changed(id="no-key"), "no_key"),
    "another journey's key": (b"riga-1/other", changed(id="wrong-key"), "wrong_key"),
    "a key that is not UTF-8": (b"\xff", changed(id="odd-key"), "wrong_key"),
    "a date without a zone": (KEY, changed(id="zone", time="2026-03-07T12:00:00"), "unreadable"),
    "the year 1": (KEY, changed(id="year-1", time="0001-01-01T00:00:00Z"), "unreadable"),
    "the year 9999": (KEY, changed(id="year-9999", time="9999-12-31T23:59:59Z"), "unreadable"),
    "a number beyond all numbers": (KEY, b'{"id": 1e999}', "unreadable"),
    "not a number": (KEY, b'{"id": NaN}', "unreadable"),
    "half a surrogate": (KEY, b'{"id": "\\ud800"}', "unreadable"),
    "a null character": (KEY, changed(id="a\u0000b"), "unreadable"),
    "ten thousand brackets": (KEY, b"[" * 10_000 + b"]" * 10_000, "unreadable"),
    "900 kB": (KEY, b'{"id": "' + b"x" * 900_000 + b'"}', "unreadable"),
    "a list": (KEY, b"[1, 2, 3]", "unreadable"),
    "wrong types": (KEY, changed(id="types", data={"channel": 7}), "unreadable"),
    "a concept that is none": (
        b"riga-1",
        new_event(
            ConceptPublished(concept={"a": 1}, version=1), id="concept", source="/office", store="riga-1", time=NOON
        ).to_json(),
        "cannot_be_handled",
    ),
}  # fmt: skip
