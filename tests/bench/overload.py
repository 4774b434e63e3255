"""What a touchpoint service does when far more is sent than it can take: what it refuses, how soon, in how much memory.

The client is a process of its own, `python -m tests.bench.overload URL FILE CONNECTIONS SECONDS PAUSE_SECONDS`. Each
of its connections sends one event after the other, and after a refusal pauses as it is asked to, or not at all.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from random import random
from statistics import median, quantiles

import httpx

from services.chassis.under_way import RETRY_AFTER_SECONDS
from tests.bench.figures import Figure, Target
from tests.bench.http_client import ACCEPTED, Connection, request
from tests.bench.ingest import SERVICE, TRAFFIC, until_handed_on, write_events
from tests.bench.kafka import kafka
from tests.bench.processes import Service, service
from tests.bench.screen import say
from touchline_contracts import TOUCHPOINTS

NAME = "overload"
HEEDED, NOT_HEEDED = float(RETRY_AFTER_SECONDS), 0.0
LOADS = (
    ("64 connections", 64, HEEDED),
    ("200 connections", 200, HEEDED),
    ("200 that do not pause", 200, NOT_HEEDED),
    ("640 connections", 640, HEEDED),
    ("640 that do not pause", 640, NOT_HEEDED),
)
"""With how many connections, and how long one pauses after a refusal. Up to `MOST_REQUESTS` nothing is refused."""
BUSY = 503
PROBE_SECONDS = 0.1
WARM_UP_SECONDS = 2.0
MEBIBYTE = 2**20
MILLISECONDS = 1e3


@dataclass(kw_only=True)
class Hammered:
    """What came of it."""

    accepted: list[float] = field(default_factory=list)
    """From a request that was accepted to its answer; seconds."""
    refused: list[float] = field(default_factory=list)
    others: int = 0
    """Answers that are neither."""


async def _hammer(url: str, requests: Iterator[bytes], until: float, pause_seconds: float, came: Hammered) -> None:
    await asyncio.sleep(random())  # noqa: S311  # senders know nothing of each other
    connection = await Connection.to(url)
    while (began := time.perf_counter()) < until:
        status = await connection.status(next(requests))
        took = time.perf_counter() - began
        if status == ACCEPTED:
            came.accepted.append(took)
        elif status == BUSY:
            came.refused.append(took)
            await asyncio.sleep(pause_seconds * (1 + random()))  # noqa: S311  # so that they do not all come at once
        else:
            came.others += 1
    connection.close()


async def _hammer_all(told: argparse.Namespace) -> Hammered:
    requests = cycle([request(told.url, line, "single") for line in told.events.read_bytes().splitlines()])
    came, until = Hammered(), time.perf_counter() + told.seconds
    await asyncio.gather(
        *(_hammer(told.url, requests, until, told.pause_seconds, came) for _ in range(told.connections))
    )
    return came


async def hammered(url: str, events: Path, *, connections: int, seconds: float, pause_seconds: float) -> Hammered:
    """Send the events of a file over so many connections, as fast as they are answered."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.overload", url, str(events),
        str(connections), str(seconds), str(pause_seconds),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"tests.bench.overload has ended with code {process.returncode}")
    return Hammered(**json.loads(output))


async def measure(directory: Path, *, seconds: float) -> Sequence[Figure]:
    """The figures for each number of connections, each for so many seconds."""
    events = directory / "events.ndjson"
    write_events(events, TRAFFIC)
    figures: list[Figure] = []
    accepted = 0
    async with kafka() as running:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": running.bootstrap_servers,
            "TOUCHLINE_LOG_LEVEL": "warning",
            "TOUCHLINE_SPOOL_FILE": str(directory / "spool.db"),
        }
        log = directory / f"{SERVICE}.log"
        async with service(f"services.touchpoints.{SERVICE}", log=log, environment=environment) as process:
            url = f"{process.url}/v1/events"
            warmed_up = await hammered(url, events, connections=16, seconds=WARM_UP_SECONDS, pause_seconds=0)
            accepted += len(warmed_up.accepted)
            for name, connections, pause_seconds in LOADS:
                say(name)
                began_with = process.bytes
                probing = asyncio.create_task(_probe(process))
                came = await hammered(
                    url, events, connections=connections, seconds=seconds, pause_seconds=pause_seconds
                )
                probing.cancel()
                probes, most_bytes = await probing
                accepted += len(came.accepted)
                figures += _figures(name, came, seconds, probes, most_bytes - began_with)
                await until_handed_on(process)
        held = await running.count(TOUCHPOINTS)
    if held < accepted:
        raise RuntimeError(f"{accepted:,} events were accepted, and Kafka holds {held:,}")
    return [*figures, Figure(measurement=NAME, name="accepted and lost", value=0, unit="events")]


async def _probe(process: Service) -> tuple[list[float], int]:
    """Ask whether it is alive, until cancelled; how long each answer took, and the most memory it had."""
    waits, most_bytes = [0.0, 0.0], process.bytes
    try:
        async with httpx.AsyncClient(base_url=process.url, timeout=30) as http:
            while True:
                began = time.perf_counter()
                (await http.get("/health/live")).raise_for_status()
                waits.append(time.perf_counter() - began)
                most_bytes = max(most_bytes, process.bytes)
                await asyncio.sleep(PROBE_SECONDS)
    except asyncio.CancelledError:
        return waits, most_bytes


def _figures(load: str, came: Hammered, seconds: float, probes: Sequence[float], more_bytes: int) -> list[Figure]:
    def figure(name: str, value: float, unit: str, target: Target | None = None) -> Figure:
        return Figure(measurement=NAME, name=f"{load}: {name}", value=value, unit=unit, target=target)

    def slow(waits: Sequence[float]) -> float:
        return quantiles(waits, n=100, method="inclusive")[98] * MILLISECONDS

    figures = [
        figure("accepted", len(came.accepted) / seconds, "events/s"),
        figure("refused", len(came.refused) / seconds, "/s"),
        figure("answered otherwise", came.others, ""),
        figure("accepted, p99", slow(came.accepted), "ms"),
        figure("health, p99", slow(probes), "ms"),
        figure("memory beyond what it began with", more_bytes / MEBIBYTE, "MiB", Target(bound=128, side="at most")),
    ]
    if came.refused:
        # Of one who does not pause it is mostly the pause, which the connection gets in any case.
        figures.append(figure("refused, p50", median(came.refused) * MILLISECONDS, "ms"))
        figures.append(figure("refused, p99", slow(came.refused), "ms"))
    return figures


def main() -> None:
    """Send, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.overload")
    parser.add_argument("url")
    parser.add_argument("events", type=Path, help="one to a line")
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("pause_seconds", type=float)
    print(json.dumps(asdict(asyncio.run(_hammer_all(parser.parse_args())))))  # noqa: T201  # its result


if __name__ == "__main__":
    main()
