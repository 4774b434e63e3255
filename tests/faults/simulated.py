"""What is simulated: Kafka's log, and the places where a process dies."""

from enum import Enum
from zlib import crc32

from services.chassis.bookkeeping import Outgoing, Record

PARTITIONS = 2


class Crash(Exception):
    """The process is gone at this place."""


class At(Enum):
    """Where a step is interrupted."""

    NOWHERE = "nowhere"
    ROLLED_BACK = "the database refuses"
    """The process lives on, and tries again later."""
    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit"
    """Or, where something is sent: after it was sent, and before that is noted."""


class Log:
    """Kafka: topics with partitions, to which messages are appended; nothing is ever taken away."""

    def __init__(self) -> None:
        self._messages: dict[tuple[str, int], list[Outgoing]] = {}

    def append(self, message: Outgoing) -> None:
        """Route by the key, as every producer of ours does."""
        self._messages.setdefault((message.topic, crc32(message.key or b"") % PARTITIONS), []).append(message)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Up to so many messages from an offset on."""
        found = self._messages.get((topic, partition), [])[offset : offset + limit]
        return [Record(topic, partition, offset + number, each.key, each.value, 0) for number, each in enumerate(found)]

    def all(self, topic: str) -> list[Outgoing]:
        """Everything in a topic, by partition."""
        return [each for partition in range(PARTITIONS) for each in self._messages.get((topic, partition), [])]
