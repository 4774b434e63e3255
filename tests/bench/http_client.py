"""Just enough of an HTTP/1.1 client: on two cores a library would use up more than the services that are measured."""

import asyncio
from typing import Self
from urllib.parse import urlsplit

ACCEPTED = 202
END_OF_HEAD = b"\r\n\r\n"
CONTENT_TYPES = {
    "single": "application/cloudevents+json",
    "batch": "application/cloudevents-batch+json",
    "lines": "application/x-ndjson",
}


class NotAccepted(Exception):
    """The service has not answered with 202."""


class Connection(asyncio.Protocol):
    """One connection to a service, with one request under way at a time."""

    def __init__(self) -> None:
        self._answer = bytearray()
        self._answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport

    @classmethod
    async def to(cls, url: str) -> Self:
        """Connect to where `url` leads."""
        target = urlsplit(url)
        _, connection = await asyncio.get_running_loop().create_connection(cls, target.hostname, target.port)
        return connection

    async def post(self, request: bytes) -> None:
        """Send a whole request, and return once it is accepted. Raises NotAccepted."""
        if await self.status(request) != ACCEPTED:
            raise NotAccepted(self._answer[:500].decode(errors="replace"))

    async def status(self, request: bytes) -> int:
        """Send a whole request; with which status it was answered. Raises NotAccepted when the connection is lost."""
        self._answer.clear()
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """The transport tells."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The transport tells: a part of the answer."""
        self._answer += data
        head, found, body = self._answer.partition(END_OF_HEAD)
        if not found or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        self._answered.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, error: Exception | None) -> None:
        """The transport tells."""
        if not self._answered.done():
            self._answered.set_exception(NotAccepted(f"the connection was closed: {error}"))


def request(url: str, body: bytes, form: str) -> bytes:
    """A whole request with events in one of the forms that services take."""
    target = urlsplit(url)
    head = (
        f"POST {target.path} HTTP/1.1\r\nhost: {target.netloc}\r\n"
        f"content-type: {CONTENT_TYPES[form]}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
