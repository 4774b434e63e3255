"""Prometheus Alertmanager, the real program, on the loopback address of this machine, with a folder of its own."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Self

import httpx

from services.chassis.embedded_broker import free_port
from tests.alerts.waiting import eventually

CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


class Alertmanager:
    """Use as an asynchronous context manager; `url` is where it listens, which stays the same when it is restarted."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder, self.port = program, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: asyncio.subprocess.Process | None = None
        self._http = httpx.AsyncClient(base_url=self.url)

    async def __aenter__(self) -> Self:
        (self._folder / "alertmanager.yml").write_text(CONFIGURATION)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._http.aclose()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            self._program,
            f"--config.file={self._folder / 'alertmanager.yml'}",
            f"--storage.path={self._folder}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await eventually(self._ready)

    async def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()

    async def alerts(self) -> list[dict[str, Any]]:
        """What is going on, as it sees it: not what has ended."""
        answer = await self._http.get("/api/v2/alerts")
        return sorted(answer.raise_for_status().json(), key=lambda each: str(each["labels"]))

    async def severities(self) -> list[str]:
        return [each["labels"]["severity"] for each in await self.alerts()]

    async def _ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await self._http.get("/-/ready")).status_code == httpx.codes.OK
        return False
