"""The manager's phone: a receiver of webhooks on this machine, which believes only what is signed."""

import asyncio
import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.chassis.embedded_broker import free_port

Ring = Callable[[dict[str, Any]], Awaitable[None]]


def new_secret() -> str:
    """A fresh secret for signing webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Phone:
    """Receives alerts on the loopback address. Use as an asynchronous context manager; `url` is where it listens."""

    def __init__(self, secret: str, ring: Ring | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/alerts"
        self.messages: list[dict[str, Any]] = []
        """What was received, each delivery once."""
        self._seen: set[str] = set()
        self._webhook = Webhook(secret)
        self.ring = ring
        """Called with each new message."""
        app = FastAPI(openapi_url=None)
        app.post("/alerts")(self._receive)
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self.port, log_config=None, lifespan="off")
        )
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # Ctrl-C is not ours to handle
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server._serve())  # noqa: SLF001  # serve() would take over signals
        while not self._server.started:  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            with suppress(asyncio.CancelledError):
                await self._serving

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        try:
            self._webhook.verify(body, dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        delivery = request.headers["webhook-id"]
        if delivery not in self._seen:
            self._seen.add(delivery)
            message = json.loads(body)
            self.messages.append(message)
            if self.ring is not None:
                await self.ring(message)
        return Response(status_code=204)
