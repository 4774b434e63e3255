"""The page to sign in at, and what its form and that for signing out do. No script is needed for either."""

import math

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.alerts.domain.user import LONGEST
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.rendering_pages import Rendering
from services.alerts.entrypoints.signing_in import SigningIn, TooMany, fields_of, local_path
from services.alerts.ports import Transact
from services.alerts.users import sign_out


def sign_in_page(access: Access, signing_in: SigningIn, transact: Transact, rendering: Rendering) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    clock = rendering.clock

    async def page(
        request: Request, then: str, *, trouble: str = "", name: str = "", status: int = 200, **said: object
    ) -> HTMLResponse:
        showing = rendering.showing(request, None)
        shown = {"then": local_path(then), "trouble": trouble and showing.says(trouble, **said), "name": name}
        return await rendering.page("sign-in.html", request, None, showing, status=status, **shown)

    @router.get("/sign-in")
    async def form(request: Request) -> HTMLResponse:
        return await page(request, request.query_params.get("next", "/"))

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
            again_at = rendering.showing(request, None).when(now + error.wait)
            answer = await page(request, then, trouble="too_many_attempts", name=name, status=429, at=again_at)
            answer.headers["retry-after"] = str(math.ceil(error.wait.total_seconds()))
            return answer
        if session_id is None:
            return await page(request, then, trouble="wrong_password", name=name, status=403)
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
