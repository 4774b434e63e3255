"""Tells open pages that something has changed, as server-sent events: a signal, not what; pages look by themselves.

Each page costs one line at most twice a second, however much comes in. Whoever is not told for some seconds is sent a
beat, so that both sides notice when the other is gone.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from services.alerts.domain.caller import Caller
from services.alerts.entrypoints.access import Access
from services.chassis.problems import Problem

PAUSE_SECONDS = 0.5
"""So long nothing is told after something was: what comes in meanwhile is told together."""
BEAT_SECONDS = 10.0
"""The script of the pages takes the connection for lost after twice this."""
MOST_OPEN = 500
"""Pages that are told at a time. The others look by themselves now and then."""
RETRY = "retry: 3000\n\n"
"""After so many milliseconds browsers connect again by themselves."""
BEAT, CHANGED = "event: beat\ndata: .\n\n", "event: changed\ndata: .\n\n"


class Live:
    """Who is told of changes, and by when."""

    def __init__(self, *, pause_seconds: float = PAUSE_SECONDS, beat_seconds: float = BEAT_SECONDS) -> None:
        self._pause_seconds, self._beat_seconds = pause_seconds, beat_seconds
        self._changed = asyncio.Event()
        self._told = 0
        """How often something was told."""
        self._news: asyncio.Future[None] | None = None
        self._ended = False
        self.open = 0
        """So many pages are told at the moment."""

    def changed(self) -> None:
        """Something that the pages show is not as it was. Costs nothing, however often it is called."""
        self._changed.set()

    def end(self) -> None:
        """Let all pages go: the process ends."""
        self._ended = True
        self._tell()

    async def run(self) -> None:
        """Pass on that something has changed, at most once in `pause_seconds`."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._tell()
            await asyncio.sleep(self._pause_seconds)

    async def events(self) -> AsyncIterator[str]:
        """What one page is sent."""
        self.open += 1
        try:
            seen = self._told
            yield RETRY + BEAT
            while not self._ended:
                await self._hears(seen)
                yield BEAT if seen == self._told else CHANGED
                seen = self._told
        finally:
            self.open -= 1

    def _tell(self) -> None:
        self._told += 1
        if self._news is not None:
            self._news.set_result(None)
            self._news = None

    async def _hears(self, seen: int) -> None:
        """Return when more was told than was `seen`, or when it is time for a beat."""
        if seen == self._told and not self._ended:
            if self._news is None:
                self._news = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._news], timeout=self._beat_seconds)


def live_route(live: Live, access: Access) -> APIRouter:
    """The route that pages listen at."""
    router = APIRouter(include_in_schema=False)

    @router.get("/live")
    async def events(request: Request, _: Annotated[Caller, Depends(access.caller)]) -> Response:
        async def while_signed_in() -> AsyncIterator[str]:
            async for event in live.events():
                if event == BEAT:
                    try:
                        await access.caller(request)
                    except Problem:  # the page finds out by itself, and leads to where one signs in
                        return
                yield event

        if live.open >= MOST_OPEN:
            return Response(status_code=503, headers={"retry-after": "60"})
        # Proxies are asked to pass on each line at once.
        return StreamingResponse(while_signed_in(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    return router
