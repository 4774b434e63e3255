"""What the use cases need from outside: a transaction of the store, and how a step of an alert is told."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from services.alerts.delivery import Delivery, Ledger
from services.alerts.domain.account import Case
from services.alerts.domain.alert import Act, Alert, Edition, Finding, JourneyStanding, State
from services.alerts.domain.decision import Step
from services.alerts.domain.gaps import Told as GapsTold
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.record import Past
from services.alerts.domain.report import Report, Reported
from services.alerts.domain.store import StoreStanding
from services.alerts.domain.trail import Entry
from services.alerts.domain.user import Session, User
from services.chassis.bookkeeping import Bookkeeping, Outgoing

CauseKey = tuple[str, str]
"""Store and cause."""
JourneyKey = tuple[str, str]
"""Store and journey id; an empty one for the store as a whole."""
Result = TypeVar("Result")


class Reports(Protocol):
    """Tells the stores' own services what somebody reports."""

    def can_tell(self, report: Report) -> bool:
        """Whether there is a service for it."""
        ...

    async def tell(self, reported: Reported) -> None:
        """Tell it. Raises Problem when it was not taken: nothing has been reported then."""
        ...


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


class OpenAlerts(NamedTuple):
    """The open alerts of one severity."""

    number: int
    unattended: int
    """Those that nobody has taken or put off."""
    oldest_at: datetime
    """When the one was opened that has been open the longest."""


class View(Protocol):
    """What there is to see of some stores, or of all."""

    def cases(self, state: State | None, limit: int) -> list[Case]:
        """Alerts with their journeys, the latest first. None: whatever their state.

        Open ones by the time that is left: before all others those that nobody has taken or put off.
        """
        ...

    def open_lines(self, limit: int, *, after: int) -> list[Case]:
        """Open alerts in the same order, from the one after so many, without ledgers."""
        ...

    def past(self, since: datetime) -> list[Past]:
        """The alerts that were opened since then: how each has ended, and how soon somebody took it."""
        ...

    def closed_cases(self, limit: int) -> list[Case]:
        """Alerts that are not open any more, the latest first, without ledgers."""
        ...

    def case(self, alert_id: str, *, lock: bool = False) -> Case | None:
        """One alert with its journey. `lock`: nobody else changes the alert until the commit."""
        ...

    def open_alerts(self) -> dict[str, OpenAlerts]:
        """What is open, by severity; one without any is missing."""
        ...

    def count_watched(self) -> int:
        """How many journeys are running."""
        ...

    def store(self, name: str) -> StoreStanding | None:
        """How a store stands; None when nothing was heard of it as a whole."""
        ...

    def stores(self, limit: int) -> list[StoreStanding]:
        """How stores stand, the most neglected first."""
        ...

    def notices(self, since: datetime, limit: int) -> list[Notice]:
        """Good news given since then, the latest first."""
        ...


class Users(Protocol):
    """Those who sign in, their sessions, and what everybody did."""

    def user(self, name: str, *, lock: bool = False) -> User | None:
        """A user; None: there is none. `lock`: nobody else changes the user until the commit."""
        ...

    def users(self) -> list[User]:
        """All users, by name."""
        ...

    def save_user(self, user: User) -> None:
        """Keep a user, in place of what was known of him."""
        ...

    def remove_user(self, name: str) -> None:
        """Forget a user."""
        ...

    def session(self, name: str) -> tuple[Session, User] | None:
        """A session and whose it is; None: there is none."""
        ...

    def begin_session(self, session: Session) -> None:
        """Keep a session."""
        ...

    def note_session(self, session: Session) -> None:
        """Keep when a session was used last, if it has not been ended."""
        ...

    def end_session(self, name: str) -> None:
        """Forget a session."""
        ...

    def end_sessions_of(self, user: str) -> None:
        """Forget all sessions of a user."""
        ...

    def forget_sessions(self, now: datetime) -> None:
        """Forget those that have ended by themselves."""
        ...

    def record(self, entry: Entry) -> None:
        """Add to the audit trail."""
        ...

    def trail(self, about: str | None, since: datetime | None, limit: int) -> list[Entry]:
        """The latest of the audit trail, in order. `about`: what this user or program did, or was done to it."""
        ...


class Passwords(Protocol):
    """How passwords are kept. Each call takes long: never in the event loop."""

    def hashed(self, password: str) -> str:
        """What is kept of a password."""
        ...

    def matches(self, kept: str, password: str) -> bool:
        """Whether it is the password."""
        ...

    def is_out_of_date(self, kept: str) -> bool:
        """Whether it would be kept in another way today."""
        ...


class Transaction(Ledger, Bookkeeping, View, Users, Protocol):
    """One transaction on the store. Nothing of it is seen before it is committed; queries take many keys at once."""

    def view(self, stores: Collection[str] | None) -> View:
        """What there is to see of these stores; None: of all."""
        ...

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

    def noticed(self, keys: Iterable[JourneyKey]) -> set[JourneyKey]:
        """Those of these journeys that good news was given of."""
        ...

    def save_notices(self, notices: Iterable[Notice]) -> None:
        """Keep good news; what is there already stays as it is."""
        ...

    def save_ledgers(self, ledgers: Mapping[JourneyKey, tuple[LedgerEntry, ...]]) -> None:
        """Keep the ledgers of journeys that somebody was alerted to."""
        ...

    def save_alerts(self, alerts: Iterable[Alert]) -> None:
        """Keep alerts, in place of what was known of them."""
        ...

    def to_repeat(self, now: datetime, limit: int) -> list[Case]:
        """Alerts that are to be told again by `now`, the longest due first, but for those that somebody is changing.

        Nobody else has them until the commit.
        """
        ...

    def of_causes(self, causes: Collection[CauseKey], ended_since: datetime) -> dict[CauseKey, list[Alert]]:
        """The alerts of causes that are open, or have ended since; a cause without any is missing."""
        ...

    def look_again(self, alert_ids: Collection[str], at: datetime) -> None:
        """Those of these alerts that are open, and that nobody has, are told again then, unless they are before."""
        ...

    def beat(self, now: datetime) -> None:
        """Keep that all that came in by now has been read."""
        ...

    def last_beat(self) -> datetime | None:
        """Until when all that came in is known to have been read; None when that was never said."""
        ...

    def told_of_gaps(self, rota: str) -> GapsTold:
        """Of which hours without anybody on call somebody was told."""
        ...

    def save_told_of_gaps(self, rota: str, told: GapsTold) -> None:
        """Keep it."""
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
