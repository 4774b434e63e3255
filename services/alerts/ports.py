"""What the use cases need from outside: a transaction of the store, and how a step of an alert is told."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from services.alerts.domain.account import Case
from services.alerts.domain.alert import Act, Alert, Edition, Finding, JourneyStanding, State
from services.alerts.domain.decision import Step
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.pacing import Said
from services.alerts.domain.store import StoreStanding
from services.chassis.bookkeeping import Bookkeeping, Outgoing

FAIL_OVER_AFTER = timedelta(seconds=30)
"""What has not arrived so long after it was first due is given to the next channel as well."""
FAIL_OVER_ATTEMPTS = 2
"""So is what was tried in vain so often."""
JourneyKey = tuple[str, str]
"""Store and journey id; an empty one for the store as a whole."""
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """An evaluation of a journey, or of a store as a whole, as it came in."""

    standing: JourneyStanding | StoreStanding
    findings: Mapping[str, Finding]
    """What needs attention, by line."""
    ledger: tuple[LedgerEntry, ...] = ()
    good_news: GoodNews | None = None
    traceparent: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One step of an alert that is to be told."""

    step: Step
    case: Case
    at: datetime
    act: Act | None = None
    """What a person did, where that is the step."""
    traceparent: str | None = None

    @property
    def asked_at(self) -> datetime | None:
        """When the evaluation was made that asks for somebody; None for a step that asks for nobody."""
        return self.case.standing.as_of if self.step in {Step.OPENED, Step.ESCALATED} else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One step of an alert for one channel. Its id stays the same, however often it is sent."""

    delivery_id: str
    alert_id: str
    step: int
    """Deliveries of an alert go out in this order."""
    channel: str
    body: bytes
    asked_at: datetime | None = None
    """See `Told.asked_at`: by the handed clock."""
    attempts: int = 0
    first_tried_at: datetime | None = None
    pass_on_at: datetime | None = None
    """When the next channel is given it as well; None: it has been, or need not be."""
    due_at: datetime | None = field(default=None, compare=False)
    """Not before this; None: at once."""
    cause: str | None = None
    """What is one message for a person has the same; None: it is told to nobody in particular, and each by itself."""
    message_id: str | None = None
    """The message that it was sent in, if there was an attempt; what was in one is sent in it again."""


def personal(way: str, person: str) -> str:
    """The name of a channel to one person."""
    return f"{way}:{person}"


def way_of(channel: str) -> str:
    """By which way a channel tells, without whom: what may be counted."""
    return channel.partition(":")[0]


def is_personal(channel: str) -> bool:
    """Whether a channel leads to one person."""
    return ":" in channel


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What goes out at once."""

    delivery: Delivery
    """As the channel sends it: the one that it is, or a digest of several."""
    members: tuple[Delivery, ...]
    """What has been told when it has arrived."""


class Undelivered(NamedTuple):
    """What waits in a channel to one person."""

    fresh: list[Delivery]
    """Not sent yet, whenever they are due."""
    begun: list[Delivery]
    """Tried in vain, and due again."""


class OpenAlerts(NamedTuple):
    """The open alerts of one severity."""

    number: int
    unattended: int
    """Those that nobody has taken or put off."""
    oldest_at: datetime
    """When the one was opened that has been open the longest."""


class Fate(StrEnum):
    """What became of an attempt to deliver."""

    SENT = "sent"
    REFUSED = "refused"
    """Try again later."""
    GONE = "gone"
    """The receiver wants nothing from us any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """How an attempt to deliver went."""

    fate: Fate
    why: str = ""
    """In words, without addresses or secrets."""
    wait_seconds: float | None = None
    """For so long the receiver wants to be left alone; None: it did not say."""


class Channel(Protocol):
    """A way to reach people. Never raises for what the network or the receiver does."""

    name: str
    where: str
    """Where it goes, for people: without anything secret."""

    async def send(self, delivery: Delivery) -> Attempt:
        """Try once to deliver."""
        ...


class Board(Channel, Protocol):
    """A channel that forgets what is open unless it is told again."""

    async def repeat(self, still_open: Callable[[], Awaitable[Sequence[Case]]]) -> Attempt:
        """Try once to tell it all that is open, as it is read now: an end that is sent meanwhile arrives after it."""
        ...


class Transaction(Bookkeeping, Protocol):
    """One transaction on the store. Nothing of it is seen before it is committed; queries take many keys at once."""

    def editions(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, Edition]:
        """The last handled evaluation of each journey or store; one that was never heard of is missing."""
        ...

    def alerts_of(self, keys: Iterable[JourneyKey]) -> dict[JourneyKey, dict[str, Alert]]:
        """The alerts of journeys and stores, by line; one without any is missing.

        Nobody else changes them until the commit.
        """
        ...

    def save_journeys(self, standings: Iterable[JourneyStanding]) -> None:
        """Keep how journeys stand."""
        ...

    def save_stores(self, standings: Iterable[StoreStanding]) -> None:
        """Keep how stores as a whole stand."""
        ...

    def store(self, name: str) -> StoreStanding | None:
        """How a store stands; None when nothing was heard of it as a whole."""
        ...

    def stores(self, limit: int) -> list[StoreStanding]:
        """How stores stand, the most neglected first."""
        ...

    def noticed(self, keys: Iterable[JourneyKey]) -> set[JourneyKey]:
        """Those of these journeys that good news was given of."""
        ...

    def save_notices(self, notices: Iterable[Notice]) -> None:
        """Keep good news; what is there already stays as it is."""
        ...

    def notices(self, since: datetime, limit: int) -> list[Notice]:
        """Good news given since then, the latest first."""
        ...

    def save_ledgers(self, ledgers: Mapping[JourneyKey, tuple[LedgerEntry, ...]]) -> None:
        """Keep the ledgers of journeys that somebody was alerted to."""
        ...

    def save_alerts(self, alerts: Iterable[Alert]) -> None:
        """Keep alerts, in place of what was known of them."""
        ...

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Keep what is to be delivered. What is there already stays as it is: it may have been sent."""
        ...

    def told_through(self, alert_ids: Collection[str], *, arrived: bool = False) -> dict[str, set[str]]:
        """By alert, the channels that were given something of it, whatever else is known of it.

        One that none was given anything of is missing. `arrived`: only those of which something has arrived.
        """
        ...

    def cases(self, state: State | None, limit: int) -> list[Case]:
        """Alerts with their journeys, the latest first. None: whatever their state.

        Open ones by urgency: before all others those that nobody has taken or put off.
        """
        ...

    def closed_cases(self, limit: int) -> list[Case]:
        """Alerts that are not open any more, the latest first, without ledgers."""
        ...

    def case(self, alert_id: str, *, lock: bool = False) -> Case | None:
        """One alert with its journey. `lock`: nobody else changes the alert until the commit."""
        ...

    def to_repeat(self, now: datetime, limit: int) -> list[Case]:
        """Alerts that are to be told again by `now`, the longest due first, but for those that somebody is changing.

        Nobody else has them until the commit.
        """
        ...

    def open_alerts(self) -> dict[str, OpenAlerts]:
        """What is open, by severity; one without any is missing."""
        ...

    def beat(self, now: datetime) -> None:
        """Keep that all that came in by now has been read."""
        ...

    def last_beat(self) -> datetime | None:
        """Until when all that came in is known to have been read; None when that was never said."""
        ...

    def count_watched(self) -> int:
        """How many journeys are running."""
        ...

    def due_deliveries(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        """What is to be delivered now, the longest waiting first: of each alert the earliest step alone.

        What is being sent is due again when nobody has said what came of it in time.
        """
        ...

    def undelivered(self, channel: str, now: datetime, limit: int) -> Undelivered:
        """What waits in a channel to one person, the longest due first; nothing as long as nothing is due."""
        ...

    def said(self, channel: str, since: datetime) -> list[Said]:
        """The messages to one person that have arrived since then."""
        ...

    def hold(self, until: Mapping[str, datetime]) -> None:
        """Deliveries, by id, that are not due before an instant each."""
        ...

    def settle(self, delivery_ids: Collection[str]) -> None:
        """These need not be told any more."""
        ...

    def claim(
        self, deliveries: Sequence[Delivery], *, now: datetime, until: datetime, message_id: str | None = None
    ) -> list[Delivery]:
        """Mark deliveries that wait as being sent; those that no other worker has are ours until then.

        Without a message's id only those that are due `now`; those of one message may be taken before they are due.
        Commit before they go out. What a worker that died had claimed is due again afterwards.
        """
        ...

    def take_back(self, channel: str) -> None:
        """At the start: what was being sent is due at once, where no other worker can have it."""
        ...

    def pass_on(
        self, channel: str, to: str, *, now: datetime, arrived: Collection[str] = (), everything: bool = False
    ) -> int:
        """Give the next channel, too, what does not arrive through this one; and what follows on what it was given.

        Call before noting which have `arrived`: those need not be passed on, unless whoever was told of the alert's
        beginning waits for them. Returns how many deliveries were passed on.
        """
        ...

    def next_delivery_at(self, channel: str, *, after: datetime) -> datetime | None:
        """When, after an instant, the next delivery becomes due; None when none does."""
        ...

    def count_waiting(self, channel: str) -> int:
        """How many deliveries have not gone out yet."""
        ...

    def delivered(self, delivery_id: str, *, at: datetime | None = None) -> None:
        """The receiver has it. `at`: since when, where that counts."""
        ...

    def try_again(self, delivery_id: str, *, tried_at: datetime, next_at: datetime) -> None:
        """It was tried in vain. What has arrived meanwhile, or was given up, stays so."""
        ...

    def give_up(self, delivery_id: str) -> None:
        """It will never be delivered."""
        ...

    def give_up_all(self, channel: str) -> int:
        """Nothing of what is waiting will be delivered. Returns how many that were."""
        ...


class Transact(Protocol):
    """Runs work in one transaction: all of it is durable afterwards, or none if it raises."""

    async def __call__(self, work: Callable[[Transaction], Result]) -> Result:
        """Run it in the thread that owns the store."""
        ...


Announce = Callable[[Told], Outgoing]
"""A step of an alert as a Kafka message."""
Notify = Callable[[Told, Collection[str]], Sequence[Delivery]]
"""A step of an alert for each channel through which it is told, given those that were told of the alert before."""
Pass = Callable[[Notice], Outgoing]
"""Good news as a Kafka message: nobody is sent it, whoever wants to know reads it."""
