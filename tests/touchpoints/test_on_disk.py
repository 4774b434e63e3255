"""202 means that the event is on disk; a disk that refuses means 503, and never 202.

strace watches the system calls of a running service, and makes them fail. That the disk keeps what it says it has
written, nobody can see from here.
"""

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.chassis.embedded_broker import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.live]

PATIENCE_SECONDS = 30
REFUSED_SECONDS = 0.05
MEBIBYTE = 1 << 20
BATCH = "application/cloudevents-batch+json"
CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<file>\d+)<(?P<path>[^>]*)>")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<name>\w+) resumed>")


@dataclass
class Desk:
    """The greeting service as a process, without Kafka."""

    pid: int
    http: httpx.AsyncClient
    spool: Path

    async def send(self, body: Any, content_type: str = "application/cloudevents+json") -> httpx.Response:
        return await self.http.post("/v1/events", json=body, headers={"content-type": content_type})

    def spooled(self) -> int:
        with closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as connection:
            return connection.execute("select count(*) from spooled").fetchone()[0]


@asynccontextmanager
async def running(spool: Path) -> AsyncIterator[Desk]:
    port = free_port()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "TOUCHLINE_SPOOL_FILE": str(spool),
        "TOUCHLINE_PORT": str(port),
    }
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.touchpoints.greeting"), env=os.environ | settings, stderr=DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            yield Desk(python.pid, http, spool)
    finally:
        python.kill()
        await python.wait()


async def until_ready(desk: Desk, *, status: int = 200) -> str:
    """Wait for that answer to whether it is ready; the answer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                answer = await desk.http.get("/health/ready")
            except httpx.HTTPError:
                pass
            else:
                if answer.status_code == status:
                    return answer.text
            await asyncio.sleep(0.05)


@pytest.fixture
async def desk(tmp_path) -> AsyncIterator[Desk]:
    async with running(tmp_path / "spool.db") as desk:
        await until_ready(desk)
        yield desk


@pytest.fixture
def strace(missing, tmp_path):
    """Watches a process, with options of strace; what it has seen is in the list when the block is left."""
    if shutil.which("strace") is None:
        missing("strace", "install the package strace")

    @asynccontextmanager
    async def watching(pid: int, *options: str) -> AsyncIterator[list[str]]:
        seen, file = [], tmp_path / "strace"
        command = ["strace", "-f", "-y", "-s", "16", "-o", str(file), *options, "-p", str(pid)]
        process = await asyncio.create_subprocess_exec(*command, stderr=PIPE)
        try:
            said = await process.stderr.readline()
            if b"attached" not in said:
                missing("the right to trace processes", f"strace says: {said.decode()}")
            await asyncio.sleep(0.3)  # it attaches to the other threads one by one, and says no more
            yield seen
        finally:
            process.send_signal(signal.SIGINT)
            await process.wait()
            seen += file.read_text().splitlines()

    return watching


def acceptances(lines: list[str]) -> list[bool]:
    """For each answer with 202 whether the spool was written to disk between its request and the answer."""
    began: dict[str, tuple[int, re.Match[str]]] = {}  # by thread, its last call, and when that was
    asked: dict[str, int] = {}  # by connection, when its last request came
    written = 0  # when the last write to the disk began that has come to its end
    found = []
    for at, line in enumerate(lines):
        if call := CALL.match(line):
            began[call["thread"]] = at, call
        elif not ((resumed := RESUMED.match(line)) and resumed["thread"] in began):
            continue
        thread = line.split()[0]
        since, call = began[thread]
        if call["name"] in {"fsync", "fdatasync"} and "spool.db" in call["path"] and line.endswith("= 0"):
            written = max(written, since)
        elif call["name"] == "recvfrom" and '"POST' in line:
            asked[call["file"]] = at
        elif call["name"] == "sendto" and '"HTTP/1.1 202' in line:
            found.append(written > asked.pop(call["file"]))
    return found


async def test_each_answer_with_202_comes_after_the_event_was_written_to_disk(desk, strace, journey, record_property):
    async def send_some(count: int) -> None:
        for _ in range(count):
            assert (await desk.send(journey.event())).status_code == 202

    async with strace(desk.pid, "-e", "trace=fsync,fdatasync,recvfrom,sendto") as lines:
        await send_some(200)
        await asyncio.gather(*[send_some(80) for _ in range(10)])
        batch = [journey.event() for _ in range(100)]
        assert (await desk.send(batch, BATCH)).status_code == 202

    found = acceptances(lines)
    syncs = sum("fdatasync" in line and line.endswith("= 0") for line in lines)
    what = f"of {len(found):,} answers with 202 before one of {syncs:,} writes to the disk"
    record_property(what, found.count(False))
    assert len(found) == 1001
    assert all(found)
    assert desk.spooled() == 1100


def test_an_answer_before_the_disk_is_noticed():
    request = '7  recvfrom(9<socket:[1]>, "POST /v1/events "..., 65536, 0, NULL, NULL) = 500'
    answer = '7  sendto(9<socket:[1]>, "HTTP/1.1 202 Acc"..., 200, 0, NULL, 0) = 200'
    begun, done = "8  fdatasync(5</x/spool.db-wal> <unfinished ...>", "8  <... fdatasync resumed>) = 0"

    assert acceptances([request, begun, done, answer]) == [True]
    assert acceptances([request, begun, answer, done]) == [False]
    assert acceptances([begun, request, done, answer]) == [False], "what was being written then is not this event"
    assert acceptances([request, begun, done.replace("= 0", "= -1 EIO"), answer]) == [False]
    assert acceptances([request, begun.replace("spool.db", "other"), done, answer]) == [False]


@pytest.mark.parametrize(
    ("calls", "error", "words"),
    [
        ("fsync,fdatasync", "EIO", "disk I/O error"),
        ("pwrite64", "ENOSPC", "database or disk is full"),
        ("pwrite64", "EIO", "disk I/O error"),
    ],
)
async def test_a_disk_that_refuses_means_503_until_it_does_not(desk, strace, journey, calls, error, words):
    assert (await desk.send(journey.event())).status_code == 202
    before = desk.spooled()

    async with strace(desk.pid, "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}") as lines:
        single = [await desk.send(journey.event()) for _ in range(20)]
        together = await asyncio.gather(*[desk.send(journey.event()) for _ in range(20)])
        batch = await desk.send([journey.event(), journey.event(), 7], BATCH)
        unready = await until_ready(desk, status=503)

    assert any(error in line for line in lines), "nothing was made to fail"
    assert {each.status_code for each in [*single, *together, batch]} == {503}
    problem = single[0].json()
    assert words in problem["detail"]
    assert str(desk.spool) in problem["detail"]
    assert int(single[0].headers["retry-after"]) >= 1
    assert (batch.json()["accepted"], len(batch.json()["unacknowledged"]), len(batch.json()["refused"])) == (0, 2, 1)
    assert words in unready

    last = await desk.send(journey.event())
    assert last.status_code == 202, last.text
    await until_ready(desk)
    assert desk.spooled() == before + 1, "what was refused is not there"


@pytest.fixture
def small_disk(tmp_path, missing) -> Iterator[Path]:
    """A disk of 48 megabytes."""
    if os.geteuid() != 0:
        missing("the right to mount a file system", "run the tests as root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk: Path, size: int) -> Path:
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        try:
            for _ in range(size // 4096):
                file.write(b"x" * 4096)
        except OSError:
            pass
    return filling


@pytest.mark.parametrize("size", [32 * MEBIBYTE, 64 * MEBIBYTE], ids=["nearly full", "full"])
async def test_a_full_disk_means_503_at_once_and_it_goes_on_by_itself_when_there_is_room(small_disk, journey, size):
    async with running(small_disk / "spool.db") as desk:
        await until_ready(desk)
        assert (await desk.send(journey.event())).status_code == 202

        filling = fill(small_disk, size)
        await until_ready(desk, status=503)
        seconds = []
        for _ in range(40):
            began = time.monotonic()
            refused = await desk.send(journey.event())
            seconds.append(time.monotonic() - began)
            assert refused.status_code == 503
        assert "free" in refused.json()["detail"]
        assert "free" in await until_ready(desk, status=503)
        print(f"refused within {statistics.median(seconds) * 1000:.1f} ms, at most {max(seconds) * 1000:.1f} ms")  # noqa: T201
        assert statistics.median(seconds) < REFUSED_SECONDS

        filling.unlink()
        assert (await desk.send(journey.event())).status_code == 202
        await until_ready(desk)
        assert desk.spooled() == 2


async def test_a_disk_that_is_full_at_the_start_is_waited_for(small_disk, journey):
    filling = fill(small_disk, 64 * MEBIBYTE)
    async with running(small_disk / "spool.db") as desk:
        assert "cannot be written" in await until_ready(desk, status=503)
        assert (await desk.send(journey.event())).status_code == 503

        filling.unlink()
        await until_ready(desk)
        assert (await desk.send(journey.event())).status_code == 202
