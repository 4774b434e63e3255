"""An alert: one line of one journey, or of a store, that somebody has to look after, from its opening to its end."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from services.alerts.domain.phrase import Phrase

Severity = Literal["warning", "critical"]
"""Critical: it has already gone wrong."""

Edition = tuple[int, int]
"""Epoch and version of an evaluation."""

WHOLE_STORE: Final = ""
"""Stands where the journey's name would, for what is about a store as a whole: no journey is called so."""


class State(StrEnum):
    """Whether an alert still needs somebody."""

    OPEN = "open"
    RESOLVED = "resolved"
    RETRACTED = "retracted"
    """A late fact has shown that there was no ground for it."""
    CLOSED = "closed"
    """A person has put an end to it: the cause may still be there, and opens it again when it gets worse."""


class Grade(StrEnum):
    """How a journey ended that somebody was alerted to."""

    PENDING = "pending"
    """The alert is resolved, the journey has not ended."""
    SAVED = "saved"
    """It ended at or above adequate all the same."""
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What is wrong with a line of a journey or a store, as the evaluation says it: for people who have to act."""

    line: str
    severity: Severity
    reason: str
    headline: str
    remedy: str
    call: str | None = None
    until: datetime | None = None
    """When it is too late to act; None when it is, or when there is no such time."""
    cause_at: datetime | None = field(default=None, compare=False)
    """When it came to be so: something happened, or the time passed by which it should have. None: nobody has said."""
    phrase: Phrase | None = field(default=None, compare=False)
    """The headline, for every language; None: it is only there in English."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a journey, or a store as a whole, stands, as far as alerts need to know."""

    store: str
    journey: str
    version: int
    """Rises with each evaluation."""
    epoch: int = 0
    """Rises when the evaluating service has lost its database: then versions begin again."""
    ended: bool = False
    """Nothing can be done about it any more; a store never ends."""
    replay: bool = False
    """History: pages nobody."""
    disproved: frozenset[str] = frozenset()
    """Lines once said to need attention, which later facts disproved."""
    as_of: datetime

    @property
    def key(self) -> tuple[str, str]:
        """Store and journey id."""
        return (self.store, self.journey)

    @property
    def edition(self) -> Edition:
        """Rises with each evaluation, whatever becomes of the evaluating service's database."""
        return (self.epoch, self.version)

    @property
    def grade(self) -> Grade | None:
        """How an alert counts in the end; None for a store, which has none."""
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class JourneyStanding(Standing):
    """How a journey stands."""

    kv: float
    forecast: float
    risk: float
    adequate: float
    """The KV below which the customer is let down."""

    @property
    def grade(self) -> Grade:
        """How an alert about this journey counts in the end."""
        if not self.ended:
            return Grade.PENDING
        return Grade.SAVED if self.kv >= self.adequate else Grade.LOST


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What a person did about an alert. `by` names nobody: it is an opaque id."""

    by: str
    at: datetime
    comment: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze(Act):
    """Somebody wants to hear of an alert again later."""

    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One alert. There is one for each journey (or store) and line, however often the line goes wrong."""

    store: str
    journey: str
    """`WHOLE_STORE` where it is about no journey."""
    finding: Finding
    """What is wrong, in its latest words; the severity is the highest since the alert was opened."""
    state: State = State.OPEN
    grade: Grade | None = None
    opened_at: datetime
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    steps: int = 1
    """How many times something was told of it: opened, repeated, acknowledged, resolved, graded, opened again."""
    version: int
    """The evaluation that changed it last."""
    acknowledged: Act | None = None
    """Who has taken it, since it was opened."""
    snoozed: Snooze | None = None
    """Who wants to hear of it later. Nobody has taken it then: what was said last holds."""
    closed: Act | None = None
    """Who has put an end to it, and why."""
    repeats: int = 0
    """How many times it was told again unchanged, since it was opened or got worse."""
    repeat_at: datetime | None = None
    """When it is told again, unless something happens to it before; None: never."""

    @property
    def is_attended(self) -> bool:
        """Whether somebody has taken it, or wants to hear of it later."""
        return self.acknowledged is not None or self.snoozed is not None

    @property
    def of_store(self) -> bool:
        """Whether it is about a store as a whole."""
        return self.journey == WHOLE_STORE

    @property
    def line(self) -> str:
        """The line that went wrong: the cause of the alert."""
        return self.finding.line

    @property
    def cause(self) -> str:
        """What it has in common with alerts of other journeys in its store."""
        return cause_of(self.line)

    @property
    def alert_id(self) -> str:
        """The alert's name for ever."""
        return alert_id(self.store, self.journey, self.line)


def cause_of(line: str) -> str:
    """What the same line of other journeys has in common with it: all who wait at one stage wait in one queue."""
    kind, _, name = line.partition("/")
    return f"{kind}/{name.partition('/')[0]}" if kind == "stage" else line


def is_shared(cause: str) -> bool:
    """Whether what is done about a cause is done for all journeys at once: a room is cleaned, another till opened.

    Else each customer has to be helped, however many are in the same trouble: whoever waits at the door, for one.
    """
    return cause.partition("/")[0] in {"cleanliness", "stage"}


def alert_id(store: str, journey: str, line: str) -> str:
    """The name of the alert about a line: made of what never changes, so that a rebuild finds the same alert again."""
    return hashlib.sha256(f"{store}\n{journey}\n{line}".encode()).hexdigest()[:32]
