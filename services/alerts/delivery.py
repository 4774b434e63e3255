"""What is sent to people and how far that has come: deliveries, the channels they go through, and the store's part."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from services.alerts.domain.account import Case
from services.alerts.domain.pacing import Said

FAIL_OVER_AFTER = timedelta(seconds=30)
"""What has not arrived so long after it was first due is given to the next channel as well."""
FAIL_OVER_ATTEMPTS = 2
"""So is what was tried in vain so often."""


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
    taken: bool = False
    """Somebody had its cause when it was put into the message: it calls nobody."""


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
    """Not tried yet."""
    begun: list[Delivery]
    """Tried in vain, in a message."""


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


class Ledger(Protocol):
    """What a transaction knows of deliveries. Times are those of the network, not of the handed clock."""

    def add_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Keep what is to be delivered. What is there already stays as it is: it may have been sent."""
        ...

    def told_through(self, alert_ids: Collection[str]) -> dict[str, set[str]]:
        """By alert, the channels that were given something of it, whatever else is known of it.

        One that none was given anything of is missing.
        """
        ...

    def told_of(self, channel: str, alert_ids: Collection[str]) -> dict[str, bool]:
        """Of these alerts those of which something has arrived; whether it was a call, not told as somebody's."""
        ...

    def due_deliveries(self, channel: str, now: datetime, limit: int) -> list[Delivery]:
        """What is to be delivered now, the longest waiting first: of each alert the earliest step alone.

        What is being sent is due again when nobody has said what came of it in time.
        """
        ...

    def undelivered(self, channel: str, now: datetime, limit: int) -> Undelivered:
        """What waits in a channel to one person, also what is not due yet, the longest due first.

        Nothing as long as nothing is due, or something is under way.
        """
        ...

    def waiting_in(self) -> set[str]:
        """The channels in which something waits."""
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

        Without a message's id only those that are due `now`; those of one message may be taken before they are due, and
        it is kept with them which of them are told as somebody's.
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
