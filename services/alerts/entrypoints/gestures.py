"""What people do from the pages, as forms that work without a script: take, give back, put off and close an alert."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.actions import Done, Refusal
from services.alerts.domain.action import HasEnded, acknowledge, close, release, snooze
from services.alerts.domain.alert import Act, Snooze, State
from services.alerts.domain.caller import Caller
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.doing import LONGEST_COMMENT
from services.alerts.entrypoints.forms import Form, back_to, form_of
from services.alerts.entrypoints.pages import Pages
from services.alerts.entrypoints.rendering_pages import COOKIE
from services.alerts.entrypoints.showing import Showing
from services.alerts.entrypoints.words import NAMES
from services.alerts.scoped import ActNow, Scope

SEE_OTHER = 303
ONE_LINE = re.compile(rf"[^\x00-\x1f\x7f]{{1,{LONGEST_COMMENT}}}")
MINUTES = re.compile(r"[0-9]{1,5}")
KEPT_SECONDS = 365 * 24 * 3600
Gesture = Literal["acknowledge", "release", "snooze", "close"]


def gestures(scope: Scope, pages: Pages, access: Access) -> APIRouter:
    """The routes that the pages' forms are sent to."""
    router = APIRouter(include_in_schema=False)
    somebody = Annotated[Caller, Depends(access.acting)]

    @router.post("/alerts/{alert_id}/{gesture}")
    async def made(alert_id: str, gesture: Gesture, request: Request, caller: somebody) -> Response:
        sent, showing = await form_of(request), pages.rendering.showing(request, caller)

        async def refused(why: str, status: int) -> Response:
            """The page that it was sent from, with what is wrong."""
            if back_to(sent) == "/":
                return await pages.overview(request, caller, refused=why, status=status)
            return await pages.alert(alert_id, request, caller, refused=why, status=status)

        do = GESTURES[gesture](caller, sent)
        if do is None:
            return await refused(showing.says("refused_comment", longest=LONGEST_COMMENT), 422)
        outcome = await scope.of(caller).act(alert_id, do)
        if outcome is None:
            return await pages.rendering.unknown(request, caller, "no_such_alert")
        if isinstance(outcome, Done):
            return RedirectResponse(back_to(sent), SEE_OTHER)
        return await refused(_refused(outcome, showing), 409 if isinstance(outcome, HasEnded) else 422)

    @router.post("/language")
    async def chosen(request: Request) -> Response:
        access.refuse_other_sites(request)
        sent = await form_of(request)
        answer = RedirectResponse(back_to(sent), SEE_OTHER)
        if sent.get("lang") in NAMES:
            answer.set_cookie(COOKIE, sent["lang"], max_age=KEPT_SECONDS, httponly=True, samesite="lax")
        return answer

    return router


def _acknowledge(caller: Caller, _: Form) -> ActNow:
    return lambda alert, now: acknowledge(alert, Act(by=caller.name, at=now))


def _release(caller: Caller, _: Form) -> ActNow:
    return lambda alert, now: release(alert, Act(by=caller.name, at=now))


def _snooze(caller: Caller, sent: Form) -> ActNow:
    minutes = sent.get("minutes", "")
    after = timedelta(minutes=int(minutes) if MINUTES.fullmatch(minutes) else 0)
    return lambda alert, now: snooze(alert, Snooze(by=caller.name, at=now, until=now + after))


def _close(caller: Caller, sent: Form) -> ActNow | None:
    """None: nothing is said that could be kept."""
    comment = sent.get("comment", "").strip()
    if not ONE_LINE.fullmatch(comment):
        return None
    return lambda alert, now: close(alert, Act(by=caller.name, at=now, comment=comment))


GESTURES: dict[Gesture, Callable[[Caller, Form], ActNow | None]] = {
    "acknowledge": _acknowledge,
    "release": _release,
    "snooze": _snooze,
    "close": _close,
}


def _refused(refusal: Refusal, showing: Showing) -> str:
    if isinstance(refusal, HasEnded):
        how = showing.says("pending" if refusal.state is State.RESOLVED else refusal.state.value)
        return showing.says("refused_ended", how=how, at=showing.when(refusal.since))
    return showing.says("refused_wait")
