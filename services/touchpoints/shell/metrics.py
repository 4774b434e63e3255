"""What a touchpoint service measures. Labels come from closed lists, never from events."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.chassis.bulk_histogram import BulkHistogram
from services.chassis.problems import Problem
from services.chassis.spool import Spool
from services.touchpoints.shell.accepting import Results
from services.touchpoints.shell.checking import Refused

Outcome = Literal["accepted", "invalid", "unavailable"]
Reason = Literal["malformed", "unsupported", "too_large", "wrong_type", "other_store", "attributes", "data", "other"]

OF_REQUESTS: dict[str, Reason] = {
    "empty": "malformed",
    "malformed": "malformed",
    "not-a-batch": "malformed",
    "unsupported": "unsupported",
    "too-large": "too_large",
    "too-many": "too_large",
}
"""By the name of the problem that a whole request was answered with."""


class IngestMetrics:
    """What became of the events that one service was offered, and how long its answers took."""

    def __init__(self, registry: CollectorRegistry, service: str) -> None:
        # Events offered, by what became of them: accepted (on disk), invalid (the sender has to mend it; one for a
        # request that cannot be read), unavailable (it could not be kept; the sender tries again).
        # When `unavailable` rises look at spool and disk; when `invalid` rises, at who was installed or updated last.
        ingested = Counter(
            "touchline_touchpoints_ingested_total",
            "Events offered to a touchpoint service, by outcome.",
            ["service", "outcome"],
            registry=registry,
        )
        # Why events are invalid, by the first thing that is wrong: they add up to `invalid`.
        rejections = Counter(
            "touchline_touchpoint_rejections_total",
            "Events and unreadable requests that were refused, by the first thing that was wrong.",
            ["service", "reason"],
            registry=registry,
        )
        # When it rises more is sent than one process can take: give the stores another one, or have them send batches.
        turned_away = Counter(
            "touchline_touchpoint_requests_turned_away_total",
            "Requests that were refused at once because too many were under way.",
            ["service"],
            registry=registry,
        )
        # From the whole body's arrival to the answer, per request. When it rises disk or machine are busy.
        duration = Histogram(
            "touchline_touchpoint_ingest_duration_seconds",
            "Seconds from a request with events to its answer, writing to disk included.",
            ["service"],
            registry=registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        # When it rises, store systems hold their events back: no warning can be early that begins with a late event.
        self._age = BulkHistogram(
            "touchline_touchpoint_event_age_seconds",
            "Seconds from an accepted event's own time to its arrival; history is left out.",
            labels={"service": service},
            buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
            registry=registry,
        )
        self._ingested = {outcome: ingested.labels(service, outcome) for outcome in get_args(Outcome)}
        self._rejections = {reason: rejections.labels(service, reason) for reason in get_args(Reason)}
        self.turned_away = turned_away.labels(service).inc
        """Count a request that was refused because too many were under way."""
        self._duration = duration.labels(service)

    def refused(self, problem: Problem) -> None:
        """Count a request that was refused as a whole."""
        self._ingested["invalid"].inc()
        self._rejections[OF_REQUESTS.get(problem.name, "other")].inc()

    def answered(self, results: Results, arrived_at: datetime) -> None:
        """Count the events of a request that arrived then, by what became of them."""
        self._ingested["accepted"].inc(len(results.accepted))
        self._ingested["invalid"].inc(len(results.refused))
        self._ingested["unavailable"].inc(len(results.unacknowledged))
        for reason, times in Tally([_why(refused) for _, refused in results.refused]).items():
            self._rejections[reason].inc(times)
        events = [taken.event for _, taken in results.accepted]
        self._age.observe_all([(arrived_at - each.time).total_seconds() for each in events if not each.replay])

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure how long an answer takes."""
        with self._duration.time():
            yield


def measure_spool(registry: CollectorRegistry, service: str, spool: Spool) -> None:
    """Measure what is in the spool whenever somebody looks."""

    def gauge(name: str, help_text: str, look: Callable[[], float]) -> None:
        Gauge(f"touchline_touchpoint_spool_{name}", help_text, ["service"], registry=registry).labels(
            service
        ).set_function(look)

    # When they rise Kafka is away or does not keep up; the age says for how long.
    gauge("events", "Events that were accepted and that Kafka has not acknowledged yet.", lambda: spool.events)
    gauge(
        "age_seconds",
        "Seconds that the oldest event has been waiting for Kafka; 0: none is.",
        lambda: spool.age_seconds,
    )
    # At 1 events are refused: Kafka has to come back before that.
    gauge("used_ratio", "Part of the room for events that is used.", lambda: spool.used_bytes / spool.largest_bytes)
    # Above 0: somebody has to look at the disk, and to take the files away.
    gauge("damaged_files", "Damaged spools that were set aside and lie there still.", lambda: spool.set_aside)


def _why(refused: Refused) -> Reason:
    if refused.of_another_store:
        return "other_store"
    location = refused.errors[0].location
    if not location:  # the event as a whole; when it could be read, only its size can be wrong
        return "malformed" if refused.malformed or refused.id is None else "too_large"
    if location[0] in {"type", "data"}:
        return "wrong_type" if location[0] == "type" else "data"
    return "attributes"
