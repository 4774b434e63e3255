"""Awaiting ends in time, also for work that does not heed its cancellation."""

import asyncio
import time

import pytest

from services.chassis.bounds import within

pytestmark = pytest.mark.anyio


async def test_what_is_done_in_time_is_handed_on():
    async def work() -> int:
        return 7

    assert await within(1, work()) == 7


async def test_what_goes_wrong_is_raised():
    async def work() -> None:
        raise KeyError("wrong")

    with pytest.raises(KeyError):
        await within(1, work())


async def test_what_does_not_even_heed_its_cancellation_is_left_behind():
    over = asyncio.Event()

    async def work() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer within 0.05 s"):
        await within(0.05, work())

    assert time.monotonic() - began < 1
    over.set()


async def test_whoever_is_cancelled_meanwhile_cancels_the_work_as_well():
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(within(60, work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(ended.wait(), 1)


async def test_work_that_somebody_else_cancels_is_no_cancellation_of_ours():
    async def work() -> None:
        await dead

    dead = asyncio.ensure_future(asyncio.Event().wait())
    dead.cancel()

    with pytest.raises(ConnectionError):
        await within(1, work())
