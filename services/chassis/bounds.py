"""Awaiting what may never end, such as a Kafka client whose Kafka has gone."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns or raises, or TimeoutError after so many seconds.

    Unlike `asyncio.timeout` it does not wait for work that ignores its cancellation: that is left behind.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave(task)
        raise
    if not task.done():
        _leave(task)
        raise TimeoutError(f"no answer within {seconds:g} s")
    if task.cancelled():  # by somebody else: a dead client hands on the end of its own tasks
        raise ConnectionError("the client has ended this request itself")
    return task.result()


def _leave(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody asks for it any more
