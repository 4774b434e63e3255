"""Instants and spans as one says them, for one look at the pages, in one language."""

from datetime import datetime, timedelta, tzinfo

from services.alerts.domain.alert import Finding
from services.alerts.entrypoints.words import PageWords

SOON_SECONDS = 15 * 60
"""With less time left than this, the time left stands out."""
EXACT_SECONDS = 120
"""Seconds of what is longer are not said: nobody reads them, and no time left is longer than it is."""


class Times:
    """What time it is, and how far from it other instants are."""

    def __init__(self, now: datetime, zone: tzinfo, words: PageWords) -> None:
        self.now = now.astimezone(zone)
        self.zone = self.now.tzname() or str(zone)
        self.time = f"{self.now:%H:%M}"
        self._words = words

    @property
    def date(self) -> str:
        """Which day it is."""
        says, now = self._words.says, self.now
        weekday, month = says(f"weekday_{now.weekday()}"), says(f"month_{now.month}")
        return says("date", weekday=weekday, day=now.day, month=month, year=now.year)

    def when(self, at: datetime | None) -> str:
        """A time as one says it on that day: 14:00; on another: Sun 22 Nov, 14:00."""
        if at is None:
            return ""
        local = at.astimezone(self.now.tzinfo)
        if local.date() == self.now.date():
            return f"{local:%H:%M}"
        return self._words.says(
            "day_and_time" if local.year == self.now.year else "day_of_year_and_time",
            weekday=self._words.says(f"short_weekday_{local.weekday()}"),
            day=local.day,
            month=f"month_{local.month}",
            year=local.year,
            time=f"{local:%H:%M}",
        )

    def left(self, finding: Finding) -> str:
        """How long there is to act: '2 h 9 min left', or '3 min too late'."""
        if finding.until is None:
            return self._words.says("act_now" if finding.severity == "critical" else "no_deadline")
        left = finding.until - self.now
        if left > timedelta():
            return self._words.says("span_left", left=_whole(left))
        return self._words.says("span_late", late=_whole(-left))

    def is_soon(self, finding: Finding) -> bool:
        """Whether there is little time left, or none."""
        if finding.until is None:
            return finding.severity == "critical"
        return (finding.until - self.now).total_seconds() < SOON_SECONDS


def _whole(span: timedelta) -> timedelta:
    """A span without the seconds that nobody reads."""
    seconds = int(span.total_seconds())
    return timedelta(seconds=seconds if seconds < EXACT_SECONDS else seconds - seconds % 60)
