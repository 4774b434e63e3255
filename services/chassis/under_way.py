"""A bound on what is under way at once: what is beyond it is refused at once, and never waits in memory."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis.problems import Problem

RETRY_AFTER_SECONDS = 2
"""The pause that a refused sender is asked for, and that its connection gets in any case."""


class UnderWay:
    """Refuses requests to one path while too many are being answered; health and metrics are answered all the same.

    It stands before everything else, so that a refusal costs next to nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        most_requests: int,
        most_bytes: int,
        largest_bytes: int,
        refused: Callable[[], None],
    ) -> None:
        """`most_bytes` of bodies, none of them larger than `largest_bytes`. `refused` is called for each refusal."""
        self.app = app
        self.requests = 0
        self.bytes = 0
        self._path, self._refused = path, refused
        self._most_requests, self._most_bytes, self._largest_bytes = most_requests, most_bytes, largest_bytes
        detail = (
            "More is sent at this moment than can be taken; nothing of this request was. "
            "Send the same again, with the same ids, after a pause; an event counts once, however often it is sent."
        )
        headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
        answer = Problem(503, "busy", "Too much at once", detail, headers=headers).response()
        self._start = {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
        self._body = {"type": "http.response.body", "body": answer.body, "more_body": True}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] != self._path:
            await self.app(scope, receive, send)
            return
        size = self._size(scope)
        if self.requests >= self._most_requests or self.bytes + size > self._most_bytes:
            self._refused()
            await self._refuse(send)
            return
        self.requests += 1
        self.bytes += size
        try:
            await self.app(scope, receive, send)
        finally:
            self.requests -= 1
            self.bytes -= size

    async def _refuse(self, send: Send) -> None:
        # The sender has the whole answer at once. But for the server it is not over before the pause is: the next
        # request of a sender who does not heed that is not even read, else refusing would take all the time there is.
        await send(self._start)
        await send(self._body)
        await asyncio.sleep(RETRY_AFTER_SECONDS)
        await send({"type": "http.response.body"})

    def _size(self, scope: Scope) -> int:
        """How much its body may take; of one that does not say it, as much as a body may."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return min(int(value[:20]), self._largest_bytes)
        return self._largest_bytes
