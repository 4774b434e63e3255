"""Refreshes a board that forgets what it is not told again; it may have been started anew without our knowing."""

import asyncio
from collections.abc import Sequence

import structlog

from services.alerts.delivery import Board
from services.alerts.domain.account import Case
from services.alerts.domain.alert import State
from services.alerts.ports import Transact
from services.chassis.consuming import TRANSIENT

EVERY_SECONDS = 30.0
"""Well within what a board remembers."""
MOST_AT_ONCE = 1000
"""Of more than that the most urgent are repeated; nobody looks at the others."""


class Refreshing:
    """Repeats what is open."""

    def __init__(self, transact: Transact, board: Board, *, every_seconds: float = EVERY_SECONDS) -> None:
        self.board = board
        self._transact, self._every_seconds = transact, every_seconds
        self._log = structlog.get_logger().bind(channel=board.name, where=board.where)
        self.trouble: str | None = None
        """What is wrong with repeating, in words; None when nothing is."""

    async def run(self) -> None:
        """Repeat until cancelled."""
        while True:
            wait_seconds = 0.0
            try:
                attempt = await self.board.repeat(self._open)
                wait_seconds = attempt.wait_seconds or 0.0
                self._say(attempt.why or None)
            except TRANSIENT as error:
                self._say(f"what is open cannot be read ({type(error).__name__})")
            await asyncio.sleep(max(self._every_seconds, wait_seconds))

    async def _open(self) -> Sequence[Case]:
        return await self._transact(lambda each: each.cases(State.OPEN, MOST_AT_ONCE))

    def _say(self, trouble: str | None) -> None:
        before, self.trouble = self.trouble, trouble
        if trouble and not before:
            self._log.error("cannot repeat what is open, trying until it works", why=trouble)
        elif before and not trouble:
            self._log.info("what is open is repeated again")
