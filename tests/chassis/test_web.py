"""The web shell: health, metrics, bounded bodies, and problem details for everything that goes wrong."""

from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry, Counter

from services.chassis.problems import Problem
from services.chassis.store import Unavailable
from services.chassis.web import web_app

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"


class Shop:
    """An application of the shell, with ways to go wrong."""

    def __init__(self):
        self.missing: list[str] = []
        self.dead: list[str] = []
        self.notes: list[str] = []
        self.secret = "Jane Doe, 5 Long Lane"
        self.body_seen = b""
        registry = CollectorRegistry()
        Counter("touchline_test_total", "Counts.", registry=registry).inc(3)
        app = web_app(
            title="Shop",
            description="A shop.",
            lifespan=self._lifespan,
            not_ready=self._not_ready,
            registry=registry,
            largest_body_bytes=1_000,
            dead=lambda: self.dead,
            notes=lambda: self.notes,
        )

        @app.post("/read")
        async def read(request: Request) -> int:
            self.body_seen = await request.body()
            return len(self.body_seen)

        @app.get("/number/{number}")
        async def number(number: int) -> int:
            return number

        @app.get("/broken")
        async def broken() -> None:
            raise RuntimeError(self.secret)

        @app.get("/away")
        async def away() -> None:
            raise Unavailable(self.secret)

        @app.get("/busy")
        async def busy() -> None:
            raise Problem(503, "busy", "Busy", "Come back.", headers={"retry-after": "2"}, places=[1, 2])

        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://shop"
        )

    @staticmethod
    @asynccontextmanager
    async def _lifespan(_: FastAPI):
        yield

    async def _not_ready(self):
        return self.missing


@pytest.fixture
async def shop():
    made = Shop()
    async with made.http:
        yield made


async def test_a_process_is_alive_even_when_it_is_not_ready(shop):
    shop.missing = ["Kafka is away"]

    live, ready = await shop.http.get("/health/live"), await shop.http.get("/health/ready")

    assert (live.status_code, ready.status_code) == (200, 503)
    assert ready.json()["reasons"] == ["Kafka is away"]


async def test_a_process_of_which_a_part_is_dead_for_good_is_not_alive(shop):
    shop.dead = ["a task of the service has ended"]

    live = await shop.http.get("/health/live")

    assert live.status_code == 503
    assert live.json()["detail"] == "a task of the service has ended."


async def test_a_process_is_ready_when_nothing_is_missing(shop):
    assert (await shop.http.get("/health/ready")).json() == {"status": "ready"}


async def test_what_somebody_should_know_of_a_ready_process_is_in_its_answer(shop):
    shop.notes = ["Kafka is away"]

    assert (await shop.http.get("/health/ready")).json() == {"status": "ready", "notes": ["Kafka is away"]}


async def test_metrics_come_in_the_format_that_is_asked_for(shop):
    plain = await shop.http.get("/metrics")
    open_metrics = await shop.http.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})

    assert "touchline_test_total 3.0" in plain.text
    assert plain.headers["content-type"].startswith("text/plain")
    assert open_metrics.text.endswith("# EOF\n")


async def test_a_body_within_bounds_is_read(shop):
    assert (await shop.http.post("/read", content=b"x" * 1_000)).json() == 1_000


async def test_a_body_that_says_it_is_too_large_is_not_even_read(shop):
    answer = await shop.http.post("/read", content=b"x" * 1_001)

    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert shop.body_seen == b""


@pytest.mark.parametrize("length", ["5", "-1", "many"])
async def test_a_body_that_lies_about_its_length_is_counted(shop, length):
    async def bits():
        for _ in range(11):
            yield b"x" * 100

    answer = await shop.http.post("/read", content=bits(), headers={"content-length": length})

    assert answer.status_code == 413


async def test_a_fault_of_ours_is_a_problem_and_tells_nobody_what_was_in_the_message(shop, capsys):
    answer = await shop.http.get("/broken")

    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    printed = "".join(capsys.readouterr())
    assert "RuntimeError" in printed
    assert "test_web.py" in printed, "where it happened is in the log"
    assert "Jane" not in printed + answer.text


async def test_a_database_that_is_away_is_no_fault_of_the_request_and_passes(shop):
    answer = await shop.http.get("/away")

    assert (answer.status_code, answer.headers["content-type"], answer.headers["retry-after"]) == (503, PROBLEM, "5")
    assert answer.json()["type"] == "urn:touchline:problem:database-away"
    assert "Jane" not in answer.text


async def test_a_problem_has_its_headers_and_members(shop):
    answer = await shop.http.get("/busy")

    assert answer.headers["retry-after"] == "2"
    assert answer.json() == {
        "type": "urn:touchline:problem:busy",
        "title": "Busy",
        "status": 503,
        "detail": "Come back.",
        "places": [1, 2],
    }


async def test_a_wrong_parameter_is_a_problem_that_names_it(shop):
    answer = await shop.http.get("/number/seven")

    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["errors"][0]["field"] == "path.number"


async def test_what_is_not_there_is_a_problem(shop):
    nothing, wrong = await shop.http.get("/nothing"), await shop.http.post("/busy")

    assert (nothing.status_code, wrong.status_code) == (404, 405)
    assert wrong.headers["allow"] == "GET"
    assert "GET" in wrong.json()["detail"]
    assert {nothing.headers["content-type"], wrong.headers["content-type"]} == {PROBLEM}
