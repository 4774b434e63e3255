"""Puts pages together: templates, the language of whoever looks, and what has to be known before one trusts them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.alerts.domain.caller import Caller
from services.alerts.entrypoints.showing import LATER, Showing
from services.alerts.entrypoints.words import NAMES, PageWords, chosen
from services.chassis.clock import Clock

PAGES = Path(__file__).parent / "pages"
COOKIE = "lang"


@dataclass(frozen=True, kw_only=True)
class Banner:
    """Something that managers have to know before they trust what they see."""

    sentences: Sequence[tuple[str, dict[str, Any]]]
    """Codes of the pages' words, with what stands in their placeholders."""
    serious: bool
    """Somebody has to mend something."""
    incomplete: bool = False
    """Alerts may be missing on the page: it must not say that nothing needs anybody."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """Renders pages for whoever looks."""

    clock: Clock
    zone: tzinfo
    language: str
    """Where nobody has said another."""
    signs_in: bool = False
    """Whether people sign in, and so can sign out."""
    banners: Callable[[], Awaitable[Sequence[Banner]]]
    templates: Environment = field(
        default_factory=lambda: Environment(
            loader=FileSystemLoader(PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
    )

    def showing(self, request: Request, caller: Caller | None) -> Showing:
        """How things are said to whoever looks, now. None: nobody has signed in."""
        accepted = request.headers.get("accept-language", "")
        language = chosen(caller.language if caller else None, request.cookies.get(COOKIE), accepted, self.language)
        return Showing(self.clock.now(), self.zone, PageWords(language))

    async def page(
        self,
        template: str,
        request: Request,
        caller: Caller | None,
        showing: Showing,
        *,
        status: int = 200,
        **shown: Any,
    ) -> HTMLResponse:
        """A page that shows this; to somebody who has not signed in, nothing of what goes on."""
        banners = await self.banners() if caller else ()
        html = self.templates.get_template(template).render(
            showing=showing,
            says=showing.says,
            language=showing.words.language,
            caller=caller,
            signs_in=self.signs_in,
            languages=() if caller and caller.language else NAMES.items(),
            here=quote(request.url.path) if request.method == "GET" else "/",
            may_act=caller is not None and caller.may_act,
            later=LATER,
            banners=[_said(each, showing) for each in banners],
            incomplete=any(each.incomplete for each in banners),
            **shown,
        )
        return HTMLResponse(html, status)

    async def unknown(self, request: Request, caller: Caller, code: str) -> HTMLResponse:
        """A page that says what there is not."""
        showing = self.showing(request, caller)
        return await self.page("unknown.html", request, caller, showing, status=404, text=showing.says(code))


def _said(banner: Banner, showing: Showing) -> tuple[str, bool]:
    return " ".join(showing.says(code, **arguments) for code, arguments in banner.sentences), banner.serious
