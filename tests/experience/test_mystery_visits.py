"""A mystery visit is a journey like any other until its report comes; then it says how far others were off."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.experience.service import ELEVEN, Service
from touchline_contracts import TOUCHPOINTS, AnyEvent
from touchline_contracts.feedback import MysteryVisitReported
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft

DAY = timedelta(days=1)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.rows.connection.close()


def visit(service: Service, journey: str) -> list[AnyEvent]:
    return [
        service.event(CustomerArrived(channel="door"), ELEVEN, journey=journey, id=f"{journey}-1"),
        service.event(CustomerGreeted(manner=5), ELEVEN + timedelta(seconds=20), journey=journey, id=f"{journey}-2"),
        service.event(CustomerLeft(outcome="served"), ELEVEN + timedelta(hours=1), journey=journey, id=f"{journey}-3"),
    ]


def test_before_a_report_nothing_tells_a_shoppers_journey_apart(service: Service) -> None:
    """Whatever is published of it is what is published of any other, to the last byte but its name."""
    for journey in ("guest-1", "guest-2"):
        service.take_in(*visit(service, journey), now=ELEVEN + timedelta(hours=1))
    service.run_to(ELEVEN + DAY)

    def told(journey: str) -> list[str]:
        events = [*service.published(), *service.published(TOUCHPOINTS.name)]
        return [each.to_json().decode().replace(journey, "") for each in events if each.subject == journey]

    assert told("guest-1") == told("guest-2") != []
    assert service.of_store() == []


def test_a_report_shows_how_far_the_door_was_off_and_leaves_the_journey_as_it_was(service: Service) -> None:
    service.take_in(*visit(service, "guest"), now=ELEVEN + timedelta(hours=1))
    service.run_to(ELEVEN + DAY)
    before = service.latest()

    reported = MysteryVisitReported(scores={"greeting": 1}, visited_at=ELEVEN)
    service.take_in(service.event(reported, ELEVEN + 2 * DAY, journey="guest"), now=ELEVEN + 2 * DAY)

    (disagreement,) = service.stands().disagreements
    assert (disagreement.touchpoint, disagreement.reported, disagreement.shoppers) == ("greeting", 5, 1)
    after = service.latest()
    assert (after.kv, after.lines, after.late_events) == (before.kv, before.lines, before.late_events)
