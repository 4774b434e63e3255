"""What has come of an alert, reported from its page, by forms that work without a script."""

from datetime import datetime, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.domain.caller import Caller
from services.alerts.domain.report import Report
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.doing import Telling
from services.alerts.entrypoints.forms import Form, back_to, form_of
from services.alerts.entrypoints.pages import Pages
from services.alerts.entrypoints.reporting import reported
from services.alerts.ports import Reports
from services.alerts.scoped import Scope
from services.chassis.problems import Problem

SEE_OTHER, NOT_FOUND, UNFIT = 303, 404, 422
SAID = {
    "not-reported": "refused_not_reported",
    "report-refused": "refused_not_reported",
    "no-new-time": "refused_new_time",
}
"""What is said of a problem; of any other that it makes no sense now."""


def report_forms(scope: Scope, pages: Pages, access: Access, stores: Reports) -> APIRouter:
    """The route that these forms are sent to."""
    router = APIRouter(include_in_schema=False)

    @router.post("/alerts/{alert_id}/report")
    async def told(alert_id: str, request: Request, caller: Annotated[Caller, Depends(access.acting)]) -> Response:
        form = await form_of(request)
        name, status = "", UNFIT
        try:
            telling = Telling(
                by=caller.name, report=Report(form.get("report", "")), due=_due(form, pages.rendering.zone)
            )
            await reported(scope.of(caller), stores, alert_id, telling)
            return RedirectResponse(back_to(form), SEE_OTHER)
        except Problem as problem:
            name, status = problem.name, problem.status
        except ValueError:  # no page of ours sends that
            pass
        if status == NOT_FOUND:
            return await pages.rendering.unknown(request, caller, "no_such_alert")
        why = pages.rendering.showing(request, caller).says(SAID.get(name, "refused_not_now"))
        return await pages.alert(alert_id, request, caller, refused=why, status=status)

    return router


def _due(form: Form, zone: tzinfo) -> datetime | None:
    """The new time, as a clock in the zone of the pages shows it. Raises ValueError for what is no time."""
    due = form.get("due")
    return None if due is None else datetime.fromisoformat(due).replace(tzinfo=zone)
