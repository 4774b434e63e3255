"""What the alert service measures. Labels come from closed lists, never from events."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.alerts.actions import Done
from services.alerts.delivery import Delivery, Fate, way_of
from services.alerts.domain.alert import Severity
from services.alerts.domain.decision import Reason
from services.alerts.ports import OpenAlerts
from services.alerts.usecases import Outcome

Stage = Literal["alerted", "delivered"]

SEVERITIES: tuple[Severity, ...] = ("warning", "critical")
REASONS = (
    *("unconfirmed", "declined", "slipping", "broken", "waiting", "failed", "problem_unowned", "problem_open"),
    *("neglected", "repeated", "unread"),
)
"""Why a line of a journey or a store needs attention; whatever a later version adds counts as `other`."""
ACTS = ("acknowledged", "released", "snoozed", "closed")
DEAD_LETTER_REASONS = ("unreadable", "no_key", "wrong_key", "wrong_type", "cannot_be_handled")
OUTCOMES = {Fate.SENT: "delivered", Fate.REFUSED: "retried", Fate.GONE: "failed"}


class AlertMetrics:
    """What was decided, what is open, and whether it reaches anybody."""

    def __init__(self, registry: CollectorRegistry, *, topic: str, channels: Sequence[str] = ("webhook",)) -> None:
        """`topic`: the one that is read. `channels`: those through which somebody may be told."""
        # Decisions by reason. When `history` rises a replay is running; when `seen_before` rises, somebody sends twice.
        self._decisions = Counter(
            "touchline_alerts_decisions_total",
            "Decisions about a line of a journey, by why they came out as they did.",
            ["reason"],
            registry=registry,
        )
        # Alerts opened or opened again. When it jumps, look at what the stores have in common.
        self._raised = Counter(
            "touchline_alerts_raised_total",
            "Alerts opened, by severity and by what is wrong.",
            ["severity", "reason"],
            registry=registry,
        )
        # When it rises faster than alerts are opened, warnings come but nobody acts on them.
        self._escalations = Counter(
            "touchline_alert_escalations_total",
            "Alerts that got worse, by the severity they have now.",
            ["severity"],
            registry=registry,
        )
        # The last look at the store; the page shows the same.
        self._open = Gauge(
            "touchline_alerts_open", "Alerts that are open, by severity.", ["severity"], registry=registry
        )
        # When `time()` minus this grows beyond an hour, nobody acts on what is open.
        self._oldest_open = Gauge(
            "touchline_alert_oldest_open_timestamp_seconds",
            "When the alert was opened that has been open the longest, in seconds since 1970; 0 when none is open.",
            ["severity"],
            registry=registry,
        )
        # When it stays above nothing, alerts come and nobody says that he has seen them.
        self._unattended = Gauge(
            "touchline_alerts_unattended",
            "Alerts that are open and that nobody has acknowledged or snoozed.",
            ["severity"],
            registry=registry,
        )
        # When it rises, people are called and do not answer.
        self._repeats = Counter(
            "touchline_alert_repeats_total",
            "Alerts that were told again because nobody had acknowledged them, or because a snooze was over.",
            ["severity"],
            registry=registry,
        )
        # Many closed: what is told does not help whoever is told.
        self._acts = Counter(
            "touchline_alert_acts_total",
            "What people did about alerts.",
            ["severity", "act"],
            registry=registry,
        )
        # By when somebody has it; repeats begin after TOUCHLINE_REPEAT_MINUTES.
        self._time_to_acknowledge = Histogram(
            "touchline_alert_time_to_acknowledge_seconds",
            "Seconds from the opening of an alert until somebody acknowledged it.",
            ["severity"],
            registry=registry,
            buckets=(15, 30, 60, 120, 300, 600, 900, 1800, 3600, 14400),
        )
        # Nobody is called for these; a store without any may have forgotten to report them.
        self._good_news = Counter(
            "touchline_good_news_total",
            "Journeys that went better than was expected, as managers were told.",
            registry=registry,
        )
        # By when alerts come to an end, through somebody's act or with their journey.
        self._time_to_resolve = Histogram(
            "touchline_alert_time_to_resolve_seconds",
            "Seconds from the opening of an alert to its end.",
            ["severity"],
            registry=registry,
            buckets=(60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400),
        )
        # `alerted` is ours: when it rises this service lags behind. `delivered` beyond that is the receiver's.
        self._latency = Histogram(
            "touchline_end_to_end_latency_seconds",
            "Seconds from what happened to what Touchline made of it, by stage; history is left out.",
            ["stage"],
            registry=registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
        )
        # `retried` does no harm as long as `delivered` follows. `failed`: somebody was not told, the log says of what.
        self._attempts = Counter(
            "touchline_alert_delivery_attempts_total",
            "Attempts to deliver a step of an alert, by outcome.",
            ["transport", "outcome"],
            registry=registry,
        )
        # When it nears 15 s, the receiver is slow; beyond that an attempt is cut off.
        self._duration = Histogram(
            "touchline_alert_delivery_duration_seconds",
            "Seconds that an attempt to deliver took.",
            ["transport"],
            registry=registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
        )
        # Anything above nothing has to be looked at: `touchline dead-letters list`.
        self._dead_letters = Counter(
            "touchline_dead_letters_total",
            "Messages that could not be used and were set aside, by reason.",
            ["topic", "reason"],
            registry=registry,
        )
        for reason in Reason:
            self._decisions.labels(reason.value)
        for severity in SEVERITIES:
            self._escalations.labels(severity)
            self._open.labels(severity)
            self._oldest_open.labels(severity)
            self._time_to_resolve.labels(severity)
            self._unattended.labels(severity)
            self._repeats.labels(severity)
            self._time_to_acknowledge.labels(severity)
            for act in ACTS:
                self._acts.labels(severity, act)
            for wrong in (*REASONS, "other"):
                self._raised.labels(severity, wrong)
        for channel in channels:
            for outcome in OUTCOMES.values():
                self._attempts.labels(channel, outcome)
            self._duration.labels(channel)
        for stage in get_args(Stage):
            self._latency.labels(stage)
        self._topic = topic
        for code in DEAD_LETTER_REASONS:
            self._dead_letters.labels(topic, code)

    def took_in(self, outcome: Outcome, now: datetime) -> None:
        """Count what came of a batch, once it has been committed, which it was `now`."""
        for reason, times in outcome.reasons.items():
            self._decisions.labels(reason.value).inc(times)
        for severity, wrong in outcome.raised:
            self._raised.labels(severity, wrong if wrong in REASONS else "other").inc()
        for severity, times in outcome.escalated.items():
            self._escalations.labels(severity).inc(times)
        for severity, span in outcome.resolved:
            self._time_to_resolve.labels(severity).observe(span.total_seconds())
        for asked_at in outcome.asked_at:
            self._took("alerted", asked_at, now)
        self._good_news.inc(outcome.good_news)

    def set_aside(self, reasons: Tally[str]) -> None:
        """Count dead letters, once they have been committed."""
        for reason, times in reasons.items():
            self._dead_letters.labels(self._topic, reason).inc(times)

    def open(self, by_severity: Mapping[str, OpenAlerts]) -> None:
        """Say how many alerts are open, how many of them nobody looks after, and since when the oldest is."""
        for severity in SEVERITIES:
            found = by_severity.get(severity)
            self._open.labels(severity).set(0 if found is None else found.number)
            self._unattended.labels(severity).set(0 if found is None else found.unattended)
            self._oldest_open.labels(severity).set(0 if found is None else found.oldest_at.timestamp())

    def acted(self, done: Done) -> None:
        """Count what a person did about an alert, once it has been committed."""
        severity = done.case.alert.finding.severity
        if done.step is not None:
            self._acts.labels(severity, done.step.value).inc()
        if done.taken_after is not None:
            self._time_to_acknowledge.labels(severity).observe(done.taken_after.total_seconds())

    def repeated(self, severities: Sequence[Severity]) -> None:
        """Count alerts that were told again, once that has been committed."""
        for severity in severities:
            self._repeats.labels(severity).inc()

    def tried(self, delivery: Delivery, fate: Fate, seconds: float, now: datetime) -> None:
        """Count an attempt to deliver that took so many seconds and ended `now`."""
        way = way_of(delivery.channel)
        self._attempts.labels(way, OUTCOMES[fate]).inc()
        self._duration.labels(way).observe(seconds)
        if fate is Fate.SENT and delivery.asked_at is not None:
            self._took("delivered", delivery.asked_at, now)

    def _took(self, stage: Stage, since: datetime, now: datetime) -> None:
        self._latency.labels(stage).observe(max((now - since).total_seconds(), 0.0))
