"""Tells again what nobody has acknowledged, and what was put off until now: rows, looked at by the handed clock."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from services.alerts.actions import AT_ONCE, Actions
from services.alerts.domain.alert import Severity
from services.alerts.ports import OpenAlerts, Transact, Transaction
from services.chassis.clock import Clock
from services.chassis.consuming import TRANSIENT

LOOK_SECONDS = 5.0
"""How often to look, in real seconds. Nobody is told again to the second."""

log = structlog.get_logger(__name__)

Committed = Callable[[Sequence[Severity], Mapping[str, OpenAlerts]], None]
"""Called after something was told again, with the severity of each alert, and with what is open now."""


class Repeats:
    """Looks for what is to be told again. Nothing is before the service has read what was there at its start."""

    def __init__(
        self,
        transact: Transact,
        clock: Clock,
        actions: Actions,
        *,
        has_read: Callable[[], bool],
        committed: Committed,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """`has_read`: whether what was there at the start has been read: it may have put an end to what is due."""
        self._transact, self._clock, self._actions = transact, clock, actions
        self._has_read, self._committed, self._look_seconds = has_read, committed, look_seconds

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            if not self._has_read() or await self.look() < AT_ONCE:
                await asyncio.sleep(self._look_seconds)

    async def look(self) -> int:
        """Tell again what is due now, at most so much as one transaction takes. Returns how much it was."""
        now = self._clock.now()

        def work(transaction: Transaction) -> tuple[list[Severity], Mapping[str, OpenAlerts]]:
            repeated = self._actions.repeat(transaction, now=now)
            return repeated, transaction.open_alerts() if repeated else {}

        try:
            repeated, are_open = await self._transact(work)
        except TRANSIENT as error:
            log.warning("what is to be told again waits for the database", error=repr(error))
            return 0
        if repeated:
            log.info("told again, because nobody has acknowledged it", alerts=len(repeated))
            self._committed(repeated, are_open)
        return len(repeated)
