"""Who has read the concept: each unit of each store, each version, by the clock; in the service as it runs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.experience.stores import AT_ONCE
from tests.experience.service import ELEVEN, Service
from touchline_contracts.cleanliness import DefectNoticed
from touchline_contracts.concepts import ConceptAcknowledged
from touchline_contracts.greeting import CustomerArrived

DAY = timedelta(days=1)
MAJOR = DefectNoticed(defect_id="tile", area="entrance", severity="major")


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def test_units_are_asked_for_from_when_their_concept_holds(service: Service) -> None:
    service.take_in(service.publish(ELEVEN, units=["desk", "fleet"], acknowledge_within="2d"), now=ELEVEN)
    read = ConceptAcknowledged(concept="c", version=1, unit="desk")
    service.take_in(service.store_wide(read, ELEVEN + DAY), now=ELEVEN + DAY)

    assert (service.stands().coverage.acknowledged, service.stands().coverage.missing) == (["desk"], ["fleet"])
    assert service.stands().coverage.due == service.deadline() == ELEVEN + 2 * DAY
    service.run_to(ELEVEN + 2 * DAY)
    (attention,) = service.stands().attention
    assert (attention.reason, attention.call, attention.until) == ("unread", "fleet", ELEVEN + 4 * DAY)


def test_a_year_later_it_is_still_known_who_has_read_the_concept(service: Service) -> None:
    service.take_in(service.publish(ELEVEN, units=["desk"]), now=ELEVEN)
    read = ConceptAcknowledged(concept="c", version=1, unit="desk")
    service.take_in(service.store_wide(read, ELEVEN), now=ELEVEN)

    later = ELEVEN + 365 * DAY
    service.take_in(service.store_wide(MAJOR, later), now=later)

    assert service.stands().coverage.acknowledged == ["desk"]


def test_a_new_version_asks_anew_and_the_alert_of_the_old_one_is_over(service: Service) -> None:
    service.take_in(service.publish(ELEVEN, units=["desk"], acknowledge_within="1d"), now=ELEVEN)
    service.run_to(ELEVEN + DAY)
    assert [each.line for each in service.stands().attention] == ["acknowledgement/c/1"]

    noon = ELEVEN + DAY
    service.take_in(service.publish(noon, version=2, units=["desk"], acknowledge_within="1d"), now=noon)

    assert (service.stands().concept_version, service.stands().attention) == (2, [])
    service.run_to(noon + DAY)
    assert [each.line for each in service.stands().attention] == ["acknowledgement/c/2"]


def test_a_concept_for_every_store_bears_on_each_that_is_known(service: Service) -> None:
    for number in range(3):
        arrived = service.event(CustomerArrived(channel="door"), ELEVEN).model_copy(
            update={"store": f"s-{number}", "partitionkey": f"s-{number}/j"}
        )
        service.take_in(arrived, now=ELEVEN)

    service.take_in(service.publish(ELEVEN, store="*", units=["desk"]), now=ELEVEN)

    assert sorted(event.store for event in service.of_store()) == ["s-0", "s-1", "s-2"]


def test_of_very_many_stores_each_waits_for_the_clock_so_that_events_do_not(service: Service) -> None:
    arrived = [
        service.event(CustomerArrived(channel="door"), ELEVEN).model_copy(
            update={"store": f"s-{number}", "partitionkey": f"s-{number}/j"}
        )
        for number in range(AT_ONCE + 1)
    ]
    service.take_in(*arrived, now=ELEVEN)

    service.take_in(service.publish(ELEVEN, store="*", units=["desk"]), now=ELEVEN)
    assert service.of_store() == []
    service.run_to(ELEVEN)
    service.look_again(ELEVEN)

    assert len({event.store for event in service.of_store()}) == AT_ONCE + 1
