"""Who asks, and whether it is he who asks: every route that shows or does something depends on one of the two."""

from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.security import APIKeyCookie

from services.alerts.domain.caller import Caller
from services.alerts.entrypoints.key import BEARER, check_key
from services.alerts.ports import Transact
from services.alerts.users import signed_in
from services.chassis.clock import Clock
from services.chassis.problems import Problem

PROGRAMS = "/v1/"
"""What is below is for programs: they are told of a problem where people are led to the page to sign in."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ANYBODY = Caller(name="manager", speaks_for_others=True)
"""Who asks where nobody signs in."""
PROGRAM = Caller(name="key", speaks_for_others=True)


class Access:
    """Finds out who asks. What it hands out as dependencies raises, and so answers, where nobody may."""

    def __init__(
        self, transact: Transact, clock: Clock, *, signs_in: bool, key: str | None, page_url: str, open_to_all: bool
    ) -> None:
        """`open_to_all`: nobody signs in, and not on this machine alone."""
        self._transact, self._clock, self._key = transact, clock, key
        self.signs_in = signs_in
        page = urlsplit(page_url)
        self._origin = f"{page.scheme}://{page.netloc}"
        self._hosts = None if signs_in or open_to_all else LOOPBACK | {page.hostname}
        self.is_encrypted = page.scheme == "https"
        # Browsers take a cookie of the first name from this very host alone, and only where it is encrypted.
        self.cookie = "__Host-touchline" if self.is_encrypted else "touchline"

    async def caller(self, request: Request) -> Caller:
        """Who looks."""
        if not self.signs_in:
            self._refuse_other_names(request)
            return ANYBODY
        if "authorization" in request.headers:
            return self._program(request)
        session_id = self.session_id(request)
        now = self._clock.now()
        caller = None if session_id is None else await self._transact(lambda each: signed_in(each, session_id, now))
        if caller is None:
            raise nobody(request)
        return caller

    async def acting(self, request: Request) -> Caller:
        """Who does something: somebody on one of our own pages, or a program with the key."""
        if "authorization" in request.headers:
            return self._program(request)
        if request.url.path.startswith(PROGRAMS) and not self.is_ours(request):
            return self._program(request)  # which it is not
        self.refuse_other_sites(request)
        caller = await self.caller(request)
        if not caller.may_act:
            raise only_looks()
        return caller

    def session_id(self, request: Request) -> str | None:
        """What a browser holds since its user signed in."""
        return request.cookies.get(self.cookie)

    def holding(self, answer: Response, session_id: str, seconds: int) -> Response:
        """The answer after which a browser holds it for so long."""
        answer.set_cookie(
            self.cookie, session_id, max_age=seconds, secure=self.is_encrypted, httponly=True, samesite="lax"
        )
        return answer

    def refuse_other_sites(self, request: Request) -> None:
        """Raise the problem of a request that none of our own pages has sent."""
        if not self.is_ours(request):
            raise another_site()

    def is_ours(self, request: Request) -> bool:
        """Whether one of our own pages has sent a request: browsers say so, and pages cannot make them lie."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        here = f"{request.url.scheme}://{request.headers.get('host', '')}"
        return request.headers.get("origin") in {self._origin, here}

    def _program(self, request: Request) -> Caller:
        check_key(request, self._key)
        return PROGRAM

    def _refuse_other_names(self, request: Request) -> None:
        """Another site may have given its name this machine's address: to a browser all that is here were its own."""
        if self._hosts is not None and request.url.hostname not in self._hosts:
            raise another_name()


def documented_ways(access: Access) -> list[Dependency]:
    """What a program has to send, for the documentation."""
    cookie = APIKeyCookie(name=access.cookie, auto_error=False, description="What a browser holds after signing in.")
    return [Depends(BEARER), *([Depends(cookie)] if access.signs_in else [])]


def nobody(request: Request) -> Problem:
    """Nobody has signed in, or not any more."""
    title, path = "Nobody is signed in", request.url.path
    if path.startswith(PROGRAMS):
        detail = "Sign in at /sign-in, or send the key of programs as Authorization: Bearer KEY."
        return Problem(401, "nobody-is-signed-in", title, detail, headers={"WWW-Authenticate": "Bearer"})
    back = f"{path}?{request.url.query}" if request.url.query else path
    then = f"?next={quote(back)}" if request.method == "GET" and back != "/" else ""
    return Problem(303, "nobody-is-signed-in", title, "Sign in first.", headers={"Location": f"/sign-in{then}"})


def another_site() -> Problem:
    """A request that changes something, and comes from none of our pages."""
    detail = "This can only be done from a page of the alert service itself. Open the page, and do it there."
    return Problem(403, "another-site", "Asked for by another site", detail)


def another_name() -> Problem:
    """A request to this machine under a name that is not its own."""
    detail = (
        "Nobody signs in here, so the page is only shown under this machine's own names: open http://127.0.0.1 or "
        "localhost with its port, or set TOUCHLINE_PAGE_URL to where it is reached."
    )
    return Problem(421, "another-name", "Not under this name", detail)


def only_looks() -> Problem:
    """Somebody who may look, and no more."""
    detail = "You may look at alerts, and not do anything about them. `touchline users scope` changes that."
    return Problem(403, "may-only-look", "You may only look", detail)
