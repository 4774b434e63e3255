"""Until when all that was said is known to have been heard: kept in the database, so that an outage leaves its mark.

What came to be so while nobody could hear it is told, however long that was; what lies further back is history.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from services.alerts.ports import Transact, Transaction
from services.chassis.clock import Clock
from services.chassis.consuming import TRANSIENT

BEAT_SECONDS = 5.0
"""How often it is written down that nothing is missed."""
SETTLE_SECONDS = 600.0
"""Only after so long without a disturbance: after an outage of everything, others have to catch up as well."""

log = structlog.get_logger(__name__)


class Watching:
    """The heartbeat of the alert service. It stands still while the service is down, cut off, or reading a backlog."""

    def __init__(
        self,
        transact: Transact,
        clock: Clock,
        *,
        hears: Callable[[], bool],
        horizon: timedelta,
        beat_seconds: float = BEAT_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """`hears`: whether everything there was has been read. What is older than `horizon` then is history."""
        self._transact, self._clock, self._hears, self._horizon = transact, clock, hears, horizon
        self._beat_seconds, self._settle_seconds = beat_seconds, settle_seconds
        self._until: datetime | None = None
        self._asked = False

    def fresh_from(self, transaction: Transaction, now: datetime) -> datetime:
        """What came to be so before this instant is history. Called in the database's thread."""
        if not self._asked:
            self._until, self._asked = transaction.last_beat(), True
        return min(now, self._until or now) - self._horizon

    async def run(self) -> None:
        """Beat until cancelled."""
        undisturbed_since = time.monotonic()
        while True:
            if not self._hears():
                undisturbed_since = time.monotonic()
            elif time.monotonic() - undisturbed_since >= self._settle_seconds:
                await self._beat(self._clock.now())
            await asyncio.sleep(self._beat_seconds)

    async def _beat(self, now: datetime) -> None:
        try:
            await self._transact(lambda each: each.beat(now))
        except TRANSIENT as error:
            log.warning("the heartbeat cannot be written", error=repr(error))
        else:
            self._until, self._asked = now, True
