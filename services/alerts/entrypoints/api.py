"""The API: the alerts that the page shows, for programs."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.alerts.domain.account import Account, account
from services.alerts.domain.alert import State
from services.alerts.domain.caller import Caller
from services.alerts.domain.ledger import LedgerEntry
from services.alerts.domain.notice import Notice
from services.alerts.domain.report import Report
from services.alerts.domain.store import StoreStanding
from services.alerts.entrypoints.access import Access, documented_ways
from services.alerts.entrypoints.answers import documented, unknown_alert
from services.alerts.entrypoints.reporting import reports_of
from services.alerts.ports import Reports
from services.alerts.scoped import Scope
from services.chassis.problems import Problem

MOST_ALERTS = 500
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
"""Before everything that anybody was told of."""


class AlertList(BaseModel):
    """Alerts, the most urgent first if they are open, otherwise the latest first."""

    alerts: list[Account]
    more: Annotated[bool, Field(description="There are more than were asked for.")]


class AlertWithLedger(BaseModel):
    """One alert, and all lines of its journey's ledger."""

    alert: Account
    reports: Annotated[list[Report], Field(description="What can be reported of it as it stands.")]
    ledger: list[LedgerEntry]


def alerts_api(scope: Scope, access: Access, stores: Reports, page_url: str) -> APIRouter:
    """The routes under /v1 that only tell: what people do about alerts is in `acting`."""
    ways = documented_ways(access) if access.signs_in else []
    router = APIRouter(prefix="/v1", tags=["alerts"], dependencies=[Depends(access.caller), *ways])
    looks = Annotated[Caller, Depends(access.caller)]

    @router.get("/alerts", summary="The alerts that are open, or those of another state")
    async def list_alerts(
        caller: looks,
        state: Annotated[
            Literal["open", "resolved", "retracted", "closed", "all"], Query(description="Which ones.")
        ] = "open",
        limit: Annotated[int, Query(ge=1, le=MOST_ALERTS, description="At most so many.")] = 100,
    ) -> AlertList:
        which = None if state == "all" else State(state)
        cases = await scope.of(caller)(lambda each: each.cases(which, limit + 1))
        return AlertList(alerts=[account(case, page_url) for case in cases[:limit]], more=len(cases) > limit)

    @router.get(
        "/alerts/{alert_id}",
        summary="One alert with the whole ledger of its journey",
        responses=documented(unknown_alert("0123")),
    )
    async def one_alert(caller: looks, alert_id: str) -> AlertWithLedger:
        case = await scope.of(caller)(lambda each: each.case(alert_id))
        if case is None:
            raise unknown_alert(alert_id)
        return AlertWithLedger(
            alert=account(case, page_url),
            reports=reports_of(case, stores),
            ledger=list(case.ledger),
        )

    @router.get("/stores", summary="How stores as a whole stand, the most neglected first")
    async def list_stores(
        caller: looks,
        limit: Annotated[int, Query(ge=1, le=MOST_ALERTS, description="At most so many.")] = 100,
    ) -> list[StoreStanding]:
        return await scope.of(caller)(lambda each: each.stores(limit))

    @router.get("/stores/{store}", summary="One store: what is left undone, who has read the concept, who disagrees")
    async def one_store(caller: looks, store: str) -> StoreStanding:
        standing = await scope.of(caller)(lambda each: each.store(store))
        if standing is None:
            raise Problem(404, "unknown-store", "No such store", f"Nothing is known of a store {store[:64]!r}.")
        return standing

    @router.get("/notices", summary="Good news: journeys that went better than was expected, the latest first")
    async def list_notices(
        caller: looks,
        limit: Annotated[int, Query(ge=1, le=MOST_ALERTS, description="At most so many.")] = 100,
    ) -> list[Notice]:
        return await scope.of(caller)(lambda each: each.notices(LONG_AGO, limit))

    return router
