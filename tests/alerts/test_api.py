"""The alerts for programs: the ones they ask for, and a problem for what makes no sense."""

from typing import Any

import pytest

from services.alerts.domain.alert import Grade, State
from tests.alerts.builders import GOODS, NOON, alert, broken, finding

pytestmark = pytest.mark.anyio


async def test_programs_choose_which_alerts_they_get(page):
    gone = alert(finding=finding("gone"), state=State.RESOLVED, grade=Grade.SAVED, closed_at=NOON)
    await page.has(alert(), alert(finding=broken("worse")), gone)

    async def lines(**query: Any) -> list[str]:
        return [each["line"] for each in (await page.http.get("/v1/alerts", params=query)).json()["alerts"]]

    assert await lines() == ["worse", GOODS]
    assert await lines(state="resolved") == ["gone"]
    assert set(await lines(state="all")) == {"worse", GOODS, "gone"}
    assert (await page.http.get("/v1/alerts", params={"limit": 1})).json()["more"] is True


@pytest.mark.parametrize("query", ["state=asleep", "limit=0", "limit=many"])
async def test_a_question_that_makes_no_sense_is_answered_with_a_problem(page, query):
    answer = await page.http.get(f"/v1/alerts?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_alert_that_programs_ask_for_in_vain_is_a_problem(page):
    answer = await page.http.get("/v1/alerts/0123")

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:touchline:problem:unknown-alert"


async def test_the_documentation_to_try_out_can_run_its_scripts(page):
    answer = await page.http.get("/docs")

    assert answer.status_code == 200
    assert "content-security-policy" not in answer.headers
