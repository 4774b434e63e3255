"""What the use cases need from outside: a transaction of the store, and how an assessment is told."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from services.chassis.bookkeeping import Bookkeeping, Outgoing
from services.experience.domain.assessment import Assessment
from services.experience.domain.attention import Attention
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.good_news import GoodNews
from services.experience.domain.happening import Happening
from services.experience.domain.store_assessment import StoreAssessment
from services.experience.domain.store_attention import Need
from services.experience.domain.tally import NO_PROMISES, PromiseTally
from services.experience.domain.track_record import Settled, Settlement, Subject

Identity = tuple[str, str, str]
"""Store, source, id of an event."""
JourneyKey = tuple[str, str]
"""Store and journey id."""


SettledOn = tuple[str, Subject, date, Settled]
"""What was settled of a subject on a day, in a store or everywhere."""


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
    settled: tuple[Settlement, ...] = ()
    """What the journey has added to the track records."""
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
    good_news: GoodNews | None = None


class StoreRecord(NamedTuple):
    """What is kept of a store as a whole beside what happened there."""

    store: str
    version: int = 0
    known_from: datetime | None = None
    """When the first of those store-wide things happened that still matter; what was before is settled."""
    news_from: datetime | None = None
    """When the first of those happened that no evaluation has taken account of yet."""
    put_off_at: datetime | None = None
    notices: Mapping[str, Notice] = MappingProxyType({})
    neglect: float = 0.0
    unread_by: int = 0
    """How many units have not acknowledged the concept."""
    deadline: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StoreStanding:
    """How a store stands after a transaction: what is published of it."""

    record: StoreRecord
    assessment: StoreAssessment
    needs: tuple[tuple[datetime, Need], ...]
    """What needs attention, each with since when."""
    retracted: tuple[str, ...]
    replay: bool

    @property
    def says_anything(self) -> bool:
        """Whether there is anything to say about the store: of most events it is that all is as it should be."""
        assessment = self.assessment
        told = (assessment.faults, assessment.slips, assessment.coverage, assessment.disagreements, self.retracted)
        return any(told) or self.record.deadline is not None


MatterKind = Literal["slip", "visit", "reading"]
"""A minor problem, a mystery visit that was reported, a concept that a unit has acknowledged."""


class Matter(NamedTuple):
    """An event that concerns its store as a whole, for longer or of another journey than others."""

    store: str
    matter: MatterKind
    at: datetime
    identity: Identity


class Unfinished(ValueError):
    """A service concept is right in itself, and lacks what it builds on. Read it together with that."""


class Transaction(Bookkeeping, Protocol):
    """One transaction on the store: nothing of it is seen before its commit. All queries take many keys at once."""

    def epoch(self, now: datetime) -> datetime:
        """When this database was begun: it is kept from when it is first asked for; 1970 where nobody has kept it.

        Call it before anything else: of several workers that ask an empty database at once all but one have to wait.
        """
        ...

    def hold_stores(self, stores: Collection[str], alone: Collection[str]) -> None:
        """Until the commit no other worker takes in anything of the stores held `alone`; `stores` are all concerned.

        Call it before anything is read that must not be behind what others have committed.
        """
        ...

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
        """The records of journeys, which nobody else changes until the commit; one never heard of is missing."""
        ...

    def save_journeys(self, records: Iterable[JourneyRecord]) -> None:
        """Keep the records of journeys, in place of older ones."""
        ...

    def settled_in(self, stores: Collection[str]) -> Iterable[SettledOn]:
        """All that was settled in stores."""
        ...

    def add_settled(self, settled: Sequence[SettledOn]) -> None:
        """Count in what was settled; negative where it has turned out not to be so."""
        ...

    def journeys_since(self, store: str, since: datetime) -> list[JourneyKey]:
        """The journeys of a store, or of all (`*`), that are open or have closed at `since` or later."""
        ...

    def due(self, now: datetime, limit: int) -> list[JourneyKey]:
        """Journeys whose deadline has come; not those that another worker looks at now.

        The longest overdue first; then those that were put off, and of these first what has happened last: somebody may
        still act on it, and nobody can on what a backlog tells of last year.
        """
        ...

    def next_deadline(self) -> datetime | None:
        """The earliest deadline of all."""
        ...

    def stores(self, names: Iterable[str]) -> dict[str, StoreRecord]:
        """The records of stores, which nobody else changes until the commit; one never looked at is missing."""
        ...

    def save_stores(self, records: Iterable[StoreRecord]) -> None:
        """Keep the records of stores, in place of older ones."""
        ...

    def add_matters(self, matters: Iterable[Matter]) -> None:
        """Keep which events concern their stores; the events themselves are kept already."""
        ...

    def matters_of(self, store: str, *, slips_since: datetime, visits_since: datetime) -> list[StoredEvent]:
        """Slips, all that happened in journeys with a mystery visit reported since then, and every acknowledgement."""
        ...

    def due_stores(self, now: datetime, limit: int) -> list[str]:
        """Stores whose deadline has come, the longest overdue first; not those that another worker looks at now."""
        ...

    def known_stores(self) -> list[str]:
        """Every store of which anything is kept."""
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
ReadConcept = Callable[[Sequence[Mapping[str, Any]]], ServiceConcept]
"""Reads a published concept: the documents that it builds on, the eldest first, and its own last.

Raises ValueError, saying what is wrong with it; Unfinished when other documents to build on could mend that."""
Tell = Callable[[Standing, datetime], Outgoing]
"""How a journey stands, as a message, with the epoch of the database."""
TellAgain = Callable[[JourneyKey, Sequence[Happening]], Outgoing]
"""That a journey has to be looked at again because of store-wide events, as a message."""
TellStore = Callable[[StoreStanding, datetime], Outgoing]
"""How a store as a whole stands, as a message, with the epoch of the database."""
