"""Services as processes of their own, which can be killed, paused and asked whether they are ready."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from services.chassis.embedded_broker import free_port
from tests.processes import ends_with_us

READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("TOUCHLINE", "KAFKA"))}


class Service:
    """One process. Use as an asynchronous context manager; while it runs, its readiness is looked at all the time."""

    def __init__(self, module: str, *, name: str, directory: Path, settings: Mapping[str, str]) -> None:
        self.module = module
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / f"{name}.log"
        self.looks: list[tuple[float, bool]] = []
        """When it was looked at, and whether it was ready, and had nothing to say, such as that Kafka is away."""
        own = {"TOUCHLINE_SPOOL_FILE": str(directory / f"{name}.spool.db")}
        address = {"TOUCHLINE_HOST": "127.0.0.1", "TOUCHLINE_PORT": str(self.port)}
        self.environment = ENVIRONMENT | own | settings | address
        self.answered_at = 0.0
        """When it last gave any answer, on the monotonic clock."""
        self._process: subprocess.Popen[bytes] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._takes_events = False

    async def __aenter__(self) -> Self:
        self.start()
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await self.end(signal.SIGKILL)

    def start(self) -> None:
        """Start it; it need not be ready when this returns."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_us(), sys.executable, "-m", self.module],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it with a signal, and wait until it has ended."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        async with asyncio.timeout(15):
            while self._process.poll() is None:
                await asyncio.sleep(0.01)

    def pause(self) -> None:
        """Let it hang: it does nothing, and does not know it. All its threads have stopped when this returns."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # One thread is told at once, the others a moment later, and one that writes to the disk finishes that first.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def resume(self) -> None:
        """Let it go on after `pause`, as if nothing had been."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether it was ready when it was looked at last."""
        return bool(self.looks) and self.looks[-1][1]

    async def until(self, *, ready: bool, seconds: float = READY_SECONDS) -> float:
        """Wait until a new look finds it ready, or not ready; how long that took. AssertionError when it does not."""
        began = time.monotonic()
        while not (self.looks and self.looks[-1][0] > began and self.looks[-1][1] is ready):
            state = "ready" if ready else "not ready"
            waited = time.monotonic() - began
            assert waited < seconds, f"{self.name} is not {state} after {seconds:g} s:\n{self.end_of_log()}"
            assert self.running or not ready, f"{self.name} has ended:\n{self.end_of_log()}"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def until_answering(self) -> None:
        """Wait until it gives any answer, be it that it is not ready."""
        began = time.monotonic()
        async with asyncio.timeout(READY_SECONDS):
            while self.answered_at < began:
                await asyncio.sleep(0.02)

    async def until_taking_events(self) -> None:
        """Wait until it says that it is ready, whatever else it may have to say."""
        async with asyncio.timeout(READY_SECONDS):
            while not self._takes_events:
                await asyncio.sleep(0.02)

    def warnings(self) -> Counter[str]:
        """How often its log says each thing that is a warning or an error."""
        return Counter(each["event"] for each in self.entries() if each.get("level") in {"warning", "error"})

    def entries(self) -> list[dict[str, Any]]:
        """The lines of its log. What is no JSON has come past the log: a warning in itself."""
        entries = []
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                entries.append(json.loads(line))
            except json.JSONDecodeError:
                entries.append({"level": "error", "event": line})
        return entries

    def end_of_log(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])

    async def _look(self) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=3.0) as http:
            while True:
                try:
                    answer = await http.get("/health/ready")
                    self.answered_at = time.monotonic()
                    self._takes_events = answer.status_code == httpx.codes.OK
                    ready = self._takes_events and "notes" not in answer.json()
                except httpx.HTTPError:
                    self._takes_events = ready = False
                self.looks.append((time.monotonic(), ready))
                await asyncio.sleep(LOOK_SECONDS)
