"""A full disk makes a service unready, in words; it waits, loses nothing, and goes on when there is room again."""

import asyncio
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from services.chassis.broker import create_topics, kafka_broker
from services.chassis.producing import Message, Producing
from tests.live.outages.services import Service
from touchline_contracts import TOPICS, TOUCHPOINTS, new_event
from touchline_contracts.greeting import CustomerArrived

pytestmark = [pytest.mark.anyio, pytest.mark.live]

EVENTS = 500
STALLED_SECONDS = 5.0


@pytest.fixture
def small_disk(tmp_path, missing) -> Iterator[Path]:
    """A disk of one megabyte."""
    if os.geteuid() != 0:
        missing("the right to mount a file system", "run the tests as root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path) -> Path:
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return filling


def kept(database: Path) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return int(connection.execute("select count(*) from events").fetchone()[0])


async def not_ready_because(service: Service, text: str, seconds: float = 30) -> None:
    said = ""
    async with httpx.AsyncClient(base_url=service.url) as http:
        try:
            async with asyncio.timeout(seconds):
                while text not in said:
                    with suppress(httpx.TimeoutException):  # a disk that is full may keep the answer waiting
                        said = (await http.get("/health/ready")).text
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {said!r}") from None


async def publish(broker, first: int, count: int) -> None:
    events = [
        new_event(
            CustomerArrived(channel="door"), id=f"e{number}", source="/door", store="riga-1", subject=f"j{number}",
            time=datetime.now(UTC),
        )
        for number in range(first, first + count)
    ]  # fmt: skip
    messages = [Message(event.key.encode(), event.to_json()) for event in events]
    assert set(await Producing(broker, TOUCHPOINTS.name).publish(messages)) == {None}


async def test_a_full_disk_is_waited_for(broker, small_disk, tmp_path) -> None:
    database = small_disk / "experience.db"
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "TOUCHLINE_KAFKA_IDEMPOTENCE": str(broker.idempotence).lower(),
        "TOUCHLINE_DATABASE": str(database),
        "TOUCHLINE_STALLED_SECONDS": f"{STALLED_SECONDS:g}",
    }
    await create_topics(broker.settings, TOPICS)
    sending = kafka_broker(broker.settings, client="test")
    await sending.start()
    try:
        async with Service("services.experience", name="experience", directory=tmp_path, settings=settings) as service:
            await service.until(ready=True)

            filling = fill(small_disk)
            await not_ready_because(service, "the database cannot be written: database or disk is full")
            filling.unlink()
            await service.until(ready=True)

            filling = fill(small_disk)
            await publish(sending, 0, EVENTS)
            await not_ready_because(service, "database or disk is full")
            assert kept(database) < EVENTS
            # Longer than a consumer may stand still: it is the disk that has to be mended, not the consumer.
            await asyncio.sleep(1.5 * STALLED_SECONDS)

            filling.unlink()
            began = time.monotonic()
            await service.until(ready=True)
            async with asyncio.timeout(30):
                while kept(database) < EVENTS:
                    await asyncio.sleep(0.05)
            print(f"{EVENTS} events were kept {time.monotonic() - began:.1f} s after there was room again")  # noqa: T201  # the figure, with -s
            async with httpx.AsyncClient(base_url=service.url) as http:
                (restarts,) = [
                    line
                    for line in (await http.get("/metrics")).text.splitlines()
                    if line.startswith("touchline_consumer_restarts_total{")
                ]
            assert restarts.endswith(" 0.0")
            assert service.warnings()["what was read has to wait, trying until it works"] == 1
    finally:
        await sending.stop()
