"""The traffic of many stores: journeys side by side, in the order in which their events happen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from services.commands.concept import concept_events
from services.commands.concept_reading import ConceptFile, read_file
from services.experience.adapters.concept_file import concept_from_document
from services.experience.domain.concept import ServiceConcept
from services.touchpoints.shell.service import Name
from tests.bench.journeys import EVENTS_PER_JOURNEY, SELLERS, SHOPS, Visit, journey_events
from touchline_contracts import AnyEvent, told_by

SEED = 20261121
"""The same traffic in every run, but for the time of day."""
WINDOW = timedelta(hours=2)
"""Journeys begin during this time before now: a service that reads them was away for as long."""
LAST_JOURNEY = timedelta(minutes=70)
"""Before now: by then a journey has run its course."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""From when the concepts hold."""
CONCEPTS = Path(__file__).parents[2] / "deploy" / "concepts"


@dataclass(frozen=True)
class Traffic:
    """Events of whole journeys, in the order in which they are sent."""

    events: list[AnyEvent]
    journeys: int

    @property
    def bodies(self) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of each event."""
        for event in self.events:
            yield event.key.encode(), event.to_json()


def traffic(events: int, *, shuffled: bool = False) -> Traffic:
    """So many events, rounded up to whole journeys, over all stores.

    As real traffic brings them: journeys overlap, and each keeps its order. `shuffled`: in no order at all.
    """
    chance = Random(SEED)  # noqa: S311  # traffic, not secrets
    journeys = -(-events // EVENTS_PER_JOURNEY)
    began = datetime.now(UTC) - WINDOW - LAST_JOURNEY
    stores = SHOPS + SELLERS
    all_events = [
        event
        for number in range(journeys)
        for event in journey_events(Visit(number, chance.choice(stores), began + WINDOW * chance.random(), chance))
    ]
    if shuffled:
        chance.shuffle(all_events)
    else:
        all_events.sort(key=lambda event: event.time)
    return Traffic(all_events, journeys)


def told_to(service: Name, events: list[AnyEvent]) -> list[AnyEvent]:
    """Those events that one touchpoint service takes."""
    types = {kind.type for kind in told_by(service)}
    return [event for event in events if event.type in types]


def concepts() -> list[AnyEvent]:
    """The service concepts of all stores, as they are published: shipped ones, held by the stores of the bench."""
    return [event for each in _concept_files() for event in concept_events(each, now=LONG_AGO)]


def concepts_by_store() -> dict[str, ServiceConcept]:
    """The concept that each store keeps."""
    shops, sellers = _concept_files()
    return dict.fromkeys(SHOPS, shops.concept) | dict.fromkeys(SELLERS, sellers.concept)


def _concept_files() -> tuple[ConceptFile, ConceptFile]:
    shipped = read_file(CONCEPTS / "hardware-shop.yaml")
    document = shipped.document | {"stores": list(SHOPS)}
    shops = ConceptFile(path=shipped.path, document=document, concept=concept_from_document(document))
    return shops, read_file(CONCEPTS / "marketplace.yaml")
