"""What the alert service measures. Labels come from closed lists, never from events."""

from collections import Counter as Tally
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.alerts.domain.alert import Severity
from services.alerts.domain.decision import Reason
from services.alerts.ports import Fate
from services.alerts.usecases import Outcome

SEVERITIES: tuple[Severity, ...] = ("warning", "critical")
REASONS = ("unconfirmed", "declined", "slipping", "broken", "waiting", "failed", "problem_unowned", "problem_open")
"""Why a line needs attention; whatever a later version adds counts as `other`."""
DEAD_LETTER_REASONS = ("unreadable", "no_key", "wrong_key", "wrong_type", "cannot_be_handled")
OUTCOMES = {Fate.SENT: "delivered", Fate.REFUSED: "retried", Fate.GONE: "failed"}


class AlertMetrics:
    """What was decided, what is open, and whether it reaches anybody."""

    def __init__(self, registry: CollectorRegistry) -> None:
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
            "touchline_alerts_dead_letters_total",
            "Messages that could not be used and were set aside, by reason.",
            ["reason"],
            registry=registry,
        )
        for reason in Reason:
            self._decisions.labels(reason.value)
        for severity in SEVERITIES:
            self._escalations.labels(severity)
            self._open.labels(severity)
            for wrong in (*REASONS, "other"):
                self._raised.labels(severity, wrong)
        for outcome in OUTCOMES.values():
            self._attempts.labels("webhook", outcome)
        for code in DEAD_LETTER_REASONS:
            self._dead_letters.labels(code)

    def took_in(self, outcome: Outcome) -> None:
        """Count what came of a batch, once it has been committed."""
        for reason, times in outcome.reasons.items():
            self._decisions.labels(reason.value).inc(times)
        for severity, wrong in outcome.raised:
            self._raised.labels(severity, wrong if wrong in REASONS else "other").inc()
        for severity, times in outcome.escalated.items():
            self._escalations.labels(severity).inc(times)

    def set_aside(self, reasons: Tally[str]) -> None:
        """Count dead letters, once they have been committed."""
        for reason, times in reasons.items():
            self._dead_letters.labels(reason).inc(times)

    def open(self, by_severity: Mapping[str, int]) -> None:
        """Say how many alerts are open."""
        for severity in SEVERITIES:
            self._open.labels(severity).set(by_severity.get(severity, 0))

    def tried(self, fate: Fate, seconds: float) -> None:
        """Count an attempt to deliver by webhook."""
        self._attempts.labels("webhook", OUTCOMES[fate]).inc()
        self._duration.labels("webhook").observe(seconds)
