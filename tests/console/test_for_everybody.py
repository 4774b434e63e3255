"""Nothing on any page keeps somebody out, as far as axe-core can tell: in light and dark, wide and narrow."""

import pytest

from tests.console.axe import violations
from tests.console.evening import evening
from tests.console.site import NARROW, WIDE, looking

pytestmark = [pytest.mark.anyio, pytest.mark.live]

PAGES = ("now", "alert", "saved", "store", "record", "unknown")


@pytest.fixture(scope="module")
async def paths(console):
    return await evening(console)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", PAGES)
async def test_no_page_keeps_anybody_out(console, browser, paths, name, viewport, scheme):
    async with looking(browser, console.url + paths[name], viewport=viewport, color_scheme=scheme) as page:
        assert await violations(page) == []


async def test_what_keeps_somebody_out_is_found(console, browser, paths):
    async with looking(browser, console.url) as page:
        await page.evaluate("document.documentElement.removeAttribute('lang')")
        await page.evaluate(
            "() => { const pale = new CSSStyleSheet(); pale.insertRule('h1 { color: #eee; }');"
            "document.adoptedStyleSheets = [pale]; }"
        )

        found = " ".join(await violations(page))

    assert "html-has-lang" in found
    assert "color-contrast" in found
