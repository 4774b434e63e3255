"""What the use cases need from outside: a transaction of the store, and how an assessment is told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from services.chassis.bookkeeping import Bookkeeping, Outgoing
from services.experience.domain.assessment import Assessment
from services.experience.domain.attention import Attention
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import Happening
from services.experience.domain.tally import NO_PROMISES, PromiseTally

Identity = tuple[str, str, str]
"""Store, source, id of an event."""
JourneyKey = tuple[str, str]
"""Store and journey id."""


class Incoming(NamedTuple):
    """An event as it came in: what it says, and its bytes."""

    happening: Happening
    body: bytes


class StoredEvent(NamedTuple):
    """An event as it is kept, for as long as its journey is."""

    identity: Identity
    journey: str | None
    at: datetime
    """When it happened, as far as it was believed when it came in."""
    late: bool
    """It came after its journey had closed."""
    body: bytes


class Notice(NamedTuple):
    """That a line was said to need attention, and what became of it."""

    since: datetime
    state: Literal["named", "cleared", "retracted"]


class JourneyRecord(NamedTuple):
    """What is kept of a journey beside its events, all of which could be worked out again but for `notices`."""

    key: JourneyKey
    version: int = 0
    closed_at: datetime | None = None
    events: int = 0
    evaluated_events: int = 0
    """How many of them the last evaluation took account of."""
    late_events: int = 0
    news_from: datetime | None = None
    """When the first of those happened that no evaluation has taken account of yet."""
    put_off_at: datetime | None = None
    """Since when the journey waits for its evaluation, because there was a backlog."""
    notices: Mapping[str, Notice] = MappingProxyType({})
    promises: PromiseTally = NO_PROMISES
    deadline: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedConcept:
    """A version of a service concept, and from when it holds in which store (`*`: every store without its own)."""

    store: str
    from_: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a journey stands after a transaction: what is published of it."""

    record: JourneyRecord
    assessment: Assessment
    attention: tuple[Attention, ...]
    retracted: tuple[str, ...]
    replay: bool


class Transaction(Bookkeeping, Protocol):
    """One transaction on the store: nothing of it is seen before its commit. All queries take many keys at once."""

    def add_events(self, events: Sequence[StoredEvent]) -> set[Identity]:
        """Keep those events that are not kept yet, and say which were. No two of them may have one identity."""
        ...

    def events_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, list[StoredEvent]]:
        """The events of journeys; a journey without any is missing."""
        ...

    def surroundings_of(self, since: Mapping[str, datetime]) -> dict[str, list[StoredEvent]]:
        """The store-wide events of each store, from an instant on."""
        ...

    def journeys(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, JourneyRecord]:
        """The records of journeys; one that was never heard of is missing."""
        ...

    def save_journeys(self, records: Iterable[JourneyRecord]) -> None:
        """Keep the records of journeys, in place of older ones."""
        ...

    def journeys_since(self, store: str, since: datetime) -> list[JourneyKey]:
        """The journeys of a store, or of all (`*`), that are open or have closed at `since` or later."""
        ...

    def due(self, now: datetime, limit: int) -> list[JourneyKey]:
        """Journeys whose deadline has come, the longest overdue first."""
        ...

    def next_deadline(self) -> datetime | None:
        """The earliest deadline of all."""
        ...

    def add_concept(self, concept: PublishedConcept) -> None:
        """Keep a published concept."""
        ...

    def count_concepts(self) -> int:
        """How many were published: tells whether there is a new one."""
        ...

    def concepts(self) -> list[PublishedConcept]:
        """All published concepts."""
        ...


Decode = Callable[[bytes], Happening]
"""Reads the bytes of a kept event again."""
ReadConcept = Callable[[Mapping[str, Any]], ServiceConcept]
"""Reads a published concept. Raises ValueError, saying what is wrong with it."""
Tell = Callable[[Standing], Outgoing]
"""How a journey stands, as a message."""
TellAgain = Callable[[JourneyKey, Sequence[Happening]], Outgoing]
"""That a journey has to be looked at again because of store-wide events, as a message."""
