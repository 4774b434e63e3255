"""What every durable consumer keeps beside its own state, in the same transaction: offsets read, messages to send."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """A message as Kafka holds it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    """Milliseconds since 1970, set by the producer or the broker."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent once the transaction that wrote it has been committed."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Fenced(Exception):  # what has happened, not an error of anybody's
    """Another worker has moved a partition on: forget what is held of it, read the stored offsets again."""


class Bookkeeping(Protocol):
    """The part of a transaction that is the same for every durable consumer."""

    def next_offsets(self, cluster: str, topic: str) -> Mapping[int, int]:
        """By partition, the offset to read next. Empty for a cluster that was never read from."""
        ...

    def advance(self, cluster: str, topic: str, partition: int, *, expected: int | None, to: int) -> None:
        """Move a partition on. Raises Fenced when it does not stand at `expected` (None: never read)."""
        ...

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Send messages after the commit, in this order."""
        ...

    def unsent(self, limit: int) -> Sequence[tuple[int, Outgoing]]:
        """Messages not sent yet, oldest first, each with its number."""
        ...

    def forget_sent(self, numbers: Iterable[int]) -> None:
        """Kafka has acknowledged these."""
        ...
