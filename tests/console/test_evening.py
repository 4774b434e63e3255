"""A manager with the pages open: an alert appears, is taken, is resolved and counts as saved; nothing is reloaded.

What it cannot catch is another browser than chromium.
"""

import re

import pytest
from playwright.async_api import expect

from services.commands.stories.times import at
from tests.console.site import NARROW, UNMANAGED, looking

pytestmark = [pytest.mark.anyio, pytest.mark.live]

MARKED = "window.marked = true"
STILL_MARKED = "window.marked === true"
"""What is set on a page is gone once it has been loaded again."""


async def test_an_alert_appears_is_taken_is_resolved_and_counts_as_saved_without_reloading(console, browser, later):
    store = "riga-11"
    async with looking(browser, console.url) as page:
        await expect(page.locator("#liveness")).to_contain_text("Live")
        await page.evaluate(MARKED)

        await console.warned(store, later)
        card = page.locator("article", has_text=store)
        await expect(card).to_contain_text("Nobody has confirmed: goods from the second warehouse by 14:00")

        await card.get_by_role("button", name="Acknowledge").click()
        await expect(card).to_contain_text("Acknowledged by manager")
        await expect(card.get_by_role("button", name="Give back")).to_be_visible()

        await console.saved(store, later)
        await expect(card).to_have_count(0)
        await expect(page.locator("#closed li", has_text=store)).to_contain_text("Saved")
        assert await page.evaluate(STILL_MARKED)

        await page.get_by_role("link", name="How we do").click()
        counted = page.locator("section", has=page.get_by_role("heading", name=re.compile(store)))
        await expect(counted).to_contain_text("100% saved")


async def test_what_the_manager_reports_after_the_call_resolves_the_alert_and_counts_as_saved(console, browser, later):
    store = "riga-21"
    await console.warned(store, later)
    async with looking(browser, console.url) as page:
        await page.locator("article", has_text=store).locator("h2 a").click()
        await page.evaluate(MARKED)

        await page.get_by_role("button", name="They have confirmed").click()
        await expect(page.locator("article")).to_contain_text("Resolved")
        await expect(page.locator("article")).to_contain_text("Acknowledged by manager")
        assert await page.evaluate(STILL_MARKED)

        await console.told(UNMANAGED + 1, None, store=store, later=later)
        await console.services.turn_to(at("16:00") + later)
        await expect(page.locator("article")).to_contain_text("Saved")


async def test_on_a_telephone_nothing_is_wider_than_the_screen_and_buttons_are_large_enough(console, browser, later):
    await console.warned("riga-12", later)
    async with looking(browser, console.url, viewport=NARROW, has_touch=True, is_mobile=True) as page:
        card = page.locator("article", has_text="riga-12")
        for path in ("", await card.locator("h2 a").get_attribute("href"), "/record"):
            await page.goto(f"{console.url}{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
            for target in await page.locator("button:visible, nav a:visible, input:visible").all():
                assert (await target.bounding_box())["height"] >= 44

        await page.goto(console.url)
        await card.get_by_role("button", name="Acknowledge").tap()
        await expect(card).to_contain_text("Acknowledged by manager")


async def test_somebody_who_reads_lithuanian_does_it_all_in_lithuanian(console, browser, later):
    await console.warned("vilnius-13", later)
    async with looking(browser, console.url, locale="lt-LT") as page:
        card = page.locator("article", has_text="vilnius-13")
        await expect(page.locator("html")).to_have_attribute("lang", "lt")
        await expect(card).to_contain_text("Niekas nepatvirtino")
        await card.get_by_role("button", name="Pasirūpinsiu").click()
        await expect(card).to_contain_text("Pasirūpins")

        await page.get_by_role("button", name="Latviešu").click()
        await expect(page.locator("html")).to_have_attribute("lang", "lv")
        await expect(card).to_contain_text("Neviens nav apstiprinājis")


async def test_with_the_keyboard_alone_an_alert_is_taken_given_back_and_closed(console, browser, later):
    await console.warned("riga-14", later)
    async with looking(browser, console.url) as page:
        await page.keyboard.press("Tab")
        assert await focused(page) == "Skip to the content"
        await page.keyboard.press("Enter")
        await reach(page, "article", "riga-14", "Acknowledge")
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        await page.keyboard.press("Enter")
        card = page.locator("article", has_text="riga-14")
        await expect(card).to_contain_text("Acknowledged by manager")
        await expect(card.get_by_role("button", name="Give back")).to_be_focused()
        await page.keyboard.press("Space")
        await expect(card.get_by_role("button", name="Acknowledge")).to_be_focused()

        await page.goto(f"{console.url}{await card.locator('h2 a').get_attribute('href')}")
        await reach(page, "article", "riga-14", "")
        await page.keyboard.type("The customer has left happy.")
        await page.keyboard.press("Enter")
        await expect(page.locator("article")).to_contain_text("Closed by manager")
        await expect(page.locator("article")).to_contain_text("The customer has left happy.")


async def test_what_is_typed_focused_and_seen_stays_while_the_page_is_brought_up_to_date(console, browser, later):
    await console.warned("riga-15", later)
    async with looking(browser, console.url) as page:
        await page.locator("article", has_text="riga-15").locator("h2 a").click()
        await page.locator("#comment").fill("half a sent")
        await page.locator("#comment").evaluate("(each) => each.setSelectionRange(4, 4)")
        await page.evaluate("scrollTo(0, 100)")
        top = await page.locator("#comment").evaluate("(each) => each.getBoundingClientRect().top")
        await page.evaluate(MARKED)

        await page.request.post(
            page.url + "/acknowledge", headers={"sec-fetch-site": "same-origin"}, form={"back": "/"}
        )
        await expect(page.locator("article")).to_contain_text("Acknowledged by manager")

        await expect(page.locator("#comment")).to_have_value("half a sent")
        await expect(page.locator("#comment")).to_be_focused()
        assert await page.evaluate("document.activeElement.selectionStart") == 4
        assert abs(await page.locator("#comment").evaluate("(each) => each.getBoundingClientRect().top") - top) < 2
        assert await page.evaluate(STILL_MARKED)


async def test_a_page_that_has_lost_the_connection_says_so_and_is_live_again_by_itself(console, browser, later):
    async with looking(browser, console.url) as page:
        await expect(page.locator("#liveness")).to_contain_text("Live")
        await page.context.set_offline(True)
        console.services.alerts.live._tell()  # noqa: SLF001  # a page that hears of nothing only notices after a beat
        await expect(page.locator("#liveness .off")).to_be_visible(timeout=40_000)

        await page.context.set_offline(False)
        await expect(page.locator("#liveness .on")).to_be_visible(timeout=40_000)
        await expect(page.locator("#liveness .off")).to_be_hidden()


async def test_what_is_refused_is_said_on_the_page(console, browser, later):
    await console.warned("riga-16", later)
    async with looking(browser, console.url) as page:
        card = page.locator("article", has_text="riga-16")
        await page.goto(f"{console.url}{await card.locator('h2 a').get_attribute('href')}")
        await page.locator("#comment").fill("   ")  # which a browser takes for something
        await page.get_by_role("button", name="Close the alert").click()

        await expect(page.get_by_role("alert")).to_contain_text("Say in one line")
        await expect(page.locator("article")).to_contain_text("Nobody has confirmed")


async def test_without_scripts_the_page_and_its_buttons_work(console, browser, later):
    await console.warned("riga-17", later)
    async with looking(browser, console.url, java_script_enabled=False) as page:
        card = page.locator("article", has_text="riga-17")
        await card.get_by_role("button", name="Acknowledge").click()

        await expect(card).to_contain_text("Acknowledged by manager")
        assert await page.locator("noscript").count() == 1


async def focused(page):
    return await page.evaluate("document.activeElement.innerText")


async def reach(page, inside, store, button):
    """Go on with the Tab key until what has this text has the focus, within the part that is about the store."""
    for _ in range(200):
        await page.keyboard.press("Tab")
        found = await page.evaluate(
            "([inside, store, text]) => { const here = document.activeElement; const part = here.closest(inside);"
            "return part && part.innerText.includes(store) &&"
            "(text ? here.innerText === text : here.id === 'comment') }",
            [inside, store, button],
        )
        if found:
            return
    pytest.fail(f"nothing called {button!r} is reached with the Tab key")
