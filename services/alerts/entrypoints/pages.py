"""The managers' page: which alerts are open and what to do about each; one alert with its whole ledger; one store."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.alerts.domain.alert import State
from services.alerts.domain.caller import Caller
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.showing import Showing
from services.alerts.entrypoints.showing_stores import good, store_line, store_page
from services.alerts.scoped import Scope
from services.chassis.clock import Clock

PAGES = Path(__file__).parent / "pages"
MOST_OPEN = 100
"""Open alerts on the page; nobody acts on more at once. Beyond, the page says how many there are."""
MOST_CLOSED = 12
MOST_STORES = 12
MOST_GOOD_NEWS = 12
NEWS_FOR = timedelta(days=7)
"""Good news stays on the page for so long."""


@dataclass(frozen=True, kw_only=True)
class Banner:
    """Something that managers have to know before they trust what they see."""

    text: str
    serious: bool
    """Somebody has to mend something."""
    incomplete: bool = False
    """Alerts may be missing on the page: it must not say that nothing needs anybody."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What stands on the page around the alerts."""

    watched: int
    open: int
    unattended: int
    """Open alerts that nobody has acknowledged or put off."""


def page_templates(access: Access) -> Environment:
    """The pages as they are before they are filled in."""
    templates = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals["signs_in"] = access.signs_in
    return templates


def show_pages(
    app: FastAPI,
    *,
    scope: Scope,
    access: Access,
    clock: Clock,
    zone: tzinfo,
    banners: Callable[[], Awaitable[Sequence[Banner]]],
) -> None:
    """Add the pages to an application."""
    templates = page_templates(access)
    router = APIRouter(
        include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(access.caller)]
    )
    looks = Annotated[Caller, Depends(access.caller)]

    @router.get("/")
    async def open_alerts(caller: looks) -> HTMLResponse:
        now = clock.now()
        cases, closed, by_severity, watched, stores, news = await scope.of(caller)(
            lambda each: (
                each.cases(State.OPEN, MOST_OPEN),
                each.closed_cases(MOST_CLOSED),
                each.open_alerts(),
                each.count_watched(),
                each.stores(MOST_STORES),
                each.notices(now - NEWS_FOR, MOST_GOOD_NEWS),
            )
        )
        showing = Showing(now, zone)
        return HTMLResponse(
            templates.get_template("alerts.html").render(
                caller=caller,
                showing=showing,
                cards=[showing.card(case) for case in cases],
                closed=[showing.closed(case) for case in closed],
                stores=[store_line(each) for each in stores],
                good_news=[good(each, showing) for each in news],
                overview=Overview(
                    watched=watched,
                    open=sum(each.number for each in by_severity.values()),
                    unattended=sum(each.unattended for each in by_severity.values()),
                ),
                banners=await banners(),
            )
        )

    @router.get("/alerts/{alert_id}")
    async def one_alert(caller: looks, alert_id: str) -> HTMLResponse:
        case = await scope.of(caller)(lambda each: each.case(alert_id))
        showing = Showing(clock.now(), zone)
        if case is None:
            text = "There is no such alert"
            return HTMLResponse(
                templates.get_template("unknown.html").render(caller=caller, showing=showing, banners=(), text=text),
                404,
            )
        return HTMLResponse(
            templates.get_template("alert.html").render(
                caller=caller,
                showing=showing,
                card=showing.card(case),
                ledger=[showing.row(entry) for entry in case.ledger],
                banners=await banners(),
            )
        )

    @router.get("/stores/{store}")
    async def one_store(caller: looks, store: str) -> HTMLResponse:
        standing = await scope.of(caller)(lambda each: each.store(store))
        showing = Showing(clock.now(), zone)
        if standing is None:
            text = "Nothing is known of such a store"
            return HTMLResponse(
                templates.get_template("unknown.html").render(caller=caller, showing=showing, banners=(), text=text),
                404,
            )
        return HTMLResponse(
            templates.get_template("store.html").render(
                caller=caller, showing=showing, store=store_page(standing, showing), banners=await banners()
            )
        )

    app.include_router(router)
    app.mount("/static", StaticFiles(directory=PAGES / "static"), name="static")
