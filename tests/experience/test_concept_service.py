"""Concepts that extend others in the experience service: whom a publication reaches, and in which order it may come."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.experience.service import ELEVEN, Service
from touchline_contracts import TOUCHPOINTS, AnyEvent
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted

HOUR = timedelta(hours=1)


@pytest.fixture
def service():
    service = Service()
    yield service
    service.rows.connection.close()


def published(service: Service, at: datetime, name: str, version: int = 1, store: str = "riga-1", **concept: Any):
    document = {"concept": name, "version": version, **concept}
    data = ConceptPublished(concept=document, version=version)
    return service.event(data, at, journey=None).model_copy(update={"store": store})


def brand(service: Service, at: datetime, greeting: str, version: int = 1) -> AnyEvent:
    return published(service, at, "brand", version, store="*", title="Brand", stores=[], greeting=greeting)


def own(service: Service, at: datetime, **concept: Any) -> AnyEvent:
    return published(service, at, "own", extends="brand", stores=["riga-1"], **concept)


def greeted_within(service: Service, journey: str, at: datetime) -> float:
    """How long the concept of a journey that begins now lets a customer wait, by what is published of it."""
    arrived = service.event(CustomerArrived(channel="door"), at, journey=journey)
    greeted = service.event(CustomerGreeted(), at + timedelta(seconds=30), journey=journey)
    service.take_in(arrived, greeted, now=at + timedelta(seconds=30))
    return expected(service, journey)


def expected(service: Service, journey: str) -> float:
    latest = [each.data for each in service.published() if each.subject == journey][-1]
    (line,) = [line for line in latest.lines if line.line.startswith("greeting")]
    return round(30 * line.ratio)


def test_a_new_version_of_the_brand_reaches_journeys_that_begin_from_then_on_and_no_others(service):
    service.take_in(brand(service, ELEVEN - HOUR, "60s"), own(service, ELEVEN - HOUR), now=ELEVEN)
    assert greeted_within(service, "before", ELEVEN) == 60

    service.take_in(brand(service, ELEVEN + HOUR, "90s", version=2), now=ELEVEN + HOUR)
    service.take_in(*service.published(TOUCHPOINTS.name), now=ELEVEN + HOUR)
    service.restart()

    assert greeted_within(service, "after", ELEVEN + HOUR) == 90
    service.take_in(service.event(CustomerGreeted(), ELEVEN + HOUR, journey="before"), now=ELEVEN + HOUR)
    assert expected(service, "before") == 60


def test_what_a_concept_builds_on_may_come_later_and_then_reaches_its_journeys(service):
    service.take_in(published(service, ELEVEN - 2 * HOUR, "old", title="Old", greeting="30s"), now=ELEVEN)
    with capture_logs() as logs:
        service.take_in(own(service, ELEVEN - HOUR, adequate=0.7), now=ELEVEN)
        assert greeted_within(service, "j", ELEVEN) == 30
    assert [each["why"].split(":")[0] for each in logs if "why" in each] == [
        "concept own version 1 extends brand, and no concept of that name was published"
    ]

    service.take_in(brand(service, ELEVEN - HOUR, "60s"), now=ELEVEN)
    assert [each.subject for each in service.published(TOUCHPOINTS.name)] == ["j"]
    service.take_in(*service.published(TOUCHPOINTS.name), now=ELEVEN + HOUR)

    latest = service.latest()
    assert (expected(service, "j"), latest.concept, latest.adequate) == (60, "own", 0.7)
    assert [(each.concept, each.version) for each in latest.concept_builds_on] == [("brand", 1)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_which_order_publications_come_changes_no_evaluation(service, order):
    events = [
        brand(service, ELEVEN - HOUR, "60s"),
        brand(service, ELEVEN - HOUR, "90s", version=2),
        own(service, ELEVEN - HOUR),
    ]
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN, journey="j"), now=ELEVEN)

    with capture_logs():
        for number in order:
            service.take_in(events[number], now=ELEVEN)
            service.take_in(*service.published(TOUCHPOINTS.name), now=ELEVEN + HOUR)

    assert greeted_within(service, "j", ELEVEN) == 90


def test_a_concept_that_is_wrong_whatever_it_builds_on_is_refused(service):
    with pytest.raises(ValueError, match="concept own: adequate: must be above 0, at most 1, got 2"):
        service.take_in(own(service, ELEVEN, adequate=2), now=ELEVEN)


def test_a_brand_for_no_store_by_itself_has_no_journey_looked_at_that_does_not_build_on_it(service):
    service.take_in(published(service, ELEVEN - 2 * HOUR, "old", title="Old"), now=ELEVEN)
    service.take_in(service.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)

    service.take_in(brand(service, ELEVEN - HOUR, "60s"), now=ELEVEN)

    assert service.published(TOUCHPOINTS.name) == []
