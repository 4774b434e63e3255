"""How we do: the alerts of the last days by how they ended, drawn, and how soon somebody took them, store by store."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.alerts.domain.caller import Caller
from services.alerts.domain.record import ENDINGS, LEAST, Record, records
from services.alerts.entrypoints.access import Access
from services.alerts.entrypoints.rendering_pages import Rendering
from services.alerts.entrypoints.showing import Showing
from services.alerts.scoped import Scope

LAST = timedelta(days=30)
HEADS = {"pending": "not_ended"}
"""What an ending is called, where it is not called as it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The alerts that ended in one way."""

    ending: str
    label: str
    number: int
    begins: float
    """Where its piece of the picture begins, from 0 to 100."""
    width: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """How a store did, in words."""

    name: str
    alerts: int
    saved: str
    """The share that was saved of those that are decided; empty where none is."""
    parts: list[Part]
    said: str
    taken: str


def record_route(scope: Scope, rendering: Rendering, access: Access) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/record")
    async def record(request: Request, caller: Annotated[Caller, Depends(access.caller)]) -> HTMLResponse:
        showing = rendering.showing(request, caller)
        since = showing.times.now - LAST
        past = await scope.of(caller)(lambda each: each.past(since))
        return await rendering.page(
            "record.html",
            request,
            caller,
            showing,
            about=showing.says("record_of", days=LAST.days, begins=showing.when(since)),
            records=[drawn(each, showing) for each in records(past)],
        )

    return router


def drawn(record: Record, showing: Showing) -> Drawn:
    """How a store did, ready to be drawn."""
    parts, begins = [], 0.0
    for ending in ENDINGS:
        width = 100 * record.endings[ending] / record.alerts
        label = showing.says(HEADS.get(ending, ending))
        number = record.endings[ending]
        parts.append(Part(ending=ending, label=label, number=number, begins=round(begins, 2), width=round(width, 2)))
        begins += width
    decided = record.endings["saved"] + record.endings["lost"]
    return Drawn(
        name=record.store or showing.says("all_stores"),
        alerts=record.alerts,
        saved=showing.says("share_saved", share=record.endings["saved"] / decided) if decided else "",
        parts=parts,
        said=showing.says("drawn", **record.endings),
        taken=_taken(record, showing),
    )


def _taken(record: Record, showing: Showing) -> str:
    """How soon somebody took them; nothing of a store with too few, which is said of all stores once."""
    if record.median is None or record.ninetieth is None:
        return "" if record.store else showing.says("too_few", least=LEAST)
    half = showing.says("half_within", span=record.median)
    return f"{half}, {showing.says('most_within', span=record.ninetieth)}"
