"""What a touchpoint service measures. Labels come from closed lists, never from events."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram

Outcome = Literal["accepted", "invalid", "unavailable"]


class IngestMetrics:
    """What became of the events that one service was offered, and how long its answers took."""

    def __init__(self, registry: CollectorRegistry, service: str) -> None:
        # Events offered, by what became of them: accepted (Kafka has it), invalid (the sender has to mend it; one for a
        # request that cannot be read), unavailable (Kafka did not acknowledge; the sender tries again).
        # When `unavailable` rises look at Kafka; when `invalid` rises look at who was installed or updated last.
        ingested = Counter(
            "touchline_touchpoints_ingested_total",
            "Events offered to a touchpoint service, by outcome.",
            ["service", "outcome"],
            registry=registry,
        )
        # From the whole body's arrival to the answer, Kafka's acknowledgement included, per request. When it rises
        # while `unavailable` does not, Kafka is slow or the machine is busy.
        duration = Histogram(
            "touchline_touchpoint_ingest_duration_seconds",
            "Seconds from a request with events to its answer, Kafka's acknowledgement included.",
            ["service"],
            registry=registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self._ingested = {outcome: ingested.labels(service, outcome) for outcome in get_args(Outcome)}
        self._duration = duration.labels(service)

    def count(self, outcome: Outcome, events: int = 1) -> None:
        """Count events by what became of them."""
        self._ingested[outcome].inc(events)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure how long an answer takes."""
        with self._duration.time():
            yield
