"""`make pictures`: every page as it is on an evening, wide and narrow, light and dark, in docs/pictures/console."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Browser

from tests.console.evening import evening
from tests.console.site import NARROW, WIDE, Site, chromium, looking, site

PICTURES = Path(__file__).parents[2] / "docs" / "pictures" / "console"
SIZES = {"wide": WIDE, "narrow": NARROW}
LANGUAGES = {"now": ("en", "lt")}
"""Pages that are pictured in more languages than English."""


async def take() -> None:
    """Take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        async with site() as running:
            await _take(browser, running, await evening(running))
        async with site(sign_in="password") as running:
            await _take(browser, running, {"sign-in": "/sign-in"})


async def _take(browser: Browser, running: Site, paths: Mapping[str, str]) -> None:
    for name, path in paths.items():
        for language in LANGUAGES.get(name, ("en",)):
            for size, viewport in SIZES.items():
                for scheme in ("light", "dark"):
                    context = {"locale": language, "viewport": viewport, "color_scheme": scheme}
                    async with looking(browser, running.url + path, **context) as page:
                        await page.locator("#liveness .on:visible, #password").first.wait_for()
                        shown = "-".join([name, *([language] if language != "en" else []), size, scheme])
                        await page.screenshot(path=PICTURES / f"{shown}.png")


if __name__ == "__main__":
    asyncio.run(take())
