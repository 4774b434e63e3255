"""Late, contradicting and impossible news: what comes out depends on what happened, not on when it was heard."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.experience.ports import Standing
from tests.experience.builders import at, happened, standing
from tests.experience.service import CONFIRM_BY, ELEVEN, PROMISE, Service
from touchline_contracts import TOUCHPOINTS, AnyEvent, parse_event
from touchline_contracts.cleanliness import CleanlinessChecked
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.feedback import ConductObserved, RecognitionGiven
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def published(service: Service, at: datetime, *, store: str = "riga-1", version: int = 1, **concept: Any) -> AnyEvent:
    document = {"concept": "c", "version": version, "title": "c", **concept}
    data = ConceptPublished(concept=document, version=version)
    return service.event(data, at, journey=None).model_copy(update={"store": store})


def test_a_filthy_toilet_reported_late_counts_for_a_journey_that_has_closed(service: Service) -> None:
    service.take_in(published(service, ELEVEN - HOUR, cleanliness={"toilet": 4}), now=ELEVEN)
    visit = [
        service.event(CustomerArrived(channel="door"), ELEVEN),
        service.event(CustomerLeft(outcome="served"), ELEVEN + 20 * MINUTE),
    ]
    service.take_in(*visit, now=ELEVEN + 2 * HOUR)
    assert (service.latest().journey_state, service.latest().kv) == ("closed", 1.0)

    dirty = service.event(CleanlinessChecked(area="toilet", score=1), ELEVEN - MINUTE, journey=None)
    service.take_in(dirty, now=ELEVEN + 3 * HOUR)
    service.take_in(*service.published(TOUCHPOINTS.name), now=ELEVEN + 3 * HOUR)

    assert service.latest().kv < 0.8


def test_a_first_concept_holds_for_journeys_that_were_evaluated_without_one(service: Service) -> None:
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN - 48 * HOUR), now=ELEVEN)
    assert service.latest().concept == "no-concept"

    service.take_in(published(service, ELEVEN), now=ELEVEN)
    service.take_in(*service.published(TOUCHPOINTS.name), now=ELEVEN)

    assert service.latest().concept == "c"


def test_a_later_concept_leaves_history_alone_also_after_a_restart(service: Service) -> None:
    service.take_in(published(service, ELEVEN - 72 * HOUR), now=ELEVEN)
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN - 48 * HOUR), now=ELEVEN)
    assert service.latest().journey_state == "closed"

    service.restart()
    service.take_in(published(service, ELEVEN, version=2), now=ELEVEN)

    assert service.published(TOUCHPOINTS.name) == []


def test_a_stores_own_concept_does_not_reach_back_to_journeys_that_began_under_everybodys(service: Service) -> None:
    service.take_in(published(service, ELEVEN - 48 * HOUR, store="*", version=7), now=ELEVEN)
    service.take_in(published(service, ELEVEN, version=8), now=ELEVEN)

    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN - HOUR), now=ELEVEN)

    assert service.latest().concept_version == 7


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_events_with_one_identity_in_a_batch_the_earlier_counts(service: Service, order: int) -> None:
    pair = [service.event(CustomerArrived(channel="door"), ELEVEN + minutes * MINUTE, id="same") for minutes in (0, 5)]

    service.take_in(*pair[::order], now=ELEVEN + HOUR)

    assert service.latest().began_at == ELEVEN


def test_a_founded_alert_is_not_taken_back_because_something_worse_comes_to_light(service: Service) -> None:
    service.take_in(published(service, ELEVEN - HOUR, greeting={"within": "2m"}), now=ELEVEN)
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)
    service.look_again(ELEVEN + timedelta(seconds=155))
    assert [each.line for each in service.latest().attention] == ["greeting"]
    greeted = ELEVEN + timedelta(seconds=156)
    kind = [service.event(RecognitionGiven(touchpoint="till"), greeted + number * MINUTE) for number in (1, 2, 3)]
    service.take_in(service.event(CustomerGreeted(), greeted), *kind, now=greeted + 5 * MINUTE)
    assert service.latest().attention == []

    rude = ConductObserved(touchpoint="till", aspect="courtesy", score=1, observer="customer")
    service.take_in(service.event(rude, ELEVEN + MINUTE), now=greeted + 6 * MINUTE)

    assert service.latest().retracted == []


def test_a_type_that_bears_the_name_of_a_known_kind_is_only_kept(service: Service) -> None:
    event = service.event(CustomerArrived(channel="door"), ELEVEN)
    for name in ("customer.left", "delivery.completed", "surroundings.changed", "promise.made"):
        stranger = event.to_json().replace(b"touchline.customer.arrived.v1", name.encode())
        service.take_in(parse_event(stranger.replace(event.id.encode(), name.encode())), now=ELEVEN)

    assert (service.latest().events, service.latest().journey_state) == (4, "open")


def test_a_journey_that_cannot_be_evaluated_does_not_keep_others_from_their_deadline(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), service.event(PROMISE, ELEVEN, journey="odd"), now=ELEVEN)
    tell = service.experience._tell  # noqa: SLF001  # the fault is planted where every evaluation passes

    def fail_for_one(standing: Standing, epoch: datetime) -> Any:
        if standing.record.key[1] == "odd":
            raise ZeroDivisionError
        return tell(standing, epoch)

    service.experience._tell = fail_for_one  # noqa: SLF001

    assert service.look_again(CONFIRM_BY) == 1
    assert (service.latest().attention[0].line, service.published()[-1].subject) == ("promise/p", "j")
    assert service.look_again(CONFIRM_BY) == 0


def test_a_failed_attempt_to_deliver_makes_a_promise_doubtful_and_does_not_break_it() -> None:
    story = [
        happened("promise.made", 0, promise_id="p", what="x", due=at(180), fulfilled_by="van"),
        happened("promise.confirmed", 5, promise_id="p", by_unit="van"),
    ]
    failed = happened("delivery.failed", 20, promise_id="p", reason="nobody home")
    before = standing(story, minutes=30).lines[0]
    after = standing([*story, failed], minutes=30).lines[0]

    assert (before.state, after.state) == ("confirmed", "confirmed")
    assert (after.chance or 1) < (before.chance or 0)


def test_a_new_time_that_the_customer_agreed_to_makes_a_broken_promise_whole() -> None:
    story = [
        happened("promise.made", 0, promise_id="p", what="x", due=at(180), fulfilled_by="van"),
        happened("promise.broken", 60, promise_id="p"),
    ]
    agreed = happened("promise.rescheduled", 70, promise_id="p", due=at(600), customer_agreed=True)

    assert standing(story, minutes=80).lines[0].state == "broken"
    assert standing([*story, agreed], minutes=80).lines[0].state == "made"


def test_a_tablets_clock_that_is_a_moment_behind_the_doors_does_not_lose_the_greeting(service: Service) -> None:
    service.take_in(published(service, ELEVEN - HOUR, greeting={"within": "2m"}), now=ELEVEN)

    service.take_in(
        service.event(CustomerArrived(channel="door"), ELEVEN),
        service.event(CustomerGreeted(), ELEVEN - timedelta(seconds=1)),
        now=ELEVEN + HOUR,
    )

    assert [(line.line, line.state) for line in service.latest().lines] == [("greeting", "exceeded")]


def test_the_names_of_two_lines_never_run_into_one(service: Service) -> None:
    rude = ConductObserved(touchpoint="till", aspect="courtesy", score=1, observer="customer")
    events = [
        service.event(rude, ELEVEN, id=number).model_copy(update={"source": source})
        for number, source in (("2", "/s/1"), ("1/2", "/s"), ("2@/s", "1"))
    ]
    service.take_in(*events, now=ELEVEN)

    assert len({line.line for line in service.latest().lines}) == 3
    assert sum(line.contribution for line in service.latest().lines) < -1


def test_beside_a_broken_promise_another_ones_silence_is_still_noticed(service: Service) -> None:
    later = PROMISE.model_copy(update={"promise_id": "q", "due": ELEVEN + 20 * HOUR, "confirm_by": ELEVEN + 19 * HOUR})
    service.take_in(service.event(PROMISE, ELEVEN), service.event(later, ELEVEN), now=PROMISE.due)
    assert [each.line for each in service.latest().attention] == ["promise/p"]

    for hour in range(3, 19):  # whatever the first instant is: it comes by the clock, before the confirmation is due
        service.look_again(ELEVEN + hour * HOUR)

    assert [each.line for each in service.latest().attention] == ["promise/p", "promise/q"]
