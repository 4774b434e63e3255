"""The service keeps track records: journeys of the next day meet them, whatever was restarted or rolled back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.experience.adapters.database import StoredTransaction
from services.experience.domain.track_record import EVERYWHERE
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts.promises import PromiseConfirmed, PromiseKept

NEXT_DAY = ELEVEN + timedelta(days=1)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def breaks(service: Service, count: int, *, replay: bool = False) -> None:
    made = [service.event(PROMISE, ELEVEN, journey=f"broken-{number}", replay=replay) for number in range(count)]
    service.take_in(*made, now=ELEVEN)
    service.look_again(PROMISE.due)


def risk_on_the_next_day(service: Service, *, journey: str = "next", replay: bool = False) -> float:
    promise = PROMISE.model_copy(update={"due": NEXT_DAY + timedelta(hours=3)})
    service.take_in(service.event(promise, NEXT_DAY, journey=journey, replay=replay), now=NEXT_DAY)
    return service.latest().risk


def counted(service: Service) -> set[tuple]:
    rows = StoredTransaction(service.rows).settled_in(["riga-1", EVERYWHERE])
    return {(store, subject[0], settled) for store, subject, _, settled in rows}


def test_promises_that_were_broken_make_those_of_the_next_day_riskier(service: Service) -> None:
    before = risk_on_the_next_day(Service())
    breaks(service, 10)

    assert counted(service) == {("riga-1", "promise", (0, 10)), (EVERYWHERE, "unit", (0, 10))}
    assert risk_on_the_next_day(service) > before


def test_it_makes_no_difference_whether_the_service_was_restarted(service: Service) -> None:
    breaks(service, 10)
    running = risk_on_the_next_day(service)
    service.restart()

    assert risk_on_the_next_day(service, journey="after") == running


def test_what_turns_out_otherwise_is_counted_otherwise(service: Service) -> None:
    breaks(service, 1)
    service.take_in(
        service.event(PromiseKept(promise_id="p"), ELEVEN + timedelta(hours=1), journey="broken-0"), now=NEXT_DAY
    )

    assert counted(service) == {("riga-1", "promise", (1, 0)), (EVERYWHERE, "unit", (1, 0))}


def test_a_journey_is_counted_once_however_often_it_is_evaluated(service: Service) -> None:
    breaks(service, 2)
    confirmed = PromiseConfirmed(promise_id="p", by_unit="warehouse")
    for number in range(3):
        service.take_in(service.event(confirmed, ELEVEN, journey=f"broken-{number % 2}"), now=NEXT_DAY)

    assert ("riga-1", "promise", (0, 2)) in counted(service)


def test_what_was_rolled_back_is_not_held(service: Service) -> None:
    service.rows.connection.commit()
    breaks(service, 10)
    service.rows.connection.rollback()
    service.experience.forget()

    assert counted(service) == set()
    assert risk_on_the_next_day(service) == risk_on_the_next_day(Service())


def test_history_that_is_fed_in_meets_no_record_and_makes_one(service: Service) -> None:
    breaks(service, 10, replay=True)

    assert risk_on_the_next_day(service, replay=True) == risk_on_the_next_day(Service())
    assert risk_on_the_next_day(service, journey="live") > risk_on_the_next_day(Service())
