"""The one clock that every process is handed: the wall clock, one that runs faster, or one that is moved by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

LONGEST_NAP_SECONDS = 30.0
"""A sleeping process looks at the clock again at least this often, so that a corrected system clock is noticed."""


class Clock(Protocol):
    """Says what time it is, and waits until a time has come."""

    def now(self) -> datetime:
        """The present, in UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return once `instant` has come; it may return early, so ask `now` again."""
        ...


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> datetime:
        """What the machine's clock shows."""
        return datetime.now(UTC)

    async def sleep_until(self, instant: datetime) -> None:
        """Sleep, at most `LONGEST_NAP_SECONDS`."""
        await asyncio.sleep(min(max((instant - self.now()).total_seconds(), 0.0), LONGEST_NAP_SECONDS))


class ScaledClock:
    """A clock that shows `start` at wall time `since` and runs `speed` times as fast; the same in every process."""

    def __init__(self, *, start: datetime, since: datetime, speed: float) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, got {speed:g}")
        self.start = start.astimezone(UTC)
        self.since = since.astimezone(UTC)
        self.speed = speed

    def now(self) -> datetime:
        """What this clock shows: before `since` it shows times before `start`."""
        return self.start + (datetime.now(UTC) - self.since) * self.speed

    async def sleep_until(self, instant: datetime) -> None:
        """Sleep, at most `LONGEST_NAP_SECONDS` of real time."""
        seconds = (instant - self.now()).total_seconds() / self.speed
        await asyncio.sleep(min(max(seconds, 0.0), LONGEST_NAP_SECONDS))

    def __str__(self) -> str:
        return f"{self.start.isoformat()}@{self.since.isoformat()}x{self.speed:g}"


class SteppedClock:
    """A clock that stands still until it is moved: stories and tests turn it by hand."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """What it was last set to."""
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """Move the clock forward and wake whoever waits. Raises ValueError when `instant` is in the clock's past."""
        if instant < self._now:
            raise ValueError(f"a clock cannot be turned back: it shows {self._now}, asked for {instant}")
        self._now = instant.astimezone(UTC)
        self._moved.set()
        self._moved = asyncio.Event()

    def advance(self, by: timedelta) -> None:
        """Move the clock forward by a span."""
        self.advance_to(self._now + by)

    async def sleep_until(self, instant: datetime) -> None:
        """Wait until the clock is moved, unless it shows `instant` already."""
        if instant > self._now:
            await self._moved.wait()


def clock_from(setting: str) -> Clock:
    """The clock that a setting names: `system`, or `START@SINCExSPEED` as `ScaledClock` prints it.

    Raises ValueError, naming the setting, when it is neither.
    """
    if setting == "system":
        return SystemClock()
    try:
        start, _, rest = setting.partition("@")
        since, _, speed = rest.rpartition("x")
        return ScaledClock(start=datetime.fromisoformat(start), since=datetime.fromisoformat(since), speed=float(speed))
    except ValueError as error:
        raise ValueError(f"TOUCHLINE_CLOCK must be 'system' or START@SINCExSPEED, got {setting!r}: {error}") from error
