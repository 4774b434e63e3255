"""A dead letter as Kafka holds it: its bytes, and what its headers say of where it came from and why."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from aiokafka import ConsumerRecord

UNKNOWN = "?"
"""Stands for what a letter's headers do not say, because somebody else wrote it."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One dead letter. `number` counts from 1, the oldest first."""

    number: int
    reason: str
    detail: str
    topic: str
    """Where it came from."""
    partition: str
    offset: str
    set_aside_at: str
    headers: tuple[tuple[str, str], ...]
    key: bytes | None
    value: bytes | None
    kept_at: str
    """Where it is now: topic, partition and offset."""

    @property
    def place(self) -> str:
        """Partition and offset of where it came from, as people name them."""
        return f"{self.partition}:{self.offset}"

    def facts(self) -> Iterator[tuple[str, str]]:
        """All that is known of it, by name."""
        yield "number", str(self.number)
        yield from self.headers
        yield "key", "none" if self.key is None else as_text(self.key)
        yield "bytes", "no value" if self.value is None else str(len(self.value))
        yield "kept at", self.kept_at

    def as_json(self) -> dict[str, object]:
        """The letter for programs; `value` is text if it is UTF-8, and `value_base64` always holds the exact bytes."""
        text, exact = None, None
        if self.value is not None:
            exact = base64.b64encode(self.value).decode()
            try:
                text = self.value.decode()
            except UnicodeDecodeError:
                text = None
        return {
            "number": self.number,
            "set_aside_at": self.set_aside_at,
            "reason": self.reason,
            "detail": self.detail,
            "topic": self.topic,
            "partition": _number(self.partition),
            "offset": _number(self.offset),
            "headers": dict(self.headers),
            "key": None if self.key is None else as_text(self.key),
            "bytes": len(self.value or b""),
            "value": text,
            "value_base64": exact,
            "kept_at": self.kept_at,
        }


def letter_from(record: ConsumerRecord, number: int) -> Letter:
    """The letter in a record of the dead-letter topic."""
    headers = {name: as_text(value or b"") for name, value in record.headers}

    def said(name: str) -> str:
        return headers.get(f"touchline-{name}", UNKNOWN)

    return Letter(
        number=number,
        reason=said("reason"),
        detail=said("detail"),
        topic=said("topic"),
        partition=said("partition"),
        offset=said("offset"),
        set_aside_at=said("set-aside-at"),
        headers=tuple(headers.items()),
        key=record.key,
        value=record.value,
        kept_at=f"{record.topic} {record.partition}:{record.offset}",
    )


def as_text(value: bytes) -> str:
    """The bytes as text; what is not UTF-8 is written as an escape."""
    return value.decode(errors="backslashreplace")


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdecimal() else None
