"""Who is let to the pages, and that what is done there was meant: it comes from our own pages."""

from fastapi import Request

from services.alerts.domain.caller import Caller
from services.chassis.problems import Problem

ANYBODY = Caller(name="manager")


class Access:
    """Lets everybody who reaches the pages look, and act from them."""

    async def caller(self, request: Request) -> Caller:  # noqa: ARG002 (everybody is the same here)
        """Who looks."""
        return ANYBODY

    async def acting(self, request: Request) -> Caller:
        """Who does something. Raises Problem where another site has the browser do it."""
        if not is_ours(request):
            detail = "This was not sent from one of our own pages. Open the page and do it there."
            raise Problem(403, "from-elsewhere", "Refused", detail)
        return await self.caller(request)


def is_ours(request: Request) -> bool:
    """Whether a request was sent by one of our own pages, as the browser says."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("origin") == f"{request.url.scheme}://{request.headers.get('host', '')}"
