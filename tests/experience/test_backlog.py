"""A backlog: events are kept at once, and their journeys evaluated when no more has come of them for a moment."""

from datetime import timedelta

import pytest

from services.experience.adapters.database import StoredTransaction
from services.experience.entrypoints.translation import happening_from
from services.experience.ports import Incoming
from services.experience.usecases import LONGEST_PUT_OFF, QUIET
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts import AnyEvent
from touchline_contracts.greeting import CustomerArrived
from touchline_contracts.promises import PromiseKept

LATER = ELEVEN + timedelta(hours=9)
"""When the backlog is read; the promise of the morning was due at two."""
KEPT = PromiseKept(promise_id="p")


@pytest.fixture
def service() -> Service:
    return Service()


def catch_up(service: Service, *events: AnyEvent, now=LATER) -> None:
    incoming = [Incoming(happening=happening_from(each), body=each.to_json()) for each in events]
    transaction = StoredTransaction(service.rows)
    service.outcome = service.experience.take_in(transaction, incoming, now=now, behind=True)


def test_nobody_is_alarmed_by_what_has_only_not_been_read_yet(service: Service) -> None:
    catch_up(service, service.event(PROMISE, ELEVEN))
    service.look_again(LATER + QUIET / 2)
    catch_up(service, service.event(KEPT, ELEVEN + timedelta(hours=2)), now=LATER + QUIET / 2)
    service.look_again(LATER + QUIET * 2)

    (told,) = service.published()
    assert (told.data.events, told.data.version, told.data.attention) == (2, 2, [])
    assert [line.state for line in told.data.lines] == ["kept"]


def test_a_journey_is_evaluated_in_the_end_though_more_keeps_coming(service: Service) -> None:
    now = LATER
    while now < LATER + LONGEST_PUT_OFF:
        catch_up(service, service.event(CustomerArrived(channel="door"), ELEVEN), now=now)
        now += QUIET / 2
        service.look_again(now)
        assert service.published() == [] or now >= LATER + LONGEST_PUT_OFF

    assert len(service.published()) == 1


def test_what_was_put_off_is_evaluated_after_a_restart(service: Service) -> None:
    catch_up(service, service.event(PROMISE, ELEVEN), service.event(KEPT, ELEVEN + timedelta(hours=2)))
    service.restart()
    service.look_again(LATER + QUIET)

    assert service.latest().events == 2


def test_what_comes_when_the_backlog_is_over_is_evaluated_with_what_was_put_off(service: Service) -> None:
    catch_up(service, service.event(PROMISE, ELEVEN))
    service.take_in(service.event(KEPT, ELEVEN + timedelta(hours=2)), now=LATER)
    service.look_again(LATER + QUIET)

    (told,) = service.published()
    assert (told.data.events, told.data.version) == (2, 2)


def test_events_that_were_put_off_are_news_when_they_are_evaluated(service: Service) -> None:
    catch_up(service, service.event(PROMISE, ELEVEN), service.event(KEPT, ELEVEN + timedelta(hours=2)))
    assert (len(service.outcome.fresh), service.outcome.news) == (2, ())

    service.look_again(LATER + QUIET)
    assert [each.kind for each in service.outcome.news] == ["promise.made", "promise.kept"]


def test_a_repeated_event_of_a_backlog_counts_once(service: Service) -> None:
    event = service.event(PROMISE, ELEVEN)
    catch_up(service, event)
    catch_up(service, event)
    service.look_again(LATER + QUIET * 2)

    assert service.latest().events == 1
