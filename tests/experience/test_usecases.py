"""What the experience service makes of events: each counted once, in any order, with or without its journey's past."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.experience.service import CONFIRM_BY, ELEVEN, PROMISE, Service
from touchline_contracts import TOUCHPOINTS, parse_event
from touchline_contracts.cleanliness import CleanlinessChecked
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.feedback import FeedbackGiven
from touchline_contracts.greeting import CustomerArrived, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseKept


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def test_an_event_that_comes_again_changes_and_publishes_nothing(service: Service) -> None:
    made = service.event(PROMISE, ELEVEN)

    assert service.take_in(made, made, now=ELEVEN) == 1
    assert service.take_in(made, now=ELEVEN + timedelta(minutes=1)) == 0

    assert [each.data.events for each in service.published()] == [1]


def test_events_of_one_batch_are_one_evaluation_for_each_journey(service: Service) -> None:
    service.take_in(
        service.event(CustomerArrived(channel="door"), ELEVEN),
        service.event(PROMISE, ELEVEN),
        service.event(CustomerArrived(channel="door"), ELEVEN, journey="other"),
        now=ELEVEN,
    )

    assert sorted((each.subject, each.data.version, each.data.events) for each in service.published()) == [
        ("j", 2, 2),
        ("other", 1, 1),
    ]


def test_silence_is_news_the_clock_alone_warns_of_an_unconfirmed_promise(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)

    assert service.look_again(CONFIRM_BY - timedelta(seconds=1)) == 0
    assert service.look_again(CONFIRM_BY) == 1

    (attention,) = service.latest().attention
    assert (attention.line, attention.reason, attention.severity) == ("promise/p", "unconfirmed", "warning")
    assert (attention.call, attention.until) == ("warehouse", PROMISE.due)


def test_a_warning_clears_when_the_promise_is_confirmed(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.look_again(CONFIRM_BY)

    noon = ELEVEN + timedelta(hours=1)
    service.take_in(service.event(PromiseConfirmed(promise_id="p", by_unit="warehouse"), noon), now=noon)

    assert service.latest().attention == []
    assert service.latest().retracted == []


def test_a_late_event_that_disproves_a_warning_retracts_it(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.look_again(CONFIRM_BY)

    confirmed = service.event(PromiseConfirmed(promise_id="p", by_unit="warehouse"), ELEVEN + timedelta(minutes=10))
    service.take_in(confirmed, now=CONFIRM_BY + timedelta(minutes=5))

    assert service.latest().attention == []
    assert service.latest().retracted == ["promise/p"]


def test_past_its_due_time_a_promise_is_broken_without_any_event(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.look_again(CONFIRM_BY)
    service.look_again(PROMISE.due)

    latest = service.latest()

    assert (latest.lines[0].state, latest.attention[0].severity) == ("broken", "critical")
    assert latest.kv == pytest.approx(0.230, abs=0.0005)  # exp(.7 * (-1.5 - .6)): floor and jump, w + b + c = .7


def test_the_end_does_not_depend_on_the_order_of_arrival(service: Service) -> None:
    story = [
        service.event(CustomerArrived(channel="door"), ELEVEN - timedelta(minutes=5)),
        service.event(PROMISE, ELEVEN),
        service.event(PromiseConfirmed(promise_id="p", by_unit="warehouse"), ELEVEN + timedelta(minutes=20)),
        service.event(PromiseKept(promise_id="p"), ELEVEN + timedelta(minutes=150)),
        service.event(CustomerLeft(outcome="served"), ELEVEN + timedelta(minutes=160)),
    ]
    end = ELEVEN + timedelta(hours=4)
    backwards = Service()

    service.take_in(*story, now=end)
    for event in reversed(story):
        backwards.take_in(event, now=end)

    assert _state(backwards.latest()) == _state(service.latest())
    assert service.latest().journey_state == "closed"


def test_an_event_for_a_closed_journey_is_counted_and_marked_late(service: Service) -> None:
    left = ELEVEN + timedelta(hours=1)
    tomorrow = ELEVEN + timedelta(days=2)
    service.take_in(service.event(PROMISE, ELEVEN), service.event(CustomerLeft(outcome="served"), left), now=tomorrow)
    assert (service.latest().journey_state, service.latest().lines[0].state) == ("closed", "broken")

    kept = service.event(PromiseKept(promise_id="p"), ELEVEN + timedelta(minutes=30))
    service.take_in(kept, now=tomorrow)

    assert (service.latest().late_events, service.latest().lines[0].state) == (1, "kept")


def test_a_verdict_is_kept_and_changes_no_evaluation(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    before = service.latest()

    service.take_in(service.event(FeedbackGiven(score=1, scale_min=1, scale_max=5), ELEVEN), now=ELEVEN)

    after = service.latest()
    assert (after.kv, after.risk, after.late_events, after.version) == (before.kv, before.risk, 0, 2)


def test_a_store_wide_event_has_every_open_journey_of_its_store_looked_at_again(service: Service) -> None:
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)

    service.take_in(service.event(CleanlinessChecked(area="toilet", score=1), ELEVEN, journey=None), now=ELEVEN)

    (again,) = service.published(TOUCHPOINTS.name)
    assert (again.type, again.key) == ("touchline.surroundings.changed.v1", "riga-1/j")
    assert service.take_in(again, now=ELEVEN) == 0
    assert service.latest().version == 2


def test_a_journey_keeps_the_concept_it_began_with(service: Service) -> None:
    def publish(version: int, at: datetime) -> None:
        document: dict[str, Any] = {"concept": "c", "version": version, "title": "c"}
        service.take_in(service.event(ConceptPublished(concept=document, version=version), at, journey=None), now=at)

    publish(1, ELEVEN - timedelta(days=1))
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)
    publish(2, ELEVEN + timedelta(minutes=1))
    after = ELEVEN + timedelta(minutes=2)
    service.take_in(service.event(CustomerArrived(channel="door"), after, journey="new"), now=after)
    service.take_in(service.event(CustomerLeft(outcome="served"), after), now=after)

    assert {each.subject: each.data.concept_version for each in service.published()} == {"j": 1, "new": 2}


def test_a_concept_that_cannot_be_read_is_refused_with_the_reason(service: Service) -> None:
    document = {"concept": "c", "version": 1, "title": "c", "adequat": 1}
    broken = service.event(ConceptPublished(concept=document, version=1), ELEVEN, journey=None)

    with pytest.raises(ValueError, match="adequat"):
        service.take_in(broken, now=ELEVEN)


def test_history_is_marked_as_such_until_something_live_happens(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN, replay=True), now=ELEVEN)
    assert service.published()[-1].replay

    service.take_in(service.event(PromiseKept(promise_id="p"), ELEVEN), now=ELEVEN)
    assert not service.published()[-1].replay


def test_an_unknown_type_is_kept_and_counted(service: Service) -> None:
    event = json.loads(service.event(CustomerArrived(channel="door"), ELEVEN).to_json())
    event |= {"type": "touchline.surprise.happened.v1", "data": {"any": "thing"}}

    service.take_in(parse_event(json.dumps(event)), now=ELEVEN)

    assert (service.latest().events, service.latest().kv) == (1, 1.0)


def _state(evaluation: JourneyEvaluated) -> dict[str, Any]:
    return evaluation.model_dump(exclude={"version", "late_events"})
