"""What waits for somebody who is told nothing any more is given to who is: nothing is left lying."""

import asyncio
from collections.abc import Callable, Collection

import structlog

from services.alerts.ports import Transact, Transaction
from services.chassis.clock import SystemClock
from services.chassis.consuming import TRANSIENT

EVERY_SECONDS = 60.0

_CLOCK = SystemClock()
log = structlog.get_logger(__name__)


class TakingOver:
    """Looks for deliveries in channels that are not there any more: a person has left, or is reached by other ways."""

    def __init__(self, transact: Transact, served: Collection[str], stand_in: Callable[[str], str | None]) -> None:
        """`stand_in`: the channel that takes over from one that is not served; None: there is none."""
        self._transact, self._served, self._stand_in = transact, frozenset(served), stand_in

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except TRANSIENT as error:
                log.warning("what others have left waits for the database", error=repr(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Give what waits in other channels than ours to those that take over."""
        for channel, to, count in await self._transact(self._take_over):
            log.warning(
                "a channel is not there any more, what waited in it goes elsewhere",
                channel=channel,
                to=to,
                deliveries=count,
            )

    def _take_over(self, transaction: Transaction) -> list[tuple[str, str, int]]:
        taken = []
        for channel in sorted(transaction.waiting_in() - self._served):
            to = self._stand_in(channel)
            if to is not None:
                count = transaction.pass_on(channel, to, now=_CLOCK.now(), everything=True)
                transaction.give_up_all(channel)
                taken.append((channel, to, count))
        return taken
