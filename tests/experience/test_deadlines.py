"""Deadlines wait for a database that cannot be written: it is said once, and they go on by themselves."""

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from services.chassis.clock import SteppedClock
from services.chassis.store import Unavailable
from services.experience.entrypoints import clock as entrypoint
from services.experience.entrypoints.clock import Deadlines

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_a_database_that_is_locked_is_said_once_and_waited_for(monkeypatch):
    monkeypatch.setattr(entrypoint, "PAUSE_SECONDS", 0.001)
    locked = iter(range(5))
    looked = asyncio.Event()

    async def look_again(limit: int) -> int:
        if next(locked, None) is not None:
            raise Unavailable("database is locked")
        looked.set()
        return 0

    async def earliest() -> None:
        return None

    with capture_logs() as logs:
        running = asyncio.create_task(Deadlines(SteppedClock(NOON), earliest=earliest, look_again=look_again).run())
        async with asyncio.timeout(10):
            await looked.wait()
        await asyncio.sleep(0)  # for what it says then
        running.cancel()

    assert [each["event"] for each in logs] == ["deadlines wait for the database", "deadlines go on"]
