"""A receiver of webhooks on this machine, which answers as it is told and believes only what is signed, if so asked."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from standardwebhooks import Webhook

from services.alerts.allowance import allowance
from services.chassis.embedded_broker import free_port
from tests.alerts.waiting import PATIENCE_SECONDS, eventually

LOOPBACK = allowance(["127.0.0.1"])
"""Where receivers of tests are."""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="


@dataclass(frozen=True)
class Answer:
    """How the receiver answers one request."""

    status: int = 204
    headers: tuple[tuple[bytes, bytes], ...] = ()
    endless_body: bool = False
    never: bool = False


@dataclass(frozen=True)
class Received:
    """One request, its signature verified."""

    path: str
    headers: dict[str, str]
    body: Any
    raw: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """Answers with each of `answers` in turn, and with the last one from then on."""

    def __init__(self, answers: Sequence[Answer | int] = (204,), *, signed: bool = True) -> None:
        self.signed = signed
        self.answers = [each if isinstance(each, Answer) else Answer(each) for each in answers]
        self.received: list[Received] = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook?token=hidden"
        self._arrived = asyncio.Condition()
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            port=self.port,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server._serve())  # noqa: SLF001  # serve() would take over signals
        await eventually(lambda: self._server.started)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            with suppress(asyncio.CancelledError):
                await self._serving

    async def until(self, number: int) -> list[Received]:
        """Everything that was received, once there are so many requests."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= number)
        return self.received

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        said = Webhook(SECRET).verify(body, headers) if self.signed else json.loads(body)
        received = Received(scope["path"], headers, said, body)
        answer = self.answers[min(len(self.received), len(self.answers) - 1)]
        async with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        if answer.never:
            await receive()  # until the other side hangs up
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        hung_up = asyncio.ensure_future(receive())
        while answer.endless_body and not hung_up.done():
            await send({"type": "http.response.body", "body": b"x" * 1024, "more_body": True})
            await asyncio.sleep(0)
        hung_up.cancel()
        await send({"type": "http.response.body", "body": b""})
