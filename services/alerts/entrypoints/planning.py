"""Keeps the rotas in step with their calendars, and tells the last resort of the hours for which nobody is planned."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from services.alerts.delivery import Delivery
from services.alerts.domain.gaps import Gap, to_tell
from services.alerts.domain.rota import Rota
from services.alerts.ports import Transact, Transaction
from services.chassis.clock import Clock
from services.chassis.consuming import TRANSIENT

EVERY_SECONDS = 300.0
"""Calendars are changed by hand, a day or a week before it matters."""

Refresh = Callable[[datetime], Awaitable[None]]
Plans = Callable[[], Sequence[tuple[Rota, Sequence[str]]]]
"""Each rota as it is now, and its stores."""
TellOfGaps = Callable[[Rota, Sequence[str], Sequence[Gap], datetime], Delivery]

log = structlog.get_logger(__name__)


class Planning:
    """Looks at the rotas now and then."""

    def __init__(
        self,
        transact: Transact,
        clock: Clock,
        *,
        refresh: Refresh,
        plans: Plans,
        tell: TellOfGaps,
        wake: Callable[[], None],
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        """`refresh` reads the calendars; `wake` is called after something was left to be told."""
        self._transact, self._clock, self._every_seconds = transact, clock, every_seconds
        self._refresh, self._plans, self._tell, self._wake = refresh, plans, tell, wake

    async def run(self) -> None:
        """Look until cancelled. The rotas are as they were read at the start."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_seconds)
            await self._refresh(self._clock.now())

    async def look(self) -> None:
        """Leave to be told of what nobody is on call for, of each gap once."""
        now = self._clock.now()
        try:
            told = await self._transact(lambda each: self._leave(each, now))
        except TRANSIENT as error:
            log.warning("gaps in rotas wait for the database", error=repr(error))
            return
        for rota, gaps in told:
            log.warning("nobody is on call for a while, the last resort is told", rota=rota, gaps=gaps)
        if told:
            self._wake()

    def _leave(self, transaction: Transaction, now: datetime) -> list[tuple[str, int]]:
        found = []
        for rota, stores in self._plans():
            before = transaction.told_of_gaps(rota.name)
            gaps, told = to_tell(rota, before, now)
            if told != before:
                transaction.save_told_of_gaps(rota.name, told)
            if gaps:
                transaction.add_deliveries([self._tell(rota, stores, gaps, now)])
                found.append((rota.name, len(gaps)))
        return found
