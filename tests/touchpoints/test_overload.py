"""A service that is sent more than it can take, as a process: what it refuses, and that nothing else suffers."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from services.touchpoints import greeting
from services.touchpoints.shell import reading
from services.touchpoints.shell.limits import MOST_REQUESTS
from tests.bench.http_client import ACCEPTED, Connection, request
from tests.bench.processes import Used
from tests.touchpoints.test_process import logged, running, spooled

pytestmark = pytest.mark.anyio

BUSY = 503
SECONDS = 2.0
CONNECTIONS = 3 * MOST_REQUESTS
MOST_MORE_BYTES = 64 * 2**20


@asynccontextmanager
async def service(directory):
    """The greeting service as a process, without Kafka: what it accepts stays in its spool."""
    spool = str(directory / "spool.db")
    async with running(TOUCHLINE_PORT="0", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1", TOUCHLINE_SPOOL_FILE=spool) as python:
        address = (await logged(python, "listening"))["address"]
        async with httpx.AsyncClient(base_url=address) as http:
            while (await http.get("/health/ready")).status_code != 200:
                await asyncio.sleep(0.05)
            yield address, http, Used(python.pid)


class Half:
    """A request of which the last byte has not been sent yet."""

    @classmethod
    async def of(cls, address: str, whole: bytes) -> "Half":
        half, target = cls(), urlsplit(address)
        half.reader, half.writer = await asyncio.open_connection(target.hostname, target.port)
        half.last = whole[-1:]
        half.writer.write(whole[:-1])
        half.status = asyncio.create_task(half._answered())
        return half

    async def _answered(self) -> int:
        return int((await self.reader.readline()).split(b" ", 2)[1])

    async def finished(self) -> int:
        """Send the rest; with which status it is answered."""
        self.writer.write(self.last)
        status = await self.status
        self.writer.close()
        return status


def whole(address: str, journey) -> bytes:
    return request(f"{address}/v1/events", json.dumps(journey.event()).encode(), "single")


async def test_who_comes_when_all_places_are_taken_is_refused_at_once_and_the_others_are_served(tmp_path, journey):
    async with service(tmp_path) as (address, http, _):
        halves = [await Half.of(address, whole(address, journey)) for _ in range(MOST_REQUESTS + 1)]
        # One of them has found all places taken.
        await asyncio.wait([each.status for each in halves], return_when=asyncio.FIRST_COMPLETED)

        refused = await http.post("/v1/events", json=journey.event())
        assert refused.status_code == BUSY
        assert refused.headers["retry-after"] == "2"
        assert refused.json()["type"] == "urn:touchline:problem:busy"
        assert (await http.get("/health/ready")).status_code == 200
        assert 'requests_turned_away_total{service="greeting"} 2.0' in (await http.get("/metrics")).text

        assert sorted([await each.finished() for each in halves]) == [ACCEPTED] * MOST_REQUESTS + [BUSY]
        assert (await http.post("/v1/events", json=journey.event())).status_code == ACCEPTED


async def test_hammered_by_those_who_do_not_pause_it_accepts_and_keeps_what_it_can(tmp_path, journey):
    answers: list[int] = []

    async def hammer(address: str, until: float) -> None:
        connection = await Connection.to(address)
        while time.monotonic() < until:
            answers.append(await connection.status(whole(address, journey)))
        connection.close()

    async with service(tmp_path) as (address, http, used):
        began_with, until = used.bytes, time.monotonic() + SECONDS
        hammering = asyncio.gather(*(hammer(address, until) for _ in range(CONNECTIONS)))
        most_bytes, alive = 0, 0
        while time.monotonic() < until:
            alive += (await http.get("/health/live")).status_code == 200
            most_bytes = max(most_bytes, used.bytes)
            await asyncio.sleep(0.05)
        await hammering

    accepted = answers.count(ACCEPTED)
    assert set(answers) == {ACCEPTED, BUSY}
    assert spooled(tmp_path) == accepted
    # Who was refused is not even read for two seconds: almost all that is answered is accepted.
    assert answers.count(BUSY) <= SECONDS * CONNECTIONS
    assert alive > 0
    assert most_bytes - began_with < MOST_MORE_BYTES


async def test_a_body_that_does_not_come_gives_its_place_back(open_desk, monkeypatch):
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.1)
    answer: list[dict] = []

    async def nothing_comes() -> dict:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message) -> None:
        answer.append(message)

    async with open_desk(greeting.SERVICE, "127.0.0.1:1") as desk:
        scope = {"type": "http", "method": "POST", "path": "/v1/events", "query_string": b"", "headers": []}
        async with asyncio.timeout(5):
            await desk.app(scope, nothing_comes, send)

    assert answer[0]["status"] == 408
    assert dict(answer[0]["headers"])[b"connection"] == b"close"
    assert json.loads(answer[1]["body"])["type"] == "urn:touchline:problem:too-slow"


async def test_headers_without_end_are_refused(tmp_path, journey):
    async with service(tmp_path) as (_, http, _):
        try:
            answer = await http.post("/v1/events", json=journey.event(), headers={"x-long": "x" * 200_000})
            assert answer.status_code == 400
        except httpx.TransportError:
            pass  # it was cut off before it had come to an end and could look at the answer

        assert (await http.post("/v1/events", json=journey.event())).status_code == ACCEPTED
