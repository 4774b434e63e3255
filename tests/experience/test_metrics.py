"""What the experience service counts: every number is worked out by hand from what happened, also after a restart."""

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from prometheus_client import generate_latest

from services.chassis.bookkeeping import Record
from services.chassis.process_metrics import process_registry
from services.experience.adapters.database import StoredTransaction
from services.experience.adapters.database_census import census, earliest_overdue
from services.experience.entrypoints.reading import read
from services.experience.metrics import Census, ExperienceMetrics
from tests.experience.service import CONFIRM_BY, ELEVEN, PROMISE, Service
from touchline_contracts import AnyEvent
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.feedback import FeedbackGiven
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseKept, PromiseMade, PromiseRescheduled, PromiseWithdrawn

MINUTE = timedelta(minutes=1)
TOPIC = "touchline.touchpoints"


class Measured(Service):
    """The service in memory, and what it measures."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = process_registry()
        self.metrics = ExperienceMetrics(self.registry, topic=TOPIC)

    def take_in(self, *events: AnyEvent, now: datetime) -> int:
        fresh = super().take_in(*events, now=now)
        self.metrics.took_in(self.outcome, now)
        return fresh

    def look_again(self, now: datetime) -> int:
        looked_at = super().look_again(now)
        self.metrics.looked_again(self.outcome, now)
        return looked_at

    def take_census(self, now: datetime) -> Census:
        counted = census(self.rows, now)
        self.metrics.counted(counted)
        earliest = earliest_overdue(self.rows, now)
        self.metrics.overdue(0 if earliest is None else (now - earliest).total_seconds())
        return counted

    def figure(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(f"touchline_{name}", labels)
        assert value is not None, f"{name} {labels} is not measured"
        return value

    def series(self) -> set[str]:
        """Every series on the page, without its value."""
        return {line.rpartition(" ")[0] for line in generate_latest(self.registry).decode().splitlines()}


@pytest.fixture
def service() -> Measured:
    return Measured()


def test_everything_is_there_and_zero_before_anything_happens(service):
    service.take_census(ELEVEN)

    lines = generate_latest(service.registry).decode().splitlines()
    lines = [line for line in lines if line.startswith("touchline_") and "build_info" not in line]
    assert len(lines) > 90
    assert [line for line in lines if not line.endswith(" 0.0")] == []


def test_what_is_open_is_unknown_until_the_store_has_been_asked(service):
    assert str(service.figure("journeys_active")) == "nan"


def test_a_promise_is_counted_from_its_making_to_its_overrun(service):
    arrived, made = service.event(CustomerArrived(channel="phone"), ELEVEN), service.event(PROMISE, ELEVEN)

    service.take_in(arrived, made, now=ELEVEN + timedelta(seconds=2))
    assert service.figure("events_counted_total") == 2
    assert service.figure("promises_made_total") == 1
    assert service.figure("end_to_end_latency_seconds_count", stage="evaluated") == 2
    assert service.figure("end_to_end_latency_seconds_sum", stage="evaluated") == 4
    assert service.figure("end_to_end_latency_seconds_bucket", stage="evaluated", le="1.0") == 0
    assert service.figure("end_to_end_latency_seconds_bucket", stage="evaluated", le="2.5") == 2
    assert service.figure("evaluations_total", verdict="unknown") == 1

    # A quarter of three hours later nobody has confirmed, and there are 2 h 15 min left, less the 3 s we were late.
    service.look_again(CONFIRM_BY + timedelta(seconds=3))
    assert service.figure("warnings_total", timeliness="before_deadline") == 1
    assert service.figure("warning_lead_time_seconds_sum") == 2.25 * 3600 - 3
    assert service.figure("deadline_timer_lag_seconds_sum") == 3
    assert service.take_census(CONFIRM_BY) == Census(
        open_journeys=1, due_journeys=0, promises_on_track=0, promises_at_risk=1
    )

    # Broken by silence; said before, so there is no other warning.
    service.look_again(PROMISE.due)
    assert service.figure("promises_closed_total", outcome="broken") == 1
    assert service.figure("warnings_total", timeliness="before_deadline") == 1
    assert service.figure("warnings_total", timeliness="after_deadline") == 0
    assert service.figure("evaluations_total", verdict="missed") == 1
    assert service.figure("promise_overrun_seconds_count") == 0
    assert service.take_census(PROMISE.due).promises_at_risk == 0

    # Done half an hour too late: it stays broken, and is not broken twice.
    half_past = PROMISE.due + 30 * MINUTE
    service.take_in(service.event(PromiseKept(promise_id="p"), half_past), now=half_past)
    service.take_in(service.event(PromiseKept(promise_id="p"), half_past + MINUTE), now=half_past + MINUTE)
    assert service.figure("promise_overrun_seconds_sum") == 1800  # and a second system's word changes nothing
    assert service.figure("promises_closed_total", outcome="broken") == 1
    assert service.figure("promises_closed_total", outcome="kept") == 0
    assert service.figure("promises_made_total") == 1


def test_events_that_come_again_are_told_apart_from_those_that_count(service):
    made = service.event(PROMISE, ELEVEN)
    service.take_in(made, made, now=ELEVEN)
    service.take_in(made, now=ELEVEN + MINUTE)

    assert service.figure("events_counted_total") == 1
    assert service.figure("duplicate_events_total", topic=TOPIC) == 2
    assert service.figure("promises_made_total") == 1
    assert service.figure("end_to_end_latency_seconds_count", stage="evaluated") == 1


def test_a_promise_that_two_systems_tell_of_is_one_promise(service):
    service.take_in(service.event(PROMISE, ELEVEN), service.event(PROMISE, ELEVEN + MINUTE), now=ELEVEN + MINUTE)

    assert service.figure("events_counted_total") == 2
    assert service.figure("promises_made_total") == 1


def test_a_promise_ends_once_as_what_it_was(service):
    for number in ("kept", "withdrawn", "moved"):
        service.take_in(service.event(PROMISE.model_copy(update={"promise_id": number}), ELEVEN), now=ELEVEN)
    noon, evening = ELEVEN + 60 * MINUTE, ELEVEN + 600 * MINUTE

    service.take_in(service.event(PromiseKept(promise_id="kept"), noon), now=noon)
    service.take_in(service.event(PromiseWithdrawn(promise_id="withdrawn"), noon), now=noon)
    moved = PromiseRescheduled(promise_id="moved", due=evening, customer_agreed=True)
    service.take_in(service.event(moved, noon), now=noon)

    closed = {each: service.figure("promises_closed_total", outcome=each) for each in ("kept", "broken", "withdrawn")}
    assert closed == {"kept": 1, "broken": 0, "withdrawn": 1}
    open_now = service.take_census(noon)
    assert open_now.promises_on_track + open_now.promises_at_risk == 1
    assert service.figure("promises_made_total") == 3


def test_what_is_open_is_right_after_a_restart(service):
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN, journey="other"), now=ELEVEN)
    service.look_again(CONFIRM_BY)
    before = service.take_census(CONFIRM_BY)

    service.restart()
    service.registry = process_registry()
    service.metrics = ExperienceMetrics(service.registry, topic=TOPIC)
    service.take_census(CONFIRM_BY)

    assert before.open_journeys == service.figure("journeys_active") == 2
    assert service.figure("promises_open", state="at_risk") == 1
    assert service.figure("promises_open", state="on_track") == 0
    assert service.figure("promises_made_total") == 0  # a counter counts what this process has done


def test_a_deadline_that_was_missed_is_seen_until_it_was_looked_at(service):
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)

    assert service.take_census(CONFIRM_BY - MINUTE).due_journeys == 0
    assert service.take_census(CONFIRM_BY + MINUTE).due_journeys == 1
    service.look_again(CONFIRM_BY + MINUTE)
    assert service.take_census(CONFIRM_BY + MINUTE).due_journeys == 0


def test_a_journey_is_weighed_once_when_it_closes_and_what_comes_then_is_late(service):
    left, tomorrow = ELEVEN + 10 * MINUTE, ELEVEN + timedelta(days=1)
    kept = service.event(PromiseKept(promise_id="p"), left)
    visit = [service.event(PROMISE, ELEVEN), kept, service.event(CustomerLeft(outcome="served"), left)]
    service.take_in(*visit, now=left)
    assert service.figure("evaluations_total", verdict="better") == 1  # kept long before it was due
    assert service.figure("evaluation_ratio_count") == 0

    service.look_again(tomorrow)
    assert service.figure("evaluations_total", verdict="better") == 2
    assert service.figure("evaluation_ratio_count") == 1
    assert service.figure("evaluation_ratio_bucket", le="1.0") == 0

    service.take_in(service.event(CustomerGreeted(), ELEVEN + MINUTE), now=tomorrow)
    assert service.figure("late_events_total") == 1
    assert service.figure("evaluation_ratio_count") == 1


def test_history_counts_as_events_and_promises_and_neither_as_delay_nor_as_warning(service):
    made = service.event(PROMISE, ELEVEN, replay=True)
    service.take_in(made, now=PROMISE.due + timedelta(days=300))
    service.look_again(PROMISE.due + timedelta(days=600))

    assert service.figure("events_counted_total") == 1
    assert service.figure("promises_closed_total", outcome="broken") == 1
    assert service.figure("end_to_end_latency_seconds_count", stage="evaluated") == 0
    assert service.figure("evaluation_ratio_count") == 0
    assert (
        sum(service.figure("warnings_total", timeliness=f"{each}_deadline") for each in ("before", "after", "no")) == 0
    )


def test_a_verdict_weeks_later_is_no_delay_of_ours(service):
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    feedback = service.event(FeedbackGiven(score=1, scale_min=1, scale_max=5), ELEVEN)
    service.take_in(feedback, now=ELEVEN + timedelta(days=20))

    assert service.figure("events_counted_total") == 2
    assert service.figure("end_to_end_latency_seconds_count", stage="evaluated") == 1


def test_what_comes_to_light_after_its_due_time_is_a_warning_too_late(service):
    late = PromiseMade(promise_id="p", what="goods", due=ELEVEN - MINUTE, fulfilled_by="warehouse")
    service.take_in(service.event(CustomerArrived(channel="phone"), ELEVEN - 60 * MINUTE), now=ELEVEN)
    service.take_in(service.event(late, ELEVEN - 50 * MINUTE), now=ELEVEN)

    assert service.figure("warnings_total", timeliness="after_deadline") == 1
    assert service.figure("warning_lead_time_seconds_count") == 0


def test_a_wait_that_is_already_too_long_is_a_warning_too_late(service):
    document = {"concept": "shop", "title": "Shop", "version": 1, "greeting": {"within": "2m"}}
    service.take_in(service.event(ConceptPublished(concept=document, version=1), ELEVEN, journey=None), now=ELEVEN)
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)
    service.look_again(ELEVEN + timedelta(seconds=155))

    assert [each.reason for each in service.latest().attention] == ["waiting"]
    assert service.figure("warnings_total", timeliness="after_deadline") == 1
    assert service.figure("warnings_total", timeliness="before_deadline") == 0


def test_no_event_makes_a_series_of_its_own(service):
    service.take_census(ELEVEN)
    before = service.series()
    evil = "evil\n{le='1'}"
    base = {"specversion": "1.0", "source": "/evil", "store": "evil-1", "subject": "evil", "time": ELEVEN.isoformat()}

    def record(event: object, key: bytes | None = b"evil-1/evil") -> Record:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return Record("evil-topic", 0, 0, key, body, 0)

    made = {"promise_id": "evil", "what": "evil", "due": ELEVEN.isoformat(), "fulfilled_by": "evil", "made_by": "evil"}
    records = [
        record(b"evil"),
        record({**base, "id": "evil-1", "type": "evil.type", "data": {evil: evil}}),
        record({**base, "id": "evil-2", "type": "touchline.promise.made.v1", "data": made}),
        record({**base, "id": "evil-3", "type": "touchline.promise.made.v1", "data": made}, key=b"evil"),
        record({**base, "id": "evil-4", "type": "touchline.promise.made.v1", "data": made}, key=None),
        record(
            {**base, "id": "evil-5", "type": "touchline.stage.started.v1", "data": {"stage": "evil", "evil_too": evil}}
        ),
        record(
            {
                **base,
                "id": "evil-6",
                "type": "touchline.problem.reported.v1",
                "data": {"problem_id": "evil", "touchpoint": "evil", "kind": "complaint", "severity": "critical"},
            }
        ),
    ]
    incoming, letters = read(records, ELEVEN)
    outcome = service.experience.take_in(StoredTransaction(service.rows), incoming, now=ELEVEN)
    service.metrics.took_in(outcome, ELEVEN)
    service.metrics.set_aside(Counter([each.headers["touchline-reason"] for each in letters]))
    service.metrics.set_aside(Counter({evil: 1}))
    service.look_again(ELEVEN + timedelta(days=90))
    service.take_census(ELEVEN)

    assert service.series() == before
    reasons = ("unreadable", "no_key", "wrong_key", "cannot_be_handled", "other")
    set_aside = [service.figure("dead_letters_total", topic=TOPIC, reason=each) for each in reasons]
    assert set_aside == [1, 1, 1, 0, 1]
    assert service.figure("events_counted_total") == 4
    assert service.figure("promises_made_total") == 1


def test_how_late_deadlines_are_leaves_out_what_a_backlog_has_put_off(service):
    made = service.event(PROMISE, ELEVEN)
    Service.take_in(service, made, now=ELEVEN, behind=True)

    assert service.look_again(ELEVEN + timedelta(seconds=20)) == 1
    assert service.figure("deadline_timer_lag_seconds_count") == 0
    assert service.look_again(CONFIRM_BY + timedelta(seconds=2)) == 1
    assert service.figure("deadline_timer_lag_seconds_sum") == 2
