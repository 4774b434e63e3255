"""A client that sends what it is told over some connections, each request as soon as the last one was answered.

Run as a process of its own, `python -m tests.bench.http_load`.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from statistics import quantiles

from tests.bench.http_client import CONTENT_TYPES, Connection, request


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came of it."""

    events: int
    """Answered with 202."""
    seconds: float
    median_seconds: float
    """From a request to its answer; half of them were quicker."""
    slow_seconds: float
    """99 in 100 were quicker."""


async def load(url: str, events: Path, *, form: str, at_once: int, connections: int, seconds: float) -> Load:
    """Send the events of a file, again and again, `at_once` in a request, for so many seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.http_load", url, str(events), form,
        str(at_once), str(connections), str(seconds),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"tests.bench.http_load has ended with code {process.returncode}")
    return Load(**json.loads(output))


def _requests(url: str, events: Path, form: str, at_once: int) -> list[bytes]:
    """Whole requests, ready to be sent."""
    lines = events.read_bytes().splitlines()
    groups = [lines[first : first + at_once] for first in range(0, len(lines) - at_once + 1, at_once)]
    bodies = [b"[" + b",".join(group) + b"]" if form == "batch" else b"\n".join(group) for group in groups]
    return [request(url, body, form) for body in bodies]


async def _send(url: str, requests: Iterator[bytes], until: float) -> list[float]:
    """Send over one connection; how long each answer took."""
    connection = await Connection.to(url)
    waits = []
    while (began := time.perf_counter()) < until:
        await connection.post(next(requests))
        waits.append(time.perf_counter() - began)
    connection.close()
    return waits


async def _send_all(told: argparse.Namespace) -> Load:
    requests = cycle(_requests(told.url, told.events, told.form, told.at_once))
    began = time.perf_counter()
    sending = [_send(told.url, requests, began + told.seconds) for _ in range(told.connections)]
    waits = [wait for each in await asyncio.gather(*sending) for wait in each]
    seconds = time.perf_counter() - began
    parts = quantiles(waits, n=100, method="inclusive")
    return Load(events=len(waits) * told.at_once, seconds=seconds, median_seconds=parts[49], slow_seconds=parts[98])


def main() -> None:
    """Send, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.http_load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("events", type=Path, help="one to a line")
    parser.add_argument("form", choices=CONTENT_TYPES)
    parser.add_argument("at_once", type=int, help="events in a request")
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    print(json.dumps(asdict(asyncio.run(_send_all(parser.parse_args())))))  # noqa: T201  # its result


if __name__ == "__main__":
    main()
