"""The ledger: a line for each expectation, what came of it so far, and what is still to come."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from services.experience.domain.concept import Standard, Unit
from services.experience.domain.phrase import Phrase, phrase

State = Literal[
    "open", "overdue", "met", "exceeded", "short", "never",
    "made", "confirmed", "declined", "kept", "broken", "withdrawn",
    "reported", "owned", "resolved", "refused",
]  # fmt: skip
Gap = Literal["design", "performance", "communication"]

LEAST_SPAN = timedelta(seconds=1)
"""Shorter spans are taken as this long, so that a ratio of times always exists."""


class Cost(NamedTuple):
    """What a problem cost, as it was booked: in the classes of the cost of quality (Feigenbaum 1956)."""

    amount: float
    currency: str
    cost_class: str


class Signs(NamedTuple):
    """What is known of an open promise that bears on whether it will be kept."""

    what: str
    """The kind of promise."""
    used: float
    """The share of its span that has passed."""
    confirmed: bool = False
    declined: bool = False
    unconfirmed: bool = False
    """Nobody has confirmed it in time."""
    slipped: bool = False
    """An internal hand-off that it depends on is late or was declined, or an attempt to deliver has failed."""
    handed_over: bool = False
    """All internal hand-offs that are about it have been accepted, and there was one."""
    carried_by: tuple[str, ...] = ()


class Line(NamedTuple):
    """One expectation of one journey."""

    id: str
    """Names the line for ever, whatever becomes of it: promise/p-1."""
    standard: Standard
    state: State
    began_at: datetime
    """When the expectation arose."""
    said_by: str
    ratio: float | None = None
    """KP / KL, above 1 is better; None while nothing has come out."""
    experienced: float | None = None
    """KP, in the standard's unit."""
    at: datetime | None = None
    """When the outcome came, or None while the line runs."""
    due: datetime | None = None
    expected: Phrase | None = None
    """The expectation, where the standard's own label does not say it all."""
    told: Phrase | None = None
    """The outcome, where the state does not say it all."""
    is_promise: bool = False
    settled: bool = True
    """False: more may come out, the ratio is what is certain so far."""
    carried_by: tuple[str, ...] = ()
    """Of a promise: the units that carry it out, whoever is responsible first."""
    handoff_share: float = 0.0
    """Of a promise: the share of its span after which the work for it was handed over; 0 without a hand-off."""
    signs: Signs | None = None
    """Of an open promise: what bears on its chance."""
    chance: float | None = None
    """Of an open promise: the chance that it will be kept."""
    prospect: float | None = None
    """Of any other unsettled line: the ratio it is heading for, where that is not the ratio so far."""
    confirm_by: datetime | None = None
    gap: Gap | None = None
    put_right: bool = False
    """A failure that was put right later no longer drags the whole journey down."""
    trust: float = 1.0
    """How much whoever reported it counts, 0 to 1: the ratio is weighed as ratio ** trust."""
    critical: bool = False
    """A failure that weighs more than usual: a second one after a recovery, or a critical problem."""
    severity: str | None = None
    """Of a problem: minor, major or critical, as it weighs."""
    costs: tuple[Cost, ...] = ()
    """Of a problem: what it cost, as far as that was told."""
    cause: str | None = None
    """Of a problem: the line that had fallen short at the same touchpoint before."""


def seconds(span: timedelta) -> float:
    """A span in seconds, at least `LEAST_SPAN`."""
    return max(span, LEAST_SPAN).total_seconds()


def verdict(ratio: float, polarity: int = 1) -> State:
    """How a standard came out."""
    if ratio == 0:
        return "never"
    if ratio == 1:
        return "met"
    return "exceeded" if (ratio > 1) == (polarity > 0) else "short"


def rated(line_id: str, standard: Standard, score: float, at: datetime, *, trust: float = 1.0) -> Line:
    """A line for a score against the concept's. `trust`: how much its observer counts."""
    ratio = score / standard.expected
    return Line(
        id=line_id, standard=standard, state=verdict(ratio, standard.polarity), began_at=at, at=at,
        said_by="service concept", ratio=ratio, experienced=score, trust=trust,
    )  # fmt: skip


def done(line_id: str, standard: Standard, ratio: float, at: datetime, *, told: Phrase) -> Line:
    """A line for something that was done, or not as it should be (`ratio` below 1)."""
    return Line(
        id=line_id, standard=standard, state=verdict(ratio, standard.polarity), began_at=at, at=at,
        said_by="service concept", ratio=ratio, experienced=ratio, told=told,
    )  # fmt: skip


def waited(
    line_id: str,
    standard: Standard,
    began_at: datetime,
    ended_at: datetime | None,
    *,
    now: datetime,
    felt: float = 1.0,
    gave_up_at: datetime | None = None,
) -> Line:
    """A line for a time that may take at most `standard.expected` seconds.

    While it runs within the standard nothing is certain; beyond it, at least the loss so far is.
    `felt` is how long a second feels. A customer who gave up waiting got nothing at all (ratio 0).
    """
    due = began_at + timedelta(seconds=standard.expected)
    state: State = "open"
    ratio: float | None = None
    elapsed: float | None = None
    at: datetime | None = None
    if ended_at is None and gave_up_at is not None:
        state, ratio, at = "never", 0.0, gave_up_at
    elif ended_at is not None:
        elapsed, at = seconds(ended_at - began_at), ended_at
        ratio = standard.expected / (elapsed * felt)
        state = verdict(ratio)
    elif now > due:
        elapsed = seconds(now - began_at)
        # However well it was explained: what takes longer than it should is no gain.
        state, ratio = "overdue", min(standard.expected / (elapsed * felt), 1.0)
    return Line(
        id=line_id, standard=standard, state=state, began_at=began_at, due=due, at=at, said_by="service concept",
        ratio=ratio, experienced=elapsed, settled=at is not None,
    )  # fmt: skip


def expectation(line: Line) -> Phrase:
    """What is to be said of the expectation."""
    if line.expected is not None:
        return line.expected
    standard = line.standard
    if standard.unit is Unit.SECONDS:
        return phrase("expected.within", what=standard.label, within=round(standard.expected))
    if standard.unit is Unit.SCORE:
        return phrase("expected.score", what=standard.label, score=standard.expected)
    return phrase("expected.done", what=standard.label)


def outcome(line: Line) -> Phrase:
    """What is to be said of what came of it."""
    if line.told is not None:
        return line.told
    if line.experienced is not None and line.standard.unit is Unit.SECONDS:
        return phrase("outcome.took" if line.settled else "outcome.so_far", took=round(line.experienced))
    if line.experienced is not None and line.standard.unit is Unit.SCORE:
        return phrase("outcome.score", score=line.experienced)
    return Phrase(f"state.{line.state}")
