"""The page to sign in at, and what its form and that for signing out do. No script is needed for either."""

import math
from datetime import tzinfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.alerts.domain.user import LONGEST
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.pages import page_templates
from services.alerts.entrypoints.showing import Showing
from services.alerts.entrypoints.signing_in import SigningIn, TooMany, fields_of, local_path
from services.alerts.ports import Transact
from services.alerts.users import sign_out
from services.chassis.clock import Clock

WRONG = "The name or the password is wrong."


def sign_in_page(access: Access, signing_in: SigningIn, transact: Transact, clock: Clock, zone: tzinfo) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    template = page_templates(access).get_template("sign-in.html")

    def page(then: str, *, trouble: str = "", name: str = "", status: int = 200) -> HTMLResponse:
        showing = Showing(clock.now(), zone)
        text = template.render(showing=showing, banners=(), then=local_path(then), trouble=trouble, name=name)
        return HTMLResponse(text, status)

    @router.get("/sign-in")
    async def form(request: Request) -> HTMLResponse:
        return page(request.query_params.get("next", "/"))

    @router.post("/sign-in")
    async def sign_somebody_in(request: Request) -> Response:
        # Also here: else another site could sign somebody in as somebody else.
        access.refuse_other_sites(request)
        sent = fields_of(await request.body())
        name, then, now = sent.get("name", ""), sent.get("next", "/"), clock.now()
        try:
            session_id = await signing_in.attempt(
                name,
                sent.get("password", ""),
                address=request.client.host if request.client else "",
                before=access.session_id(request),
                now=now,
            )
        except TooMany as error:
            trouble = f"Too many attempts. Try again at {Showing(now, zone).when(now + error.wait)}."
            answer = page(then, trouble=trouble, name=name, status=429)
            answer.headers["retry-after"] = str(math.ceil(error.wait.total_seconds()))
            return answer
        if session_id is None:
            return page(then, trouble=WRONG, name=name, status=403)
        return access.holding(RedirectResponse(local_path(then), 303), session_id, int(LONGEST.total_seconds()))

    @router.post("/sign-out")
    async def sign_somebody_out(request: Request) -> Response:
        access.refuse_other_sites(request)
        session_id = access.session_id(request)
        if session_id is not None:
            now = clock.now()
            await transact(lambda each: sign_out(each, session_id, now))
        return access.holding(RedirectResponse("/sign-in", 303), "", 0)

    return router
