"""What is held in memory of running journeys: never more than a shortcut to what the store has."""

from datetime import timedelta

import pytest

from services.experience.domain.happening import Happening
from services.experience.held import HeldJourneys
from tests.experience.builders import happened
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts.promises import PromiseConfirmed, PromiseKept


@pytest.fixture
def service() -> Service:
    return Service()


def visit(journey: str, events: int) -> list[Happening]:
    return [happened("customer.arrived", minute, journey=journey, channel="door") for minute in range(events)]


def test_a_journey_is_used_while_the_store_has_as_many_events_of_it() -> None:
    held = HeldJourneys()
    held.put(("riga-1", "a"), visit("a", 3))

    assert len(held.get(("riga-1", "a"), 3) or ()) == 3
    assert held.get(("riga-1", "a"), 4) is None
    assert held.get(("riga-1", "b"), 2) is None


def test_a_journey_that_nobody_has_heard_of_needs_no_reading() -> None:
    assert held_nothing(HeldJourneys().get(("riga-1", "new"), 0))


def held_nothing(happenings: object) -> bool:
    return happenings is not None and not happenings


def test_the_journeys_nobody_has_asked_for_longest_make_room() -> None:
    held = HeldJourneys(most=5)
    held.put(("riga-1", "a"), visit("a", 2))
    held.put(("riga-1", "b"), visit("b", 2))
    held.put(("riga-1", "a"), visit("a", 3))
    held.put(("riga-1", "c"), visit("c", 2))

    assert held.get(("riga-1", "b"), 2) is None
    assert held.get(("riga-1", "a"), 3) is not None
    assert held.get(("riga-1", "c"), 2) is not None


def test_what_another_worker_has_added_meanwhile_is_read(service: Service) -> None:
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    ours = service.experience
    service.restart()  # another worker, over the same database
    confirmed = PromiseConfirmed(promise_id="p", by_unit="warehouse")
    service.take_in(service.event(confirmed, ELEVEN + timedelta(minutes=5)), now=ELEVEN + timedelta(minutes=5))

    service.experience = ours
    kept = PromiseKept(promise_id="p")
    service.take_in(service.event(kept, ELEVEN + timedelta(minutes=9)), now=ELEVEN + timedelta(minutes=9))

    assert service.latest().events == 3


def test_what_was_rolled_back_is_forgotten(service: Service) -> None:
    """Without that, the third event would count instead of the second: the number of events would be the same."""
    service.take_in(service.event(PROMISE, ELEVEN), now=ELEVEN)
    service.rows.connection.commit()
    lost = service.event(PromiseKept(promise_id="p"), ELEVEN + timedelta(minutes=5))
    service.take_in(lost, now=ELEVEN + timedelta(minutes=5))
    service.rows.connection.rollback()
    service.experience.forget()
    ours = service.experience
    service.restart()
    confirmed = PromiseConfirmed(promise_id="p", by_unit="warehouse")
    service.take_in(service.event(confirmed, ELEVEN + timedelta(minutes=6)), now=ELEVEN + timedelta(minutes=6))

    service.experience = ours
    service.look_again(ELEVEN + timedelta(minutes=200))

    (line,) = service.latest().lines
    assert (line.state, service.latest().events) == ("broken", 2)
