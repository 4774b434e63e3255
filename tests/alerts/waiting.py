"""Waiting for something to come true, as long as it takes, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 20


async def eventually(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Return once a condition holds. Raises TimeoutError when that takes too long."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.01)
