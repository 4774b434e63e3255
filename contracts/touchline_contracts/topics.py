"""The topics: names, keys and how long they keep what they hold."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One Kafka topic.

    `retention_days` holds for cleanup `delete`; a compacted topic keeps the last message of each key.
    """

    name: str
    description: str
    partitions: int
    cleanup: Literal["delete", "compact"]
    retention_days: int | None
    largest_message_bytes: int = 1 << 20
    """Kafka's own default."""


TOUCHPOINTS = Topic(
    name="touchline.touchpoints",
    description=(
        "Everything that happens at touchpoints, in order per journey. "
        "Key: store/journey_id, or the store for what is store-wide."
    ),
    partitions=6,
    cleanup="delete",
    retention_days=30,
)
EVALUATIONS = Topic(
    name="touchline.evaluations",
    description=(
        "How each journey stands, and each store. Key: store/journey_id, or the store; the last message of a key holds."
    ),
    partitions=6,
    cleanup="compact",
    retention_days=None,
)
ALERTS = Topic(
    name="touchline.alerts",
    description="What became of each alert. Key: store/journey_id, or the store where it is about all of it.",
    partitions=6,
    cleanup="delete",
    retention_days=90,
)
DEAD_LETTERS = Topic(
    name="touchline.dead-letters",
    description="Messages that could not be read, byte for byte, with the reason and where they came from in headers.",
    partitions=1,
    cleanup="delete",
    retention_days=90,
    largest_message_bytes=2 << 20,  # the largest message of any other topic, and the reason in headers
)
TOPICS: tuple[Topic, ...] = (TOUCHPOINTS, EVALUATIONS, ALERTS, DEAD_LETTERS)


def journey_key(store: str, journey: str) -> str:
    """The Kafka key, and the CloudEvents partitionkey, of everything about one journey."""
    return f"{store}/{journey}"
