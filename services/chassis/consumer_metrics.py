"""What every consumer measures: how far behind it is, and what became of its place in the group."""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge

Rebalance = Literal["assigned", "revoked"]


class ConsumerMetrics:
    """The consumers of one process. Labels: the group, the topic and its partitions; nothing that an event says."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Rises and falls with load. When it only rises, the service is too slow or stands still; see its log.
        self._behind = Gauge(
            "touchline_consumer_lag_messages",
            "Messages that Kafka holds and that are not read yet, by partition, as far as Kafka has told.",
            ["group", "topic", "partition"],
            registry=registry,
        )
        # What lag means for people: how old the news is.
        self._late = Gauge(
            "touchline_consumer_lag_seconds",
            "Seconds since the oldest message that is not read yet was written, at most; 0 when all are read.",
            ["group", "topic", "partition"],
            registry=registry,
        )
        # One of each at a start or an end of a worker. More: workers come and go, or do not keep up with the group.
        self._rebalances = Counter(
            "touchline_consumer_rebalances_total",
            "How often partitions were assigned to this process, or taken from it.",
            ["group", "topic", "event"],
            registry=registry,
        )
        # All workers together have as many as the topic has partitions; a worker with none stands by.
        self._assigned = Gauge(
            "touchline_consumer_assigned_partitions",
            "Partitions that this process reads.",
            ["group", "topic"],
            registry=registry,
        )
        # Anything above nothing: almost all that is in them cannot be used; /health/ready says why.
        self._stopped = Gauge(
            "touchline_consumer_stopped_partitions",
            "Partitions that stand still because too much of them would be set aside.",
            ["group", "topic"],
            registry=registry,
        )
        # Anything above nothing: the consumer stood still and was replaced; the log says why.
        self._restarts = Counter(
            "touchline_consumer_restarts_total",
            "How often a consumer that stood still, or had failed, was replaced by a new one.",
            ["group", "topic"],
            registry=registry,
        )
        self._partitions: dict[tuple[str, str], set[int]] = {}

    def begin(self, group: str, topic: str) -> None:
        """Show all counters of a consumer from its beginning, so that their first step counts."""
        for event in get_args(Rebalance):
            self._rebalances.labels(group, topic, event)
        self._restarts.labels(group, topic)
        self.assigned(group, topic, ())
        self.stopped(group, topic, 0)

    def rebalanced(self, group: str, topic: str, event: Rebalance) -> None:
        """Count what happened to our place in the group."""
        self._rebalances.labels(group, topic, event).inc()

    def restarted(self, group: str, topic: str) -> None:
        """Count a consumer that was replaced."""
        self._restarts.labels(group, topic).inc()

    def stopped(self, group: str, topic: str, partitions: int) -> None:
        """Say how many of our partitions stand still."""
        self._stopped.labels(group, topic).set(partitions)

    def assigned(self, group: str, topic: str, partitions: Collection[int]) -> None:
        """Say which partitions are ours. The lag of others is somebody else's to tell: its series go."""
        self._assigned.labels(group, topic).set(len(partitions))
        for partition in self._partitions.get((group, topic), set()).difference(partitions):
            self._behind.remove(group, topic, str(partition))
            self._late.remove(group, topic, str(partition))
        self._partitions[group, topic] = set(partitions)

    def lag(self, group: str, topic: str, by_partition: Mapping[int, tuple[int, float]]) -> None:
        """Say how far behind we are: by partition, messages and seconds."""
        self.assigned(group, topic, by_partition)
        for partition, (messages, seconds) in by_partition.items():
            self._behind.labels(group, topic, str(partition)).set(messages)
            self._late.labels(group, topic, str(partition)).set(seconds)
