"""What is beyond what can be worked on is refused at once, and what was begun is not touched by it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.chassis import under_way
from services.chassis.under_way import UnderWay

pytestmark = pytest.mark.anyio

WITHIN_SECONDS = 20.0
PATH = "/v1/events"


class Desk:
    """An application that answers when it is told to, and the requests that were sent to it."""

    def __init__(self, **bounds: int) -> None:
        self.may_answer = asyncio.Event()
        self.refusals = 0
        chosen = {"most_requests": 3, "most_bytes": 1000, "largest_bytes": 400} | bounds
        self.app = UnderWay(self._answer, path=PATH, refused=self._refused, **chosen)

    async def _answer(self, scope, receive, send) -> None:
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _refused(self) -> None:
        self.refusals += 1


class Request:
    """One request; what was answered, each with when."""

    def __init__(self, desk: Desk, size: int | None = 10, path: str = PATH) -> None:
        headers = [] if size is None else [(b"content-length", b"%d" % size)]
        self.messages: list[dict] = []
        scope = {"type": "http", "path": path, "headers": headers}
        self.task = asyncio.create_task(desk.app(scope, self._receive, self._send))

    async def _receive(self) -> dict:
        return {"type": "http.request", "body": b""}

    async def _send(self, message) -> None:
        self.messages.append(message)

    async def status(self) -> int:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not self.messages:
                await asyncio.sleep(0.001)
        return self.messages[0]["status"]


@asynccontextmanager
async def sent(desk: Desk, *sizes: int | None) -> AsyncIterator[list[Request]]:
    """Requests that are under way, until the block is left."""
    requests = [Request(desk, size) for size in sizes]
    await asyncio.sleep(0)
    try:
        yield requests
    finally:
        desk.may_answer.set()
        await asyncio.gather(*(each.task for each in requests))


async def test_a_request_too_many_is_refused_at_once_with_what_to_do():
    desk = Desk()
    async with sent(desk, 10, 10, 10) as under_way_now:
        refused = Request(desk)

        assert await refused.status() == 503
        assert [each.messages for each in under_way_now] == [[], [], []]
        start, body = refused.messages
        headers = dict(start["headers"])
        assert headers[b"retry-after"] == b"2"
        assert headers[b"content-type"] == b"application/problem+json"
        assert int(headers[b"content-length"]) == len(body["body"])
        assert json.loads(body["body"])["type"] == "urn:touchline:problem:busy"
        assert desk.refusals == 1
    assert [await each.status() for each in under_way_now] == [202, 202, 202]


async def test_when_one_has_been_answered_there_is_room_for_another():
    desk = Desk()
    async with sent(desk, 400, 300, 300):
        pass
    desk.may_answer.clear()
    async with sent(desk, 400, 300, 300) as again:
        assert await Request(desk).status() == 503
    assert [await each.status() for each in again] == [202, 202, 202]


async def test_one_whose_sender_goes_away_leaves_its_place():
    desk = Desk(most_requests=1)
    async with sent(desk):
        gone = Request(desk)
        await asyncio.sleep(0)
        gone.task.cancel()
        await asyncio.wait({gone.task})
    assert await Request(desk).status() == 202


@pytest.mark.parametrize("size", [301, None, 10_000])
async def test_bodies_take_room_as_they_say_or_else_as_much_as_one_may(size):
    desk = Desk()
    async with sent(desk, 400, 300):
        assert await Request(desk, size).status() == 503
        fits = Request(desk, 300)
    assert await fits.status() == 202


async def test_one_that_says_it_is_larger_than_any_may_be_is_told_so_by_who_looks_at_that():
    desk = Desk()
    async with sent(desk, 10_000) as (passed_on,):
        pass
    assert await passed_on.status() == 202


async def test_health_and_metrics_are_answered_all_the_same():
    desk = Desk()
    async with sent(desk, 10, 10, 10):
        health = Request(desk, path="/health/live")
    assert await health.status() == 202
    assert desk.refusals == 0


async def test_the_answer_is_whole_at_once_and_the_connection_waits(monkeypatch):
    monkeypatch.setattr(under_way, "RETRY_AFTER_SECONDS", 0.3)
    desk = Desk(most_requests=0)
    began = time.monotonic()

    refused = Request(desk)
    await refused.status()
    whole_after = time.monotonic() - began
    assert [each.get("more_body") for each in refused.messages] == [None, True]
    await refused.task
    over_after = time.monotonic() - began

    assert whole_after < 0.3 <= over_after
    assert refused.messages[2] == {"type": "http.response.body"}
