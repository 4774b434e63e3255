"""A manager signs in with a browser, sees and does what is theirs, and signs out again."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from services.alerts import users
from services.alerts.domain.user import User
from tests.alerts.browsers import KEPT, PASSWORD
from tests.console.axe import violations
from tests.console.site import NARROW, WIDE, looking, site

pytestmark = [pytest.mark.anyio, pytest.mark.live]

MINE, NOT_MINE = "riga-1", "vilnius-1"


@pytest.fixture(scope="module")
async def closed():
    """The services, with an alert in each of two stores, and a manager of one of them."""
    async with site(sign_in="password") as running:
        ruta = User(
            name="ruta", password=KEPT, stores=frozenset({MINE}), language="lt", added_at=running.services.clock.now()
        )
        await running.services.alerts.durable.transact(lambda each: users.add(each, ruta, by="command:test"))
        await running.warned(NOT_MINE, timedelta())
        await running.warned(MINE, timedelta(days=1))
        yield running


async def signs_in(page, password=PASSWORD):
    await page.locator("#name").fill("ruta")
    await page.locator("#password").fill(password)
    await page.keyboard.press("Enter")


async def test_a_manager_signs_in_takes_an_alert_of_their_store_and_signs_out(closed, browser):
    async with looking(browser, f"{closed.url}/record", locale="en-GB") as page:
        await expect(page).to_have_title("Sign in · Touchline")
        await signs_in(page, "another password")
        await expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong.")

        await signs_in(page)
        await expect(page).to_have_url(f"{closed.url}/record")
        await page.goto(closed.url)
        await expect(page.locator("html")).to_have_attribute("lang", "lt")
        await expect(page.locator("article")).to_have_count(1)
        await expect(page.locator("main")).not_to_contain_text(NOT_MINE)
        await page.get_by_role("button", name="Pasirūpinsiu").click()
        await expect(page.locator("article")).to_contain_text("ruta")

        await page.get_by_role("button", name="Atsijungti").click()
        await expect(page).to_have_url(f"{closed.url}/sign-in")
        await page.goto(closed.url)
        await expect(page.locator("#password")).to_be_visible()


async def test_a_page_that_is_open_when_its_manager_is_signed_out_asks_to_sign_in_again(closed, browser):
    async with looking(browser, closed.url) as page:
        await signs_in(page)
        await expect(page.locator("article")).to_have_count(1)
        now = closed.services.clock.now()
        await closed.services.alerts.durable.transact(
            lambda each: users.change_password(each, "ruta", KEPT, now, by="command:test")
        )

        await page.get_by_role("button", name="Grąžin").or_(page.get_by_role("button", name="Pasirūpinsiu")).click()
        await expect(page.locator("#password")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_signing_in_keeps_nobody_out_who_may_come_in(closed, browser, viewport, scheme):
    async with looking(browser, closed.url, viewport=viewport, color_scheme=scheme) as page:
        await signs_in(page, "another password")
        await expect(page.get_by_role("alert")).to_be_visible()

        assert await violations(page) == []
