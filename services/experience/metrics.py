"""What the experience service measures. Labels come from closed lists, never from events."""

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.chassis.bulk_histogram import BulkHistogram
from services.experience.domain.assessment import Assessment
from services.experience.domain.attention import Attention
from services.experience.domain.happening import Happening
from services.experience.domain.journey import VERDICTS
from services.experience.domain.tally import PromiseTally
from services.experience.outcome import Outcome
from services.experience.ports import JourneyKey, JourneyRecord, Standing

Verdict = Literal["better", "met", "missed", "unknown"]
Timeliness = Literal["before_deadline", "after_deadline", "no_deadline"]
PromiseOutcome = Literal["kept", "broken", "withdrawn"]
DeadLetterReason = Literal["unreadable", "no_key", "wrong_key", "cannot_be_handled", "other"]

DONE = ("promise.kept", "delivery.completed")
"""What tells that a promise was carried out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Census:
    """What is in the store at an instant, whoever put it there."""

    open_journeys: int
    due_journeys: int
    """Of these, those whose deadline has come and that were not looked at yet."""
    promises_on_track: int
    promises_at_risk: int


class ExperienceMetrics:
    """What came in, what it was worth, and how long it took."""

    def __init__(self, registry: CollectorRegistry, *, topic: str) -> None:
        """`topic`: the one that is read."""
        self._counted = Counter(
            "touchline_events_counted_total", "Events that were never seen before and count.", registry=registry
        )
        duplicates = Counter(
            "touchline_duplicate_events_total",
            "Events that had been counted before, and changed nothing.",
            ["topic"],
            registry=registry,
        )
        self._duplicates = duplicates.labels(topic)
        self._late = Counter(
            "touchline_late_events_total", "Events that came after their journey had closed.", registry=registry
        )
        letters = Counter(
            "touchline_dead_letters_total",
            "Messages that could not be used and were set aside, by reason.",
            ["topic", "reason"],
            registry=registry,
        )
        self._dead_letters = {reason: letters.labels(topic, reason) for reason in get_args(DeadLetterReason)}
        self._latency = BulkHistogram(
            "touchline_end_to_end_latency_seconds",
            "Seconds from what happened to what Touchline made of it, by stage; history is left out.",
            labels={"stage": "evaluated"},
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
            registry=registry,
        )
        evaluations = Counter(
            "touchline_evaluations_total",
            "Evaluations of journeys, by what the customer has got so far against what they were led to expect.",
            ["verdict"],
            registry=registry,
        )
        self._evaluations = {verdict: evaluations.labels(verdict) for verdict in get_args(Verdict)}
        self._ratio = Histogram(
            "touchline_evaluation_ratio",
            "KP / KL of journeys when they close: 1 is as expected; history is left out.",
            registry=registry,
            buckets=(0.1, 0.25, 0.5, 0.65, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.25),
        )
        self._promises_made = Counter("touchline_promises_made_total", "Promises made to customers.", registry=registry)
        closed = Counter(
            "touchline_promises_closed_total",
            "Promises that were kept, broken or withdrawn; one that is corrected later counts again.",
            ["outcome"],
            registry=registry,
        )
        self._promises_closed = {outcome: closed.labels(outcome) for outcome in get_args(PromiseOutcome)}
        self._overrun = Histogram(
            "touchline_promise_overrun_seconds",
            "Seconds that promised things were done too late; what was never done is not in it.",
            registry=registry,
            buckets=(60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400, 604800),
        )
        warnings = Counter(
            "touchline_warnings_total",
            "Lines of journeys that were said to need attention, by whether there was still time; history is left out.",
            ["timeliness"],
            registry=registry,
        )
        self._warnings = {timeliness: warnings.labels(timeliness) for timeliness in get_args(Timeliness)}
        self._lead_time = Histogram(
            "touchline_warning_lead_time_seconds",
            "Seconds that were left to act when a line was said to need attention.",
            registry=registry,
            buckets=(10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 86400),
        )
        self._timer_lag = BulkHistogram(
            "touchline_deadline_timer_lag_seconds",
            "Seconds from a journey's deadline to its evaluation.",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
            registry=registry,
        )
        self._active = Gauge("touchline_journeys_active", "Journeys that have not closed.", registry=registry)
        self._due = Gauge(
            "touchline_deadline_timers_due",
            "Journeys whose deadline has come and that were not looked at yet.",
            registry=registry,
        )
        self._overdue = Gauge(
            "touchline_deadline_overdue_seconds",
            "Seconds since the earliest deadline that has passed and was not looked at yet; 0: there is none.",
            registry=registry,
        )
        open_ = Gauge(
            "touchline_promises_open",
            "Promises that can still be kept, by whether somebody was told to look after them.",
            ["state"],
            registry=registry,
        )
        self._on_track, self._at_risk = open_.labels("on_track"), open_.labels("at_risk")
        self.counted(None)
        self.overdue(None)

    def took_in(self, outcome: Outcome, now: datetime) -> None:
        """Count what came of events, once it has been committed, which it was `now`."""
        self._counted.inc(len(outcome.fresh))
        self._duplicates.inc(outcome.repeated)
        self._late.inc(outcome.late)
        self._latency.observe_all(_ages(outcome.news, now))
        self._evaluated(outcome)
        self._overruns(outcome)

    def looked_again(self, outcome: Outcome, now: datetime) -> None:
        """Count what came of deadlines, once it has been committed; they were looked for `now`."""
        # One that was put off waits for its backlog, and not for an instant that means something to a customer.
        met = [each.deadline for each, _ in outcome.told if each.deadline is not None and each.put_off_at is None]
        self._timer_lag.observe_all([(now - deadline).total_seconds() for deadline in met])
        self._latency.observe_all(_ages(outcome.news, now))
        self._evaluated(outcome)
        self._overruns(outcome)

    def set_aside(self, reasons: Tally[str]) -> None:
        """Count dead letters, once they have been committed."""
        for reason, times in reasons.items():
            self._dead_letters.get(reason, self._dead_letters["other"]).inc(times)

    def counted(self, census: Census | None) -> None:
        """Say what is in the store; None: it cannot be known at the moment."""
        nan = float("nan")
        self._active.set(nan if census is None else census.open_journeys)
        self._due.set(nan if census is None else census.due_journeys)
        self._on_track.set(nan if census is None else census.promises_on_track)
        self._at_risk.set(nan if census is None else census.promises_at_risk)

    def overdue(self, seconds: float | None) -> None:
        """Say for how long the earliest deadline has waited to be looked at; None: it cannot be known at the moment."""
        self._overdue.set(float("nan") if seconds is None else seconds)

    def _evaluated(self, outcome: Outcome) -> None:
        verdicts: Tally[Verdict] = Tally([_verdict(standing.assessment) for _, standing in outcome.told])
        for verdict, times in verdicts.items():
            self._evaluations[verdict].inc(times)
        for before, standing in outcome.told:
            after = standing.record
            if after.promises is not before.promises and after.promises != before.promises:
                self._promises(before.promises, after.promises)
            if standing.replay:
                continue
            weighed = standing.assessment.evaluation.contributions
            if before.closed_at is None and after.closed_at is not None and weighed:
                self._ratio.observe(standing.assessment.evaluation.kv)
            if standing.attention:
                self._warned(before, standing)

    def _promises(self, before: PromiseTally, after: PromiseTally) -> None:
        # Late news may also lower a number: what was counted before stays counted.
        if after.made > before.made:
            self._promises_made.inc(after.made - before.made)
        for outcome, counter in self._promises_closed.items():
            more = getattr(after, outcome) - getattr(before, outcome)
            if more > 0:
                counter.inc(more)

    def _warned(self, before: JourneyRecord, standing: Standing) -> None:
        for attention in standing.attention:
            notice = before.notices.get(attention.line)
            if notice is not None and notice.state == "named":
                continue  # said before
            timeliness = _timeliness(attention, standing.assessment)
            self._warnings[timeliness].inc()
            if timeliness == "before_deadline" and attention.until is not None:
                self._lead_time.observe((attention.until - standing.assessment.as_of).total_seconds())

    def _overruns(self, outcome: Outcome) -> None:
        """A promise is done too late when an event says so: silence only tells that it was not done in time."""
        done = [each for each in outcome.news if each.kind in DONE and each.get("promise_id") is not None]
        if not done:
            return
        standings: dict[JourneyKey, Standing] = {each.record.key: each for _, each in outcome.told}
        for happening in done:
            standing = standings.get((happening.store, happening.journey or ""))
            line = f"promise/{happening.get('promise_id')}"
            for each in () if standing is None else standing.assessment.lines:
                late = each.state == "broken" and each.at == happening.at  # not done before that either
                if each.id == line and late and each.due is not None:
                    self._overrun.observe((happening.at - each.due).total_seconds())


def _ages(happenings: Iterable[Happening], now: datetime) -> list[float]:
    """How long ago live events of journeys happened. Verdicts are told days later, and evaluate nothing."""
    return [
        (now - each.at).total_seconds()
        for each in happenings
        if each.journey is not None and not each.replay and each.kind not in VERDICTS
    ]


def _verdict(assessment: Assessment) -> Verdict:
    if not assessment.evaluation.contributions:
        return "unknown"
    value = assessment.evaluation.value
    if value > 0:
        return "better"
    return "missed" if value < 0 and assessment.evaluation.kv < assessment.concept.adequate else "met"


def _timeliness(attention: Attention, assessment: Assessment) -> Timeliness:
    if attention.until is not None:
        return "before_deadline" if attention.until > assessment.as_of else "after_deadline"
    had_one = any(line.id == attention.line and line.due is not None for line in assessment.lines)
    return "after_deadline" if had_one else "no_deadline"
