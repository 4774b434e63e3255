"""When a person is left alone, and until when what can wait does."""

from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from services.alerts.domain.alert import Severity
from services.alerts.domain.hours import YEAR, Hours, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """The hours of every day in which somebody is left alone, by the clock where they are.

    Raises ValueError when they never end.
    """

    begins: time
    ends: time
    """Before `begins`: of the next day."""
    zone: tzinfo

    def __post_init__(self) -> None:
        if self.begins == self.ends:
            raise ValueError(f"quiet hours must end at another time than they begin, got {self.begins:%H:%M} for both")

    def is_quiet(self, at: datetime) -> bool:
        """Whether they are left alone at an instant."""
        return not self._others.is_open(at)

    def over_at(self, at: datetime) -> datetime:
        """When they are left alone no more: the instant itself when they are not."""
        over = self._others.next_opening(at)
        return at if over is None else over  # They end every day.

    @property
    def _others(self) -> Hours:
        """The rest of the day."""
        return Hours(zone=self.zone, week=dict.fromkeys(range(7), (Span(begins=self.ends, ends=self.begins),)))


def when_to_tell(severity: Severity, at: datetime, quiet: Quiet | None, hours: Hours | None) -> datetime:
    """When somebody is told of what is known at an instant: at once of what is critical.

    A warning waits until their quiet hours are over and the store is open. Where that is never so at the same time,
    within a year, it waits for the end of the quiet hours alone: whoever can do nothing at least knows.
    """
    if severity == "critical":
        return at
    told = moment = _over(quiet, at)
    while hours is not None and moment - at < YEAR:
        opening = hours.next_opening(moment)
        if opening is None:
            break
        moment = _over(quiet, opening)
        if moment == opening:
            return moment
    return told


def _over(quiet: Quiet | None, at: datetime) -> datetime:
    return at if quiet is None else quiet.over_at(at)
