"""A touchpoint service as a process: started as users start it, spoken to over a real connection, ended by a signal."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager, closing
from functools import partial

import httpx
import pytest

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 30


@pytest.fixture
def process(tmp_path):
    """Starts the greeting service, with a spool in this test's folder."""
    return partial(running, TOUCHLINE_SPOOL_FILE=str(tmp_path / "spool.db"))


@asynccontextmanager
async def running(**environment):
    """The greeting service; it is ended in any case."""
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.touchpoints.greeting"), env=os.environ | environment, stderr=PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield python
    finally:
        if python.returncode is None:
            python.kill()
            await python.wait()


async def logged(python, event):
    """The first line of the log that tells of `event`."""
    async for line in python.stderr:
        entry = json.loads(line)
        if entry["event"] == event:
            return entry
    raise AssertionError(f"the process ended without telling of {event!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_takes_events_until_it_is_told_to_end(process, kafka, journey, number):
    settings = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "TOUCHLINE_KAFKA_IDEMPOTENCE": "false"}
    async with process(**settings, TOUCHLINE_PORT="0") as python:
        address = (await logged(python, "listening"))["address"]
        await logged(python, "kafka is there")
        async with httpx.AsyncClient(base_url=address) as http:
            headers = {"content-type": "application/cloudevents+json"}
            accepted = await http.post("/v1/events", json=journey.event(), headers=headers)
            too_much = await http.post("/v1/events", content=b"x" * 10_000_000, headers=headers)

        python.send_signal(number)
        began = time.monotonic()

        assert await python.wait() == 0
        assert time.monotonic() - began < 10
        assert (accepted.status_code, too_much.status_code) == (202, 413)


async def test_no_answer_waits_for_the_acknowledgement_of_a_packet(process):
    async with process(TOUCHLINE_PORT="0", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1") as python:
        address = (await logged(python, "listening"))["address"]
        seconds = []
        async with httpx.AsyncClient(base_url=address) as http:
            for _ in range(21):
                began = time.monotonic()
                assert (await http.get("/health/live")).status_code == 200
                seconds.append(time.monotonic() - began)

    assert sorted(seconds)[10] < 0.03, "40 ms is what TCP waits"


def spooled(folder) -> int:
    with closing(sqlite3.connect(folder / "spool.db")) as connection:
        return connection.execute("select count(*) from spooled").fetchone()[0]


async def test_a_service_ends_in_time_while_kafka_does_not_answer_and_keeps_what_it_took(process, journey, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never says a word
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        async with process(KAFKA_BOOTSTRAP_SERVERS=where, TOUCHLINE_PORT="0") as python:
            address = (await logged(python, "listening"))["address"]
            async with httpx.AsyncClient(base_url=address) as http:
                headers = {"content-type": "application/cloudevents+json"}
                assert (await http.post("/v1/events", json=journey.event(), headers=headers)).status_code == 202

            python.send_signal(signal.SIGTERM)
            began = time.monotonic()

            assert await python.wait() == 0
            assert time.monotonic() - began < 10
    assert spooled(tmp_path) == 1


async def test_a_service_ends_in_time_with_events_that_kafka_has_not_taken(process, crashing_kafka, journey, tmp_path):
    settings = {"KAFKA_BOOTSTRAP_SERVERS": crashing_kafka.bootstrap_servers, "TOUCHLINE_KAFKA_IDEMPOTENCE": "false"}
    async with process(**settings, TOUCHLINE_PORT="0") as python:
        address = (await logged(python, "listening"))["address"]
        await logged(python, "kafka is there")
        async with httpx.AsyncClient(base_url=address) as http:
            headers = {"content-type": "application/cloudevents+json"}
            assert (await http.post("/v1/events", json=journey.event(), headers=headers)).status_code == 202
            await crashing_kafka.crash()
            assert (await http.post("/v1/events", json=journey.event(), headers=headers)).status_code == 202

        python.send_signal(signal.SIGTERM)
        began = time.monotonic()

        assert await python.wait() == 0
        # The producer alone would hold on to its messages for ten seconds.
        assert time.monotonic() - began < 10
    assert spooled(tmp_path) >= 1


async def test_what_was_taken_last_goes_to_kafka_before_the_end(process, kafka, journey, tmp_path):
    settings = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "TOUCHLINE_KAFKA_IDEMPOTENCE": "false"}
    async with process(**settings, TOUCHLINE_PORT="0") as python:
        address = (await logged(python, "listening"))["address"]
        await logged(python, "kafka is there")
        async with httpx.AsyncClient(base_url=address) as http:
            headers = {"content-type": "application/cloudevents-batch+json"}
            events = [journey.event() for _ in range(500)]
            assert (await http.post("/v1/events", json=events, headers=headers)).status_code == 202
        python.send_signal(signal.SIGTERM)
        assert await python.wait() == 0
    assert spooled(tmp_path) == 0


async def test_a_second_process_on_the_same_spool_is_refused(process):
    async with process(TOUCHLINE_PORT="0", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1") as first:
        await logged(first, "kafka is away")  # the spool is opened before anybody looks for Kafka
        async with process(TOUCHLINE_PORT="0", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1") as second:
            why = (await logged(second, "cannot start"))["why"]
            assert await second.wait() != 0

    assert "spool.db is in use by another process" in why
    assert "TOUCHLINE_SPOOL_FILE" in why


async def test_a_port_that_is_taken_stops_the_start_with_the_name_of_the_setting(process):
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with process(TOUCHLINE_PORT=str(other.getsockname()[1])) as python:
            _, printed = await python.communicate()

    assert python.returncode == 1
    assert printed.startswith(b"Cannot listen on ")
    assert b"Set TOUCHLINE_PORT" in printed
