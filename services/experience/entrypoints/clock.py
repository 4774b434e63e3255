"""Deadlines: rows in the store, driven by the clock. Silence is news."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from services.chassis.clock import Clock
from services.chassis.consuming import TRANSIENT

AT_ONCE = 500
"""Journeys looked at in one transaction; others may write in between."""
PAUSE_SECONDS = 1.0
NOTHING_DUE = timedelta(hours=1)
LOOK_SECONDS = 5.0
"""How long deadlines may be overdue of which another worker has told nobody but the database, before it died."""
OTHERS_SECONDS = 0.05
"""How long to leave to another worker what it looks at in this moment."""


class Deadlines:
    """Looks again at each journey when its deadline comes."""

    def __init__(
        self,
        clock: Clock,
        *,
        earliest: Callable[[], Awaitable[datetime | None]],
        look_again: Callable[[int], Awaitable[int]],
    ) -> None:
        """`earliest`: the first deadline of all; `look_again` handles up to so many that are due, and says how many."""
        self._clock, self.earliest, self._look_again = clock, earliest, look_again
        self._changed = asyncio.Event()
        self._log = structlog.get_logger()

    def changed(self) -> None:
        """Deadlines were written. Call after the commit."""
        self._changed.set()

    async def none_due(self) -> bool:
        """Whether no deadline has come that was not handled."""
        earliest = await self.earliest()
        return earliest is None or earliest > self._clock.now()

    async def run(self) -> None:
        """Drive deadlines until cancelled."""
        waiting = False
        while True:
            self._changed.clear()
            try:
                while await self._look_again(AT_ONCE) == AT_ONCE:
                    pass
                earliest = await self.earliest()
            except TRANSIENT as error:
                if not waiting:
                    self._log.error("deadlines wait for the database", error=repr(error))
                waiting = True
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if waiting:
                self._log.info("deadlines go on")
            waiting = False
            if earliest is not None and earliest <= self._clock.now():
                await asyncio.sleep(OTHERS_SECONDS)
            else:
                await self._wait_until(earliest or self._clock.now() + NOTHING_DUE)

    async def _wait_until(self, instant: datetime) -> None:
        waits = [asyncio.ensure_future(self._clock.sleep_until(instant)), asyncio.ensure_future(self._changed.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=LOOK_SECONDS)
        finally:
            for wait in waits:
                wait.cancel()
