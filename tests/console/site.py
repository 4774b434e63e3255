"""The console as managers meet it: all services on a broker of their own, the pages over HTTP, and a browser."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from services.commands.concept_files import CONCEPTS
from services.commands.stories import STORIES
from services.commands.stories.times import at
from services.commands.whole import Whole, whole

PATIENCE_MILLISECONDS = 15_000
WAREHOUSE = STORIES["warehouse"]
MANAGED = next(each for each in WAREHOUSE.branches if each.name == "d")
UNMANAGED = 3
"""So many of its steps happen before anybody asks the warehouse."""
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
expect.set_options(timeout=PATIENCE_MILLISECONDS)


@dataclass
class Site:
    """The services, and where their pages are."""

    services: Whole
    url: str

    async def told(self, first: int, last: int | None, *, store: str, later: timedelta) -> None:
        """What happens in the story of a promise that a manager saves, from a step to before another."""
        for step, event in list(WAREHOUSE.events(MANAGED, store=store, later=later))[first:last]:
            await self.services.turn_to(at(step.time) + later)
            await self.services.post(event)

    async def promised(self, store: str, later: timedelta) -> None:
        """The second warehouse is to bring goods, and nobody has asked it."""
        await self.services.publish(CONCEPTS / "hardware-shop.yaml", store)
        await self.told(0, UNMANAGED, store=store, later=later)

    async def warned(self, store: str, later: timedelta) -> None:
        """The same, and the manager has been warned."""
        await self.promised(store, later)
        await self.services.turn_to(at("11:46") + later)

    async def takes(self, alert_id: str) -> None:
        """Somebody takes an alert."""
        async with httpx.AsyncClient(base_url=self.url, headers={"sec-fetch-site": "same-origin"}) as http:
            answer = await http.post(f"/alerts/{alert_id}/acknowledge")
        assert answer.status_code == httpx.codes.SEE_OTHER

    async def saved(self, store: str, later: timedelta) -> None:
        """The warehouse confirms and brings the goods, and the journey ends."""
        await self.told(UNMANAGED, None, store=store, later=later)
        await self.services.turn_to(at("16:00") + later)


@asynccontextmanager
async def site(**alert_settings: Any) -> AsyncIterator[Site]:
    """All services, with the pages, and the service that is told of promises, on ports of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as promises, socket.create_server(("127.0.0.1", 0)) as pages:
        settings = {"promises_url": _url(promises)} | alert_settings
        async with whole(start=at("00:00"), alert_settings=settings) as services:
            apps = services._apps["promises"], services._alerts_app  # noqa: SLF001  # what they are made of is running
            async with _listening(apps[0], promises), _listening(apps[1], pages):
                yield Site(services, _url(pages))
                services.alerts.live.end()


@asynccontextmanager
async def _listening(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine; None of Playwright's own is downloaded."""
    async with async_playwright() as playwright:
        # Without its sandbox it runs as root as well; it sees our own pages alone.
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def looking(browser: Browser, where: str, **context: Any) -> AsyncIterator[Page]:
    """Somebody who looks at a page. What the browser complains about fails."""
    opened = await browser.new_context(**{"locale": "en-GB", "viewport": WIDE} | context)
    page = await opened.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        await page.goto(where)
        yield page
        assert complaints == []
    finally:
        await opened.close()
