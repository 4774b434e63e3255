"""The page on the worst evening: hundreds of open alerts are a page that a telephone can load."""

from datetime import timedelta

import pytest

from services.alerts.entrypoints.pages import MOST_CARDS
from tests.alerts.builders import NOON, alert, entry, finding
from tests.alerts.looking import opened

pytestmark = pytest.mark.anyio

WHAT = "goods brought over from the second warehouse"
BY_TWO = {"code": "expected.by_time", "arguments": {"what": WHAT, "due": "2026-11-21T14:00:00+00:00"}}
UNCONFIRMED = {"code": "attention.unconfirmed", "arguments": {"expected": BY_TWO}}


def alerts(number):
    """So many that are open, each a minute later than the one before."""
    return [
        alert(
            store=f"riga-{each % 3}",
            journey=f"visit-{each}",
            finding=finding(phrase=UNCONFIRMED, until=NOON + timedelta(minutes=each + 1)),
        )
        for each in range(number)
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_five_hundred_open_alerts_are_a_page_of_less_than_200_kb_that_names_them_all(tmp_path, language):
    async with opened(tmp_path, language=language) as page:
        await page.has(*reversed(alerts(500)), ledger=[entry(), entry("greeting"), entry("manner")])

        html = await page.html()

    assert len(html.encode()) < 200_000
    assert html.count("<article") == MOST_CARDS
    assert html.count('href="/alerts/') == 500
    first, last = (html.index(f'href="/alerts/{each.alert_id}"') for each in (alerts(500)[0], alerts(500)[-1]))
    assert first < last


async def test_beyond_that_the_page_says_how_many_there_are(tmp_path):
    async with opened(tmp_path) as page:
        await page.has(*alerts(502))

        assert "The most urgent are shown; 2 more are open." in await page.text()
