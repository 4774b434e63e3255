"""The one clock that every process is handed: the wall clock, one that runs faster, or one that is moved by hand."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import structlog

log = structlog.get_logger(__name__)

LONGEST_NAP_SECONDS = 30.0
"""A sleeping process looks at the clock again at least this often, so that a corrected system clock is noticed."""

JUMP_SECONDS = 2.0
"""What is further off than this within one look is no correction, but a jump."""
BELIEVED_AFTER_SECONDS = 300.0
"""A jump that has lasted for so long is believed: the clock was wrong before. By then a mistake has been put right."""


class Clock(Protocol):
    """Says what time it is, and waits until a time has come."""

    def now(self) -> datetime:
        """The present, in UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return once `instant` has come; it may return early, so ask `now` again."""
        ...


class _Stand(NamedTuple):
    """What the wall clock showed when so many seconds had passed since the machine was started."""

    shown: float
    passed: float


def _passed() -> float:
    """Seconds since the machine was started, also those that it slept: nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SystemClock:
    """The machine's wall clock without its jumps: one an hour ahead must not tell everybody that all is broken.

    After a jump the seconds that pass are counted, until the clock is back or has stayed away for
    `BELIEVED_AFTER_SECONDS`. A process that is started with a wrong clock believes it.
    """

    def __init__(self, *, wall: Callable[[], float] = time.time, passed: Callable[[], float] = _passed) -> None:
        self._wall, self._passed = wall, passed
        self._stand = _Stand(wall(), passed())
        self._jumped_at: float | None = None

    def now(self) -> datetime:
        """What the machine's clock shows, or would show if it had not jumped."""
        wall, passed = self._wall(), self._passed()
        expected = self._stand.shown + passed - self._stand.passed
        jumped_at = self._jumped_at
        if abs(wall - expected) <= JUMP_SECONDS:
            if jumped_at is not None:
                log.info("the machine's clock is right again")
        elif jumped_at is not None and passed - jumped_at >= BELIEVED_AFTER_SECONDS:
            log.warning("the machine's clock has stayed where it jumped to, and is believed", seconds=wall - expected)
        else:
            if jumped_at is None:
                self._jumped_at = passed
                log.error("the machine's clock has jumped, counting on from before", seconds=round(wall - expected, 3))
            return datetime.fromtimestamp(expected, UTC)
        self._jumped_at = None
        self._stand = _Stand(wall, passed)
        return datetime.fromtimestamp(wall, UTC)

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
