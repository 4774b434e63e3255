"""A receiver of webhooks that notes when each arrives, and answers at once."""

import asyncio
import json
import time
from typing import Self

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
END_OF_HEAD = b"\r\n\r\n"


class Receiver:
    """Receives alerts on the loopback address. Use as an asynchronous context manager."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        """By journey, when the first webhook about it was here in full."""
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/alerts"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(END_OF_HEAD)
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                now = time.perf_counter()
                writer.write(ANSWER)
                self.arrived.setdefault(json.loads(body)["data"]["journey"], now)
        except asyncio.IncompleteReadError:
            writer.close()  # the service has ended
