"""How fast a touchpoint service takes events by HTTP; it answers once they are on disk, and hands them on to Kafka.

Handed on means: written by all in-sync replicas, by an idempotent producer. The client is a process of its own.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench.figures import Figure, Target
from tests.bench.http_load import Load, load
from tests.bench.kafka import kafka
from tests.bench.processes import Service, service
from tests.bench.screen import say
from tests.bench.traffic import told_to, traffic
from touchline_contracts import TOUCHPOINTS

NAME = "ingest"
SERVICE = "promises"
"""Its events are the largest, and have the most that is checked."""
TRAFFIC = 60_000
"""Events of all kinds, of which those are taken that the service is told."""
WARM_UP_SECONDS = 1.0
HANDED_ON_SECONDS = 60.0
WAITING = "touchline_touchpoint_spool_events"
MICROSECONDS = 1e6
MILLISECONDS = 1e3


@dataclass(frozen=True, kw_only=True)
class _Sending:
    """A way to send events."""

    name: str
    form: str
    at_once: int
    connections: int
    target: Target | None = None


AT_LEAST = Target(bound=10_000, side="at least")
WAYS = (
    *(
        _Sending(name=f"single, {each} at a time", form="single", at_once=1, connections=each)
        for each in (1, 4, 16, 64)
    ),
    _Sending(name="batches of 500, one at a time", form="batch", at_once=500, connections=1),
    _Sending(name="batches of 500, 4 at a time", form="batch", at_once=500, connections=4, target=AT_LEAST),
    _Sending(name="500 lines (NDJSON), 4 at a time", form="lines", at_once=500, connections=4, target=AT_LEAST),
)


async def measure(directory: Path, *, seconds: float) -> Sequence[Figure]:
    """The figures of a touchpoint service, each way of sending for so many seconds."""
    events = directory / "events.ndjson"
    write_events(events, TRAFFIC)
    figures: list[Figure] = []
    acknowledged = 0
    async with kafka() as running:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": running.bootstrap_servers,
            "TOUCHLINE_LOG_LEVEL": "warning",
            "TOUCHLINE_SPOOL_FILE": str(directory / "spool.db"),
        }
        log = directory / f"{SERVICE}.log"
        async with service(f"services.touchpoints.{SERVICE}", log=log, environment=environment) as process:
            for way in WAYS:
                say(way.name)
                warming_up = await _send(process, events, way, WARM_UP_SECONDS)
                await until_handed_on(process)
                before = process.cpu_seconds
                done = await _send(process, events, way, seconds)
                behind_seconds = await until_handed_on(process)
                figures += _figures(way, done, behind_seconds, process.cpu_seconds - before)
                acknowledged += warming_up.events + done.events
        held = await running.count(TOUCHPOINTS)
    if held != acknowledged:
        raise RuntimeError(f"{acknowledged:,} events were accepted, and Kafka holds {held:,}")
    return figures


def write_events(file: Path, count: int) -> None:
    """Those of so many events that the service is told, one to a line, as a store system sends them."""
    file.write_bytes(
        b"\n".join(
            event.model_copy(update={"receivedtime": None, "partitionkey": None}).to_json()
            for event in told_to(SERVICE, traffic(count).events)
        )
    )


def _figures(way: _Sending, done: Load, behind_seconds: float, cpu_seconds: float) -> Sequence[Figure]:
    def figure(name: str, value: float, unit: str, target: Target | None = None) -> Figure:
        return Figure(measurement=NAME, name=f"{way.name}: {name}", value=value, unit=unit, target=target)

    return [
        figure("events accepted", done.events / done.seconds, "events/s"),
        figure("events in Kafka", done.events / (done.seconds + behind_seconds), "events/s", way.target),
        figure("request to answer, p50", done.median_seconds * MILLISECONDS, "ms"),
        figure("request to answer, p99", done.slow_seconds * MILLISECONDS, "ms"),
        figure("CPU of the service", cpu_seconds / done.events * MICROSECONDS, "us/event"),
    ]


async def until_handed_on(process: Service) -> float:
    """Wait until nothing is in the spool any more; how long that took."""
    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=process.url) as http, asyncio.timeout(HANDED_ON_SECONDS):
        while f'{WAITING}{{service="{SERVICE}"}} 0.0' not in (await http.get("/metrics")).text:
            await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def _send(process: Service, events: Path, way: _Sending, seconds: float) -> Load:
    return await load(
        f"{process.url}/v1/events",
        events,
        form=way.form,
        at_once=way.at_once,
        connections=way.connections,
        seconds=seconds,
    )
