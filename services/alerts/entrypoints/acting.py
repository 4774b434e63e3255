"""What people do about alerts, over HTTP: acknowledge, release, snooze, close. Only for those who have the key."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from services.alerts.actions import Done, Refusal
from services.alerts.domain.account import Account, account
from services.alerts.domain.action import (
    LONGEST_SNOOZE,
    Acted,
    CannotWait,
    HasEnded,
    acknowledge,
    close,
    release,
    snooze,
)
from services.alerts.domain.alert import Act, Alert, Snooze, State
from services.alerts.entrypoints.answers import documented, unknown_alert
from services.alerts.entrypoints.carrying_out import CarryOut
from services.alerts.entrypoints.doing import Closing, Doing, Snoozing, documented_body, sent
from services.alerts.entrypoints.key import key_check, no_key, wrong_key
from services.chassis.problems import Problem


def acting(carry_out: CarryOut, *, key: str | None, page_url: str) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/alerts/{alert_id}", tags=["actions"], dependencies=[Depends(key_check(key))], responses=_PROBLEMS
    )

    async def done(alert_id: str, do: Callable[[Alert, datetime], Acted | Refusal]) -> Account:
        outcome = await carry_out(alert_id, do)
        if outcome is None:
            raise unknown_alert(alert_id)
        if not isinstance(outcome, Done):
            raise _refused(outcome)
        return account(outcome.case, page_url)

    @router.post(
        "/acknowledgement",
        summary="Take an alert: it is not told again, unless it gets worse",
        openapi_extra=documented_body(Doing),
    )
    async def acknowledgement(alert_id: str, doing: Annotated[Doing, Depends(sent(Doing))]) -> Account:
        return await done(alert_id, lambda alert, now: acknowledge(alert, _act(doing, now)))

    @router.post(
        "/release",
        summary="Give back an alert that was taken or put off: it needs somebody again",
        openapi_extra=documented_body(Doing),
    )
    async def releasing(alert_id: str, doing: Annotated[Doing, Depends(sent(Doing))]) -> Account:
        return await done(alert_id, lambda alert, now: release(alert, _act(doing, now)))

    @router.post(
        "/snooze",
        summary="Put an alert off: it is told again then, or as soon as it gets worse",
        openapi_extra=documented_body(Snoozing),
    )
    async def snoozing(alert_id: str, doing: Annotated[Snoozing, Depends(sent(Snoozing))]) -> Account:
        until = doing.until.astimezone(UTC)
        return await done(
            alert_id, lambda alert, now: snooze(alert, Snooze(by=doing.by, at=now, comment=doing.comment, until=until))
        )

    @router.post(
        "/closing",
        summary="Put an end to an alert, whatever the facts say; it opens again if it gets worse",
        openapi_extra=documented_body(Closing),
    )
    async def closing(alert_id: str, doing: Annotated[Closing, Depends(sent(Closing))]) -> Account:
        return await done(alert_id, lambda alert, now: close(alert, _act(doing, now)))

    return router


def _act(doing: Doing, now: datetime) -> Act:
    return Act(by=doing.by, at=now, comment=doing.comment)


def _refused(refusal: Refusal) -> Problem:
    if isinstance(refusal, HasEnded):
        since = refusal.since.isoformat()
        detail = f"The alert is {refusal.state.value} since {since}: there is nothing left to do about it."
        return Problem(409, "alert-has-ended", "The alert has ended", detail, state=refusal.state.value, since=since)
    after, latest = refusal.after.isoformat(), refusal.at_the_latest.isoformat()
    detail = f"until must be after {after}, which is now, and at the latest {latest}; close the alert to end it."
    return Problem(422, "cannot-wait", "An alert cannot be put off until then", detail)


_THEN = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
_PROBLEMS = documented(
    no_key(),
    wrong_key(),
    unknown_alert("0123"),
    _refused(HasEnded(state=State.RESOLVED, since=_THEN)),
    _refused(CannotWait(after=_THEN, at_the_latest=_THEN + LONGEST_SNOOZE)),
)
