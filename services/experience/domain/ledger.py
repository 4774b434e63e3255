"""The ledger: a line for each expectation, what came of it so far, and what is still to come."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from services.experience.domain.concept import Standard, Unit

State = Literal[
    "open", "overdue", "met", "exceeded", "short", "never",
    "made", "confirmed", "declined", "kept", "broken", "withdrawn",
    "reported", "owned", "resolved", "refused",
]  # fmt: skip
Gap = Literal["design", "performance", "communication"]

LEAST_SPAN = timedelta(seconds=1)
"""Shorter spans are taken as this long, so that a ratio of times always exists."""


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
    expected: str | None = None
    """The expectation in words, where the standard's own label does not say it all."""
    told: str | None = None
    """The outcome in words, where the state does not say it all."""
    is_promise: bool = False
    settled: bool = True
    """False: more may come out, the ratio is what is certain so far."""
    chance: float | None = None
    """Of an open promise: the chance that it will be kept."""
    prospect: float | None = None
    """Of any other unsettled line: the ratio it is heading for, where that is not the ratio so far."""
    confirm_by: datetime | None = None
    gap: Gap | None = None
    put_right: bool = False
    """A failure that was put right later no longer drags the whole journey down."""
    critical: bool = False
    """A failure that weighs more than usual: a second one after a recovery, or a critical problem."""

    @property
    def certain(self) -> bool:
        """Whether the line counts in the evaluation now."""
        return self.ratio is not None


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


def rated(line_id: str, standard: Standard, score: float, at: datetime, *, told: str | None = None) -> Line:
    """A line for a score against the concept's."""
    ratio = score / standard.expected
    return Line(
        id=line_id, standard=standard, state=verdict(ratio, standard.polarity), began_at=at, at=at,
        said_by="service concept", ratio=ratio, experienced=score, told=told,
    )  # fmt: skip


def done(line_id: str, standard: Standard, ratio: float, at: datetime, *, told: str | None = None) -> Line:
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
        state, ratio = "overdue", standard.expected / elapsed
    return Line(
        id=line_id, standard=standard, state=state, began_at=began_at, due=due, at=at, said_by="service concept",
        ratio=ratio, experienced=elapsed, settled=at is not None,
    )  # fmt: skip


def text_of_expectation(line: Line) -> str:
    """The expectation in words."""
    if line.expected:
        return line.expected
    standard = line.standard
    if standard.unit is Unit.SECONDS:
        return f"{standard.label} within {spoken(timedelta(seconds=standard.expected))}"
    if standard.unit is Unit.SCORE:
        return f"{standard.label}: {standard.expected:g}"
    return standard.label


def text_of_outcome(line: Line) -> str:
    """What came of it, in words."""
    if line.told:
        return line.told
    if line.experienced is None:
        return line.state
    if line.standard.unit is Unit.SECONDS:
        return f"{spoken(timedelta(seconds=line.experienced))}{' so far' if not line.settled else ''}"
    if line.standard.unit is Unit.SCORE:
        return f"{line.experienced:g}"
    return line.state


def spoken(span: timedelta) -> str:
    """A span as people say it: 45 s, 12 min, 3 h 20 min, 4 days."""
    total = round(span.total_seconds())
    if total < 120:  # noqa: PLR2004  # people say 90 s, and 2 min
        return f"{total} s"
    minutes, rest = divmod(total, 60)
    if minutes < 10 and rest:  # noqa: PLR2004
        return f"{minutes} min {rest} s"
    minutes = round(total / 60)
    if minutes < 120:  # noqa: PLR2004
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(total / 86400)} days"
