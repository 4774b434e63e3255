"""What every durable consumer keeps beside its own state, in the same transaction: offsets read, messages to send."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol


class Record(NamedTuple):
    """A message as Kafka holds it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    """Milliseconds since 1970, set by the producer or the broker."""


class Outgoing(NamedTuple):
    """A message to be sent once the transaction that wrote it has been committed."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] = MappingProxyType({})


class TopicIdentity(NamedTuple):
    """Which topic it is that offsets belong to: one made anew under the same name is another one."""

    cluster: str
    """The cluster's own id."""
    name: str
    id: str
    """Kafka's id of the topic; empty where Kafka is too old to tell."""


class Fenced(Exception):  # what has happened, not an error of anybody's
    """Another worker has moved a partition on: forget what is held of it, read the stored offsets again."""


class Bookkeeping(Protocol):
    """The part of a transaction that is the same for every durable consumer."""

    def next_offsets(self, identity: TopicIdentity) -> Mapping[int, int]:
        """By partition, the offset to read next. Empty for a topic that was never read from."""
        ...

    def read_before(self, topic: str) -> Iterable[TopicIdentity]:
        """Every topic of this name that was read from."""
        ...

    def advance(self, identity: TopicIdentity, partition: int, *, expected: int | None, to: int) -> None:
        """Move a partition on. Raises Fenced when it does not stand at `expected` (None: never read)."""
        ...

    def check_writable(self) -> None:
        """Write something that changes nothing for anybody. Raises when nothing can be written."""
        ...

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Send messages after the commit, in this order."""
        ...

    def set_aside(self, letters: Sequence[Outgoing]) -> None:
        """Send dead letters after the commit. Of each partition they are in order."""
        ...

    def unsent(self, limit: int, *, after: int = 0) -> Sequence[tuple[int, Outgoing]]:
        """Messages not sent yet with numbers above `after`, oldest first, each with its number."""
        ...

    def forget_sent(self, numbers: Iterable[int]) -> None:
        """Kafka has acknowledged these."""
        ...

    def forget_sent_range(self, first: int, last: int) -> None:
        """Kafka has acknowledged these, and all between them."""
        ...
