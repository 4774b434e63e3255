"""A TCP connection that can be made bad: slow, cut, or a black hole that takes everything and gives nothing back."""

import asyncio
from contextlib import suppress
from enum import Enum
from typing import Self

CHUNK = 1 << 16
ABORTED = (ConnectionError, asyncio.IncompleteReadError)


class Line(Enum):
    """What the connection is like."""

    GOOD = "good"
    SLOW = "slow"
    """Everything arrives, later."""
    BLACK_HOLE = "black hole"
    """Connections stand and can be made; nothing arrives, in neither direction."""


class Proxy:
    """Passes connections on to a port on the loopback address. An asynchronous context manager."""

    def __init__(self, port: int, *, to: int, delay_seconds: float = 0.2) -> None:
        self.port = port
        self.line = Line.GOOD
        self.connections = 0
        """How many were made."""
        self.to, self._delay_seconds = to, delay_seconds
        self._open: set[asyncio.StreamWriter] = set()
        self._good = asyncio.Event()
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._good.set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def turn(self, line: Line) -> None:
        """Have the connection be like this from now on, those that stand as well."""
        self.line = line
        if line is Line.BLACK_HOLE:
            self._good.clear()
        else:
            self._good.set()

    def cut(self) -> None:
        """Reset every connection that stands; new ones can be made."""
        for each in self._open:
            each.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        other: asyncio.StreamWriter | None = None
        try:
            await self._good.wait()
            behind, other = await asyncio.open_connection("127.0.0.1", self.to)
            self._open.add(other)
            await asyncio.gather(self._pass_on(reader, other), self._pass_on(behind, writer))
        except ABORTED:
            pass
        finally:
            for each in (writer, other):
                if each is not None:
                    self._open.discard(each)
                    each.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*ABORTED):
            while chunk := await reader.read(CHUNK):
                if self.line is Line.SLOW:
                    await asyncio.sleep(self._delay_seconds)
                await self._good.wait()
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()
