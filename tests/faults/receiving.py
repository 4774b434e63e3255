"""The receiver of webhooks: a manager's phone that notes what it was told, and answers as it is told to."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any, NamedTuple, Self

END_OF_HEAD = b"\r\n\r\n"


class Received(NamedTuple):
    """One webhook."""

    id: str
    """Of the delivery: the same however often it is sent."""
    data: dict[str, Any]
    at: float
    """On the monotonic clock."""


class Phone:
    """Receives webhooks on the loopback address. Use as an asynchronous context manager."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 204
        self._server: asyncio.Server
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/alerts"

    @property
    def ids(self) -> list[str]:
        """The ids of what was received, in order."""
        return [each.id for each in self.received]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # the service has died
            while True:
                head = (await reader.readuntil(END_OF_HEAD)).decode().split("\r\n")[1:]
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in head)}
                body = await reader.readexactly(int(headers["content-length"]))
                if self.status < 300:  # what it refuses it has not understood
                    self.received.append(Received(headers["webhook-id"], json.loads(body)["data"], time.monotonic()))
                writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()
