"""Gaps in a rota, told while there is still time to find somebody: which ones now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.alerts.domain.rota import Rota

LEAD = timedelta(days=7)
"""So long before it begins a gap has been told, where it was known by then."""
AHEAD = LEAD + timedelta(hours=26)
"""So far is looked. One that waits for the next day, which may have 25 hours, is still told in time."""
WHOLE = timedelta(days=7)
"""So much further is looked for the end of a gap, so that it is told as a whole and not bit by bit."""

FOR_EVER = datetime(9000, 1, 1, tzinfo=UTC)

Gap = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What has been told of a rota: to be kept until it is looked at again."""

    at: datetime | None = None
    """When gaps were told last; None: never."""
    gaps: tuple[Gap, ...] = ()
    """Those that were told and are still there. One that was closed and opens again is news."""


def to_tell(rota: Rota, told: Told, now: datetime) -> tuple[tuple[Gap, ...], Told]:
    """The gaps that are to be told of now, in one message, and what has been told then. To be asked every few minutes.

    Each is told once; one that grows is told again. What is further away than `LEAD` waits until the rota's next day
    when something was told today already, so that a plan that is rolled on does not bring a message for each hour.
    """
    horizon = now + AHEAD + WHOLE
    gaps = [gap for gap in rota.gaps(now, horizon) if gap[0] < now + AHEAD]
    # One that reaches as far as is looked does not grow because the time goes on.
    lasting = {gap: (gap[0], gap[1] if gap[1] < horizon else FOR_EVER) for gap in gaps}
    known = tuple(each for gap in lasting.values() for each in _within(gap, told.gaps))
    fresh = tuple(gap for gap in gaps if not _covers(known, lasting[gap]))
    near = any(begins < now + LEAD for begins, _ in fresh)
    if not fresh or not (near or _on_another_day(rota, told, now)):
        return (), Told(at=told.at, gaps=known)
    return fresh, Told(at=now, gaps=tuple(sorted({*known, *(lasting[gap] for gap in fresh)})))


def shown(at: datetime, rota: Rota) -> str:
    """An instant as the clock in the store shows it."""
    return at.astimezone(rota.zone).strftime("%a %-d %b %Y %H:%M")


def _on_another_day(rota: Rota, told: Told, now: datetime) -> bool:
    return told.at is None or told.at.astimezone(rota.zone).date() != now.astimezone(rota.zone).date()


def _within(gap: Gap, others: Iterable[Gap]) -> list[Gap]:
    """What others have in common with a gap."""
    common = [(max(gap[0], begins), min(gap[1], ends)) for begins, ends in others]
    return [(begins, ends) for begins, ends in common if begins < ends]


def _covers(spans: Iterable[Gap], gap: Gap) -> bool:
    reached = gap[0]
    for begins, ends in sorted(spans):
        if begins <= reached:
            reached = max(reached, ends)
    return reached >= gap[1]
