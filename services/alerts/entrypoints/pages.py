"""The managers' pages: which alerts are open and what to do about each; one alert with its journey; one store."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from services.alerts.domain.alert import State
from services.alerts.domain.caller import Caller
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.rendering_pages import PAGES, Rendering
from services.alerts.entrypoints.reporting import reports_of
from services.alerts.entrypoints.showing_stores import good, store_line, store_page
from services.alerts.entrypoints.story import picture, story
from services.alerts.ports import Reports
from services.alerts.scoped import Scope

MOST_CARDS = 12
"""Open alerts that are shown in full; nobody acts on more at once. The others stand below in one line each."""
MOST_LINES = 488
"""Beyond, the page says how many there are."""
MOST_CLOSED = 12
MOST_STORES = 12
MOST_GOOD_NEWS = 12
NEWS_FOR = timedelta(days=7)
"""Good news stays on the page for so long."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What stands on the page around the alerts."""

    watched: int
    open: int
    unattended: int
    """Open alerts that nobody has acknowledged or put off."""


class Pages:
    """What the pages show, to whoever looks."""

    def __init__(self, scope: Scope, rendering: Rendering, stores: Reports) -> None:
        self._scope, self.rendering, self._stores = scope, rendering, stores

    async def overview(self, request: Request, caller: Caller, *, refused: str = "", status: int = 200) -> HTMLResponse:
        """What is open."""
        showing = self.rendering.showing(request, caller)
        since = showing.times.now - NEWS_FOR
        cards, lines, closed, by_severity, watched, stores, news = await self._scope.of(caller)(
            lambda each: (
                each.cases(State.OPEN, MOST_CARDS),
                each.open_lines(MOST_LINES, after=MOST_CARDS),
                each.closed_cases(MOST_CLOSED),
                each.open_alerts(),
                each.count_watched(),
                each.stores(MOST_STORES),
                each.notices(since, MOST_GOOD_NEWS),
            )
        )
        return await self.rendering.page(
            "alerts.html",
            request,
            caller,
            showing,
            status=status,
            refused=refused,
            cards=[showing.card(case) for case in cards],
            lines=[showing.line(case) for case in lines],
            closed=[showing.line(case) for case in closed],
            stores=[store_line(each, showing) for each in stores],
            good_news=[good(each, showing) for each in news],
            overview=Overview(
                watched=watched,
                open=sum(each.number for each in by_severity.values()),
                unattended=sum(each.unattended for each in by_severity.values()),
            ),
        )

    async def alert(
        self, alert_id: str, request: Request, caller: Caller, *, refused: str = "", status: int = 200
    ) -> HTMLResponse:
        """One alert."""
        case = await self._scope.of(caller)(lambda each: each.case(alert_id))
        if case is None:
            return await self.rendering.unknown(request, caller, "no_such_alert")
        showing = self.rendering.showing(request, caller)
        return await self.rendering.page(
            "alert.html",
            request,
            caller,
            showing,
            status=status,
            refused=refused,
            card=showing.card(case),
            reports=[(each.value, showing.says(f"report_{each}")) for each in reports_of(case, self._stores)],
            picture=picture(case, showing),
            story=story(case, showing),
        )

    async def store(self, name: str, request: Request, caller: Caller) -> HTMLResponse:
        """One store."""
        standing = await self._scope.of(caller)(lambda each: each.store(name))
        if standing is None:
            return await self.rendering.unknown(request, caller, "no_such_store")
        showing = self.rendering.showing(request, caller)
        return await self.rendering.page("store.html", request, caller, showing, store=store_page(standing, showing))


def show_pages(app: FastAPI, pages: Pages, access: Access) -> None:
    """Add the pages to an application."""
    router = APIRouter(
        include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(access.caller)]
    )
    looking = Annotated[Caller, Depends(access.caller)]

    @router.get("/")
    async def open_alerts(request: Request, caller: looking) -> HTMLResponse:
        return await pages.overview(request, caller)

    @router.get("/alerts/{alert_id}")
    async def one_alert(alert_id: str, request: Request, caller: looking) -> HTMLResponse:
        return await pages.alert(alert_id, request, caller)

    @router.get("/stores/{store}")
    async def one_store(store: str, request: Request, caller: looking) -> HTMLResponse:
        return await pages.store(store, request, caller)

    app.include_router(router)
    app.mount("/static", StaticFiles(directory=PAGES / "static"), name="static")
