"""What browsers are told about every answer: run our own scripts alone, be shown in no frame, keep nothing."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    # With none at all browsers would not say either that a form was sent from one of our own pages.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
DOCUMENTATION = ("/docs", "/static-offline-docs")
"""The documentation to try out is made of scripts, partly within its page: it holds no alerts, and runs them."""


class SecurityHeaders:
    """Adds the headers to every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see to its answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    if name != "content-security-policy" or not scope["path"].startswith(DOCUMENTATION):
                        headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
