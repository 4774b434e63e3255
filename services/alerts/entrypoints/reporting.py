"""What people report of alerts, over HTTP: it becomes an event of the store, and ends the alert if it is good news."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends

from services.alerts.domain.account import Account, Case, account
from services.alerts.domain.action import acknowledge
from services.alerts.domain.caller import Caller
from services.alerts.domain.report import Report, Reported, reports
from services.alerts.entrypoints.access import Access, documented_ways
from services.alerts.entrypoints.acting import act, carried_out
from services.alerts.entrypoints.answers import documented, unknown_alert
from services.alerts.entrypoints.doing import Telling, documented_body, sent
from services.alerts.entrypoints.key import no_key, wrong_key
from services.alerts.ports import Reports
from services.alerts.scoped import Scope, Scoped
from services.chassis.problems import Problem


def reporting(scope: Scope, access: Access, *, stores: Reports, page_url: str) -> APIRouter:
    """The route."""
    router = APIRouter(
        prefix="/v1/alerts/{alert_id}",
        tags=["actions"],
        dependencies=[Depends(access.acting), *documented_ways(access)],
    )

    @router.post(
        "/report",
        summary="Report what has come of it: the store's services are told, and who reports it has the alert",
        responses=documented(no_key(), wrong_key(), unknown_alert("0123"), _not_now(Report.KEPT, [Report.GREETED])),
        openapi_extra=documented_body(Telling),
    )
    async def report(
        caller: Annotated[Caller, Depends(access.acting)],
        alert_id: str,
        telling: Annotated[Telling, Depends(sent(Telling, access))],
    ) -> Account:
        return account(await reported(scope.of(caller), stores, alert_id, telling), page_url)

    return router


async def reported(scoped: Scoped, stores: Reports, alert_id: str, telling: Telling) -> Case:
    """Tell it, and have who reports it take the alert. Raises Problem when nothing was told."""
    case = await scoped(lambda each: each.case(alert_id))
    if case is None:
        raise unknown_alert(alert_id)
    possible = reports_of(case, stores)
    if telling.report not in possible:
        raise _not_now(telling.report, possible)
    at = scoped.scope.clock.now()
    await stores.tell(Reported(report=telling.report, case=case, at=at, due=telling.due, reason=telling.comment))
    await scoped.reported(alert_id, telling.by)
    if case.alert.acknowledged is not None:
        return case
    return await carried_out(scoped, alert_id, lambda alert, now: acknowledge(alert, act(telling, now)))


def reports_of(case: Case, stores: Reports) -> list[Report]:
    """What makes sense to be reported of an alert, and can be told."""
    return [each for each in reports(case) if stores.can_tell(each)]


def _not_now(report: Report, possible: Sequence[Report]) -> Problem:
    there = f"There are {', '.join(possible)}." if possible else "Nothing can be reported of it here."
    detail = f"{report} cannot be reported of this alert as it stands now. {there}"
    return Problem(409, "cannot-be-reported", "This cannot be reported of the alert", detail, reports=list(possible))
