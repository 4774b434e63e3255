"""Processes that are measured: what they have used, as the kernel counts it, and services as users start them."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.chassis.embedded_broker import free_port

READY_SECONDS = 60.0
STOP_SECONDS = 12.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """A process and what it uses. Source: proc(5)."""

    pid: int

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all its threads since its start."""
        # The name, in brackets, may hold blanks: what is counted begins behind it.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    @property
    def bytes(self) -> int:
        """The memory that it holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def peak_bytes(self) -> int:
        """The most memory it has held so far."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


@dataclass(frozen=True)
class Service(Used):
    """A running service."""

    module: str
    url: str


@asynccontextmanager
async def service(module: str, *, log: Path, environment: Mapping[str, str]) -> AsyncIterator[Service]:
    """One service as its users start it, ready. RuntimeError, with the end of its log, when it does not become so."""
    port = free_port()
    # Nothing of what is set for the person who measures may change what is measured.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TOUCHLINE", "KAFKA"))}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module,
            env={**inherited, "TOUCHLINE_PORT": str(port), **environment},
            stdin=DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        running = Service(process.pid, module, f"http://127.0.0.1:{port}")
        if not await _ready(process, running):
            raise RuntimeError(f"{module} is not ready after {READY_SECONDS:g} s; the end of its log:\n{_end_of(log)}")
        yield running
    finally:
        await _stop(process)


async def _ready(process: Process, running: Service) -> bool:
    async with httpx.AsyncClient(timeout=5.0) as client:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                while process.returncode is None:
                    with suppress(httpx.HTTPError):
                        if (await client.get(f"{running.url}/health/ready")).is_success:
                            return True
                    await asyncio.sleep(0.05)
    return False


async def _stop(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]
