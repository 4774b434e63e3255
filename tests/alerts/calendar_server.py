"""A web server on this machine that gives out calendars as it is told: good ones, none, too large ones, slowly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self


class CalendarServer:
    """Answers every request with `answer`: a whole answer, or one that comes in parts."""

    def __init__(self) -> None:
        self.answer: bytes | AsyncIterator[bytes] = b""
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/private-key/riga.ics"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def gives(self, content: bytes, status: str = "200 OK", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(content)}", *headers, "", ""]
        self.answer = "\r\n".join(lines).encode() + content

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(self.answer, bytes):
                writer.write(self.answer)
                await writer.drain()
            else:
                async for part in self.answer:
                    writer.write(part)
                    await writer.drain()
        writer.close()


async def slowly() -> AsyncIterator[bytes]:
    """A beginning, and then a byte from time to time, for ever."""
    yield b"HTTP/1.1 200 OK\r\n\r\nBEGIN:VCALENDAR\r\n"
    while True:
        await asyncio.sleep(0.05)
        yield b"X"


async def without_end() -> AsyncIterator[bytes]:
    """As fast as it is read, for ever."""
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b"X" * 65536
