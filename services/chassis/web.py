"""The web shell of a process: health, metrics, problem details, bounded bodies, docs that need no internet."""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.problems import Problem, answer_with_problems
from services.chassis.settings import ProcessSettings

GRACE_SECONDS = 3
"""What is being answered at the end of a process may take this long. With disconnecting it stays under ten seconds."""
LAST_SECONDS = 9.0
"""A process that has not ended by then, because a disk or a client hangs, ends at once: what counts is on disk."""

LINGER_BYTES = 16 * 1024 * 1024
LINGER_SECONDS = 5.0
"""So much of a body that is too large is read before the sender is cut off, and for so long."""

log = structlog.get_logger(__name__)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class BodyLimit:
    """Refuses bodies above a number of bytes, whatever their headers say. What is too much is never held in memory."""

    def __init__(self, app: ASGIApp, largest_bytes: int) -> None:
        self.app = app
        self.largest_bytes = largest_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count what comes of its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        declared = int(length[:20]) if length.isdigit() else 0
        came = 0

        async def counted() -> Message:
            nonlocal came
            if declared > self.largest_bytes and b"expect" in headers:  # it has not been sent, and need not be
                raise self._too_large()
            message = await receive()
            came += len(message.get("body", b""))
            if max(came, declared) > self.largest_bytes:
                await _let_it_pass(message, receive)
                raise self._too_large()
            return message

        await self.app(scope, counted, send)

    def _too_large(self) -> Problem:
        detail = f"The body is larger than {self.largest_bytes:,} bytes. Send less at a time."
        return Problem(413, "too-large", "The request is too large", detail, headers={"connection": "close"})


async def _let_it_pass(message: Message, receive: Receive) -> None:
    """Read the rest of a body and forget it: a sender who is cut off in the middle does not get to see the answer."""
    passed = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while message.get("more_body", False) and passed < LINGER_BYTES:
                message = await receive()
                passed += len(message.get("body", b""))


def web_app(
    *,
    title: str,
    description: str,
    lifespan: Lifespan,
    not_ready: Callable[[], Awaitable[Sequence[str]]],
    registry: CollectorRegistry,
    largest_body_bytes: int,
    dead: Callable[[], Sequence[str]] = tuple,
    notes: Callable[[], Sequence[str]] = tuple,
) -> FastAPI:
    """An application with /health/live, /health/ready, /metrics and /docs; everything wrong comes out as a problem.

    `not_ready` says what keeps the process from doing its work at the moment; nothing: it is ready.
    `dead` says what of the process has ended for good, so that only a new one helps; nothing: it is alive.
    `notes` says what somebody should know of a process that is ready all the same.
    Once the process is told to end, `app.state.ending` is called, before what is being answered is waited for.
    """
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.ending = lambda: None
    answer_with_problems(app)
    app.add_middleware(BodyLimit, largest_bytes=largest_body_bytes)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        # That this is answered at all says that the event loop goes on.
        reasons = list(dead())
        if reasons:
            raise Problem(503, "dead", "Dead", "; ".join(reasons) + ".", reasons=reasons)
        return {"status": "alive"}

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> dict[str, Any]:
        reasons = list(await not_ready())
        if reasons:
            raise Problem(503, "not-ready", "Not ready", "; ".join(reasons) + ".", reasons=reasons)
        return {"status": "ready"} | ({"notes": list(notes())} if notes() else {})

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    return app


def run(app: FastAPI, settings: ProcessSettings) -> None:
    """Serve `app` until the process is told to end by SIGTERM or Ctrl-C; then exit with 0 in less than ten seconds.

    Stops the process, naming the setting, when the port is taken.
    """
    # uvicorn stops in peace on these signals, and then raises them again for whoever was there before: us.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        app, http="h11", log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    with _listener(settings) as listener:
        log.info("listening", address=f"http://{settings.host}:{listener.getsockname()[1]}")
        _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server whose process ends in bounded time once it has been told to, whatever hangs."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """The application has been made."""
        await super().startup(sockets)
        # What it is made of stays as long as the process: to search all that for cycles over and over again would hold
        # up everything else, 60 ms at a time.
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What is being answered is waited for, but for answers that only end when they are told to."""
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.ending()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal to end has come."""
        # Not in the event loop, which may be what hangs; nor at exit, where Python waits for its threads.
        last = threading.Timer(LAST_SECONDS, _end_now)
        last.daemon = True
        last.start()
        super().handle_exit(sig, frame)


def _end_now() -> None:
    log.error("the end takes too long and is cut short", seconds=LAST_SECONDS)
    os._exit(1)


def _listener(settings: ProcessSettings) -> socket.socket:
    # Ours, and not uvicorn's, which would tell of a port that is taken where nobody sees it: in its own log.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With its protocol named: else asyncio does not take it for TCP, and answers wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise SystemExit(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror or error}. "
            "Set TOUCHLINE_PORT, or TOUCHLINE_HOST, to what is free."
        ) from error
    return listener
