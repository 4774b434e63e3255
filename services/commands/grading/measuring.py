"""From journeys to what can be graded: each with a verdict, as it stood at its moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.commands.grading.judged import Judged, Key, Raised, Ungradable
from services.commands.grading.raising import alerts_of
from services.commands.grading.selecting import after_share
from services.commands.journeys import Journeys
from services.experience.domain.happening import Happening
from services.experience.domain.journey import VERDICTS
from services.experience.domain.track_record import is_dissatisfied

Watch = Callable[[Sequence[Key]], Iterable[Key]]
"""Hands the keys on, and may show how far it is."""


class Measured(NamedTuple):
    """The journeys that can be graded, and how many cannot."""

    judged: list[Judged]
    journeys: int
    """All that were in the file."""
    without_verdict: int
    earlier: int
    """Began before the time from which on is measured."""
    without_moment: int
    """Had not begun at the moment, or have no promise to take a share of."""
    since: datetime | None


class Moment(NamedTuple):
    """When each journey is looked at."""

    at: datetime | float | None
    """A time, a share of the longest promise, or None: the end."""
    last: datetime
    """When the last thing happened."""

    def of(self, journeys: Journeys, key: Key) -> datetime | None:
        """The moment for one journey; None where it has no promise."""
        return journeys.instant(key, self.at) if isinstance(self.at, float) else self.at or self.last


def measure(
    journeys: Journeys,
    moment: Moment,
    *,
    since: datetime | float | None,
    weights: Mapping[str, float],
    sent: Mapping[Key, Sequence[Raised]] | None,
    watch: Watch,
) -> Measured:
    """Forecast each journey at its moment, and raise its alerts until then.

    `since`: only journeys that began then or later, or after this share of all. `sent`: the alerts
    that were really sent, instead of those that would have been. Raises Ungradable when nothing is left.
    """
    verdicts = {
        key: (own, verdict)
        for key, own in journeys.happenings.items()
        if (verdict := next((each for each in own if each.kind == "feedback.given"), None)) is not None
        and own[0].kind not in VERDICTS
    }
    if not verdicts:
        raise Ungradable(
            f"None of the {len(journeys.happenings):,} journeys has a verdict: "
            "feedback.given is the truth that forecasts are graded against."
        )
    if isinstance(since, float):
        since = after_share([own[0].at for own in journeys.happenings.values()], since)
    keys = [key for key in sorted(verdicts) if since is None or verdicts[key][0][0].at >= since]
    judged: list[Judged] = []
    for key in watch(keys):
        own, verdict = verdicts[key]
        now = moment.of(journeys, key)
        one = None if now is None else _judged(journeys, key, own, verdict, now=now)
        if one is not None:
            alerts = alerts_of(journeys, key, until=one.as_of) if sent is None else _until(one.as_of, sent.get(key, ()))
            judged.append(one._replace(weight=weights.get(key[1], 1.0), alerts=alerts))
    if not judged:
        raise Ungradable(
            f"None of the {len(verdicts):,} journeys with a verdict is left: {len(verdicts) - len(keys):,} began "
            f"before --since, {len(keys):,} had not begun at --at, or have no promise to take a share of."
        )
    return Measured(
        judged=judged,
        journeys=len(journeys.happenings),
        without_verdict=len(journeys.happenings) - len(verdicts),
        earlier=len(verdicts) - len(keys),
        without_moment=len(keys) - len(judged),
        since=since,
    )


def _judged(
    journeys: Journeys, key: Key, own: Sequence[Happening], verdict: Happening, *, now: datetime
) -> Judged | None:
    assessment = journeys.assess(key, now=now)
    if assessment is None:
        return None
    return Judged(
        key=key,
        began_at=own[0].at,
        as_of=assessment.as_of,
        informed_at=max([assessment.course.last_at, *(line.at for line in assessment.lines if line.at is not None)]),
        risk=assessment.risk,
        verdict_at=verdict.at,
        dissatisfied=is_dissatisfied(verdict, journeys.concept.outlook),
    )


def _until(moment: datetime, alerts: Iterable[Raised]) -> tuple[Raised, ...]:
    return tuple(sorted(each for each in alerts if each.at <= moment))
