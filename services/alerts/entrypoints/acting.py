"""What people do about alerts, over HTTP: acknowledge, release, snooze, close. Only with the key."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from services.alerts.actions import Actions, Done, Refusal
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
from services.alerts.entrypoints.doing import Closing, Doing, Snoozing, documented_body, sent
from services.alerts.entrypoints.key import key_check, no_key, wrong_key
from services.alerts.ports import OpenAlerts, Transact, Transaction
from services.chassis.clock import Clock
from services.chassis.problems import Problem

Do = Callable[[Alert, datetime], Acted | Refusal]
"""One of `domain.action`, by whom being decided."""


class CarryingOut:
    """Does something about an alert. `committed` is called after each commit, with what was done and what is open."""

    def __init__(
        self,
        *,
        transact: Transact,
        clock: Clock,
        actions: Actions,
        page_url: str,
        committed: Callable[[Done, Mapping[str, OpenAlerts]], None],
    ) -> None:
        self._transact, self._clock, self._actions = transact, clock, actions
        self._page_url, self._committed = page_url, committed

    async def __call__(self, alert_id: str, do: Do) -> Account:
        """Do it. Returns the alert as it is from then on; raises Problem when it makes no sense."""
        now = self._clock.now()

        def work(transaction: Transaction) -> tuple[Done | Refusal | None, Mapping[str, OpenAlerts]]:
            done = self._actions.act(transaction, alert_id, lambda alert: do(alert, now), now=now)
            return done, transaction.open_alerts()

        done, are_open = await self._transact(work)
        if done is None:
            raise unknown_alert(alert_id)
        if not isinstance(done, Done):
            raise _refused(done)
        self._committed(done, are_open)
        return account(done.case, self._page_url)


def acting(carry_out: CarryingOut, key: str | None) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/alerts/{alert_id}", tags=["actions"], dependencies=[Depends(key_check(key))], responses=_PROBLEMS
    )

    @router.post(
        "/acknowledgement",
        summary="Take an alert: it is not told again, unless it gets worse",
        openapi_extra=documented_body(Doing),
    )
    async def acknowledgement(alert_id: str, doing: Annotated[Doing, Depends(sent(Doing))]) -> Account:
        return await carry_out(alert_id, lambda alert, now: acknowledge(alert, act(doing, now)))

    @router.post(
        "/release",
        summary="Give back an alert that was taken or put off: it needs somebody again",
        openapi_extra=documented_body(Doing),
    )
    async def releasing(alert_id: str, doing: Annotated[Doing, Depends(sent(Doing))]) -> Account:
        return await carry_out(alert_id, lambda alert, now: release(alert, act(doing, now)))

    @router.post(
        "/snooze",
        summary="Put an alert off: it is told again then, or as soon as it gets worse",
        openapi_extra=documented_body(Snoozing),
    )
    async def snoozing(alert_id: str, doing: Annotated[Snoozing, Depends(sent(Snoozing))]) -> Account:
        until = doing.until.astimezone(UTC)
        return await carry_out(
            alert_id, lambda alert, now: snooze(alert, Snooze(by=doing.by, at=now, comment=doing.comment, until=until))
        )

    @router.post(
        "/closing",
        summary="Put an end to an alert, whatever the facts say; it opens again if it gets worse",
        openapi_extra=documented_body(Closing),
    )
    async def closing(alert_id: str, doing: Annotated[Closing, Depends(sent(Closing))]) -> Account:
        return await carry_out(alert_id, lambda alert, now: close(alert, act(doing, now)))

    return router


def act(doing: Doing, now: datetime) -> Act:
    """What is kept of it."""
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
