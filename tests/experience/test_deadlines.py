"""Deadlines wait for a database that cannot be written: it is said once, and they go on by themselves."""

import asyncio
from datetime import UTC, datetime, timedelta

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


async def test_what_another_worker_looks_at_is_left_to_it_in_peace(monkeypatch):
    """It is overdue until the other has committed: whoever asked again and again would only be in its way."""
    monkeypatch.setattr(entrypoint, "OTHERS_SECONDS", 0.05)
    looked = 0

    async def look_again(limit: int) -> int:
        nonlocal looked
        looked += 1
        return 0

    async def earliest() -> datetime:
        return NOON

    running = asyncio.create_task(Deadlines(SteppedClock(NOON), earliest=earliest, look_again=look_again).run())
    await asyncio.sleep(0.5)
    running.cancel()

    assert 2 <= looked <= 11


async def test_what_a_worker_has_left_that_died_is_found_by_another(monkeypatch):
    """Nobody tells the living one of a deadline that it has not written itself."""
    monkeypatch.setattr(entrypoint, "LOOK_SECONDS", 0.05)
    left_by_the_dead: list[datetime] = []
    looked = asyncio.Event()

    async def look_again(limit: int) -> int:
        if left_by_the_dead:
            looked.set()
        return 0

    async def earliest() -> datetime:
        left_by_the_dead.append(NOON)
        return NOON + timedelta(hours=1)

    running = asyncio.create_task(Deadlines(SteppedClock(NOON), earliest=earliest, look_again=look_again).run())
    async with asyncio.timeout(10):
        await looked.wait()
    running.cancel()
