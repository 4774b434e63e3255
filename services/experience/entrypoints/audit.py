"""An auditor of deadlines: asks the database which has passed unnoticed, whatever the loop that fires them believes."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from services.chassis.clock import Clock
from services.chassis.consuming import TRANSIENT

AUDIT_SECONDS = 1.0
"""How often the database is asked. Real seconds, as all here: a clock that runs faster makes nobody hurry more."""
ANSWER_SECONDS = 2.0
"""A database that takes longer is writing a large batch, or is said elsewhere to be away."""
LATE_SECONDS = 5.0
"""A deadline that nobody has looked at for so long is a fault."""


class Looks:
    """When the auditor has looked, and what the handed clock showed then: pure, told the real time.

    A deadline is late when it had passed already at a look that is long enough ago. So neither a clock that was set
    forward nor what passed while the process was down, or the database away, counts before it could be looked at.
    """

    def __init__(self) -> None:
        self._looks: deque[tuple[float, datetime]] = deque()

    def forget(self) -> None:
        """Nothing could be looked at: count from now."""
        self._looks.clear()

    def late(self, earliest: datetime | None, *, now: datetime, at: float) -> bool:
        """Note a look, which finds this deadline the earliest of those that have passed, and say whether it is late."""
        self._looks.append((at, now))
        while len(self._looks) > 1 and self._looks[1][0] <= at - LATE_SECONDS:
            self._looks.popleft()
        looked_at, shown = self._looks[0]
        return earliest is not None and looked_at <= at - LATE_SECONDS and earliest <= shown


class Audit:
    """Watches over the deadlines of all journeys and stores."""

    def __init__(
        self,
        clock: Clock,
        *,
        overdue: Callable[[datetime], Awaitable[datetime | None]],
        tell: Callable[[float | None], None],
    ) -> None:
        """`overdue`: the earliest deadline that has passed; `tell`: by how many seconds, None: it cannot be known."""
        self._clock, self._overdue, self._tell = clock, overdue, tell
        self._looks = Looks()
        self._log = structlog.get_logger()
        self.trouble: str | None = None
        """What is wrong, for people; None: deadlines are looked at in time."""

    async def run(self) -> None:
        """Look every so often, until cancelled."""
        self._looks.forget()
        while True:
            await self._look()
            await asyncio.sleep(AUDIT_SECONDS)

    async def _look(self) -> None:
        now = self._clock.now()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                earliest = await self._overdue(now)
        except TimeoutError:
            self._tell(None)
            return
        except TRANSIENT:
            self._tell(None)
            self._looks.forget()
            return
        seconds = 0.0 if earliest is None else (now - earliest).total_seconds()
        self._tell(seconds)
        late = self._looks.late(earliest, now=now, at=time.monotonic())
        if late and self.trouble is None:
            self._log.error("deadlines pass and nobody looks", earliest=str(earliest), overdue_seconds=seconds)
        elif not late and self.trouble is not None:
            self._log.info("deadlines are looked at in time again")
        self.trouble = (
            f"deadlines pass and nobody looks: the earliest came {seconds:.0f} s ago; see the log, and start this "
            "service again if it does not go down"
            if late
            else None
        )
