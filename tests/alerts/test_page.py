"""The managers' page: what needs somebody, why, what to do and until when; calm when nothing does.

The service runs without Kafka here: what the page shows is in the store.
"""

import re
from datetime import timedelta

import pytest
from pydantic import SecretStr

from services.alerts.adapters.telling import deliveries
from services.alerts.domain.alert import Act, Grade, Snooze, State
from services.chassis.embedded_broker import free_port
from tests.alerts.builders import GOODS, JOURNEY, NOON, STORE, alert, broken, entry, finding, standing, told
from tests.alerts.looking import opened
from tests.alerts.receiver import SECRET
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

HOSTILE = """<script>alert(1)</script><img src=x onerror="alert(2)">' onmouseover='alert(3)"""
OUR_SCRIPT = ['<script src="/static/live.js" defer>']


async def test_an_open_alert_says_what_is_wrong_where_why_what_to_do_whom_to_call_and_until_when(page):
    await page.has(alert(), ledger=[entry(), entry("greeting", forecast_contribution=0.0)])

    text = await page.text()

    assert "1 alert needs you" in text
    assert "Warning" in text
    assert "Nobody has confirmed: goods brought over from the second warehouse by 14:00" in text
    assert f"Store {STORE}" in text
    assert f"Journey {JOURNEY}" in text
    assert "Promised by sales → not confirmed by second warehouse yet likely to take 53 % off" in text
    assert "Call the second warehouse and have it confirmed." in text
    assert "Call second warehouse" in text
    assert "2 h left until 14:00" in text
    assert "about 1 in 2 (50%)" in text
    assert "Heading for 0.47; 1 is as expected, below 0.80 is a let-down." in text


async def test_the_most_urgent_alert_comes_first(page):
    await page.has(
        alert(finding=finding("a", headline="late", until=NOON + timedelta(hours=3))),
        alert(finding=finding("b", headline="soon", until=NOON + timedelta(minutes=5))),
        alert(finding=finding("c", headline="broken", severity="critical", until=None)),
    )

    headlines = re.findall(r'<h2 dir="auto"[^>]*><a[^>]*>([^<]*)<', await page.html())

    assert headlines == ["broken", "soon", "late"]


async def test_an_alert_says_who_has_it_since_when_and_what_was_said(page):
    await page.has(alert(acknowledged=Act(by="duty-7", at=NOON, comment="on my way")))

    assert "Acknowledged by duty-7 · 12:00: on my way" in await page.text()
    assert "Acknowledged by duty-7 · 12:00: on my way" in await page.text(f"/alerts/{alert().alert_id}")


async def test_an_alert_says_until_when_it_was_put_off_and_how_often_it_was_told_again(page):
    snoozed = Snooze(by="duty-7", at=NOON, until=NOON + timedelta(minutes=30))
    await page.has(alert(snoozed=snoozed, repeats=2))

    text = await page.text()
    assert "Snoozed until 12:30 by duty-7 · 12:00" in text
    assert "Told again 2 times" in text


async def test_what_somebody_looks_after_is_calmer_and_stands_below_what_nobody_does(page):
    taken = alert(finding=broken("taken"), acknowledged=Act(by="duty-7", at=NOON))
    await page.has(taken, alert(finding=finding("a", headline="nobody has this")))

    html, text = await page.html(), await page.text()
    assert re.findall(r'<article class="([^"]*)"', html) == ["card warning", "card critical calm"]
    assert "1 alert needs you 1 more is looked after." in text
    assert "<title>(1) Touchline</title>" in html


async def test_when_somebody_looks_after_everything_nothing_needs_anybody_else(page):
    await page.has(alert(acknowledged=Act(by="duty-7", at=NOON)))

    assert "Somebody looks after 1 open alert" in await page.text()


async def test_a_closed_alert_says_by_whom_and_why(page):
    closed = Act(by="duty-7", at=NOON, comment="The customer does not mind.")
    await page.has(alert(state=State.CLOSED, closed=closed, closed_at=NOON))

    assert "Closed by duty-7 · 12:00: The customer does not mind." in await page.text(f"/alerts/{alert().alert_id}")
    assert "Lately closed Closed Nobody has confirmed" in await page.text()


async def test_the_time_left_follows_the_clock_and_is_said_when_it_has_passed(page):
    await page.has(alert())
    page.clock.advance(timedelta(hours=1, minutes=50))
    assert "10 min left until 14:00" in await page.text()

    page.clock.advance(timedelta(minutes=13))
    assert "3 min too late since 14:00" in await page.text()


async def test_the_journeys_that_are_watched_are_counted(page):
    await page.service.durable.transact(lambda each: each.save_journeys([standing("a"), standing("b")]))

    text = await page.text()

    assert "2 journeys are being watched." in text
    assert "Lately closed" not in text


async def test_lately_closed_alerts_say_how_they_ended(page):
    endings = {
        "saved": {"state": State.RESOLVED, "grade": Grade.SAVED},
        "lost": {"state": State.RESOLVED, "grade": Grade.LOST},
        "pending": {"state": State.RESOLVED, "grade": Grade.PENDING},
        "retracted": {"state": State.RETRACTED},
    }
    await page.has(
        *[
            alert(finding=finding(name, headline=f"the {name} one"), closed_at=NOON, **ending)
            for name, ending in endings.items()
        ]
    )

    text = await page.text()

    for label, name in (("Saved", "saved"), ("Lost", "lost"), ("Resolved", "pending"), ("Retracted", "retracted")):
        assert f"{label} the {name} one" in text


async def test_one_alert_is_shown_with_its_whole_ledger(page):
    ledger = [
        entry(),
        entry("greeting", expected="greeted within 60 s", outcome="60 s", ratio=1.0, forecast_contribution=0.0),
    ]
    await page.has(alert(), ledger=ledger)

    text = await page.text(f"/alerts/{alert().alert_id}")

    assert "greeted within 60 s" in text
    assert "1.00 changes nothing" in text
    assert "goods brought over from the second warehouse by 14:00" in text


async def test_an_alert_that_does_not_exist_is_said_not_to(page):
    assert "There is no such alert" in await page.html("/alerts/0123", status=404)


@pytest.mark.parametrize("path", ["/", f"/alerts/{alert().alert_id}"])
async def test_whatever_an_evaluation_says_it_is_text_and_not_markup(page, path):
    hostile = finding(GOODS, headline=HOSTILE, remedy=HOSTILE, call=HOSTILE, reason=HOSTILE)
    words = dict.fromkeys(("expected", "said_by", "outcome", "state", "touchpoint"), HOSTILE)
    act = Act(by=HOSTILE, at=NOON, comment=HOSTILE)
    await page.has(alert(finding=hostile, acknowledged=act, closed=act), ledger=[entry(**words)])

    html = await page.html(path)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert re.findall(r"<script[^>]*>[^<]*", html) == OUR_SCRIPT
    assert "<img" not in html
    assert not re.search(r"<[^>]*\son\w+=", html)


async def test_a_closed_alert_of_hostile_words_is_text_as_well(page):
    await page.has(alert(finding=finding(headline=HOSTILE), state=State.RETRACTED, closed_at=NOON))

    assert re.findall(r"<script[^>]*>[^<]*", await page.html()) == OUR_SCRIPT


@pytest.mark.parametrize("path", ["/", "/alerts/0123", "/v1/alerts", "/static/alerts.css", "/health/live", "/nowhere"])
async def test_browsers_are_told_to_run_our_scripts_alone_and_to_show_it_in_no_frame(page, path):
    headers = (await page.http.get(path)).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "'unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_a_page_asks_for_nothing_from_elsewhere_and_holds_no_script_or_style_within_it(page):
    await page.has(alert(), ledger=[entry()])

    html = await page.html()

    assert re.findall(r'(?:src|href)="((?:https?:)?//[^"]*)"', html) == []
    assert "<style" not in html
    assert "style=" not in html
    assert re.findall(r"<script[^>]*>[^<]*", html) == OUR_SCRIPT
    for path in re.findall(r'<link[^>]*href="([^"]*)"', html):
        assert (await page.http.get(path)).status_code == 200


async def test_without_a_webhook_the_page_says_that_it_is_the_only_place(page):
    assert "No channel is set" in await page.html()


async def test_cut_off_from_kafka_the_page_says_that_it_may_be_out_of_date(page):
    await eventually(lambda: page.service.durable.connection.trouble is not None)

    html = await page.html()
    assert "may be out of date" in html
    assert "Nothing needs you" not in html


async def test_without_kafka_the_service_is_alive_and_not_ready(page):
    ready = await page.http.get("/health/ready")

    assert (await page.http.get("/health/live")).status_code == 200
    assert ready.status_code == 503
    assert "no partitions are assigned yet" in ready.json()["detail"]


async def test_deliveries_that_fail_are_told_on_the_page(tmp_path):
    nobody_listens = f"http://127.0.0.1:{free_port()}/hook?token=unsaid"
    async with opened(tmp_path, webhook_url=nobody_listens, webhook_secret=SecretStr(SECRET)) as page:
        await page.has(alert())
        assert "No channel is set" not in await page.html()

        await page.service.durable.transact(lambda each: each.add_deliveries(deliveries(told(), ["webhook"], "")))
        page.service.delivering[0].wake()
        await eventually(lambda: page.service.delivering[0].trouble is not None)

        html = await page.html()
        assert "Alerts do not reach http://127.0.0.1:" in html
        assert "1 waiting" in html
        assert "unsaid" not in html


async def test_times_are_those_of_the_zone_that_is_set(tmp_path):
    async with opened(tmp_path, time_zone="Europe/Riga") as page:
        await page.has(alert())

        text = await page.text()

        # Noon in UTC is two in the afternoon in Riga in winter.
        assert "14:00 EET · Saturday 21 November 2026" in text
        assert "until 16:00" in text


async def test_a_time_on_another_day_names_the_day(page):
    await page.has(alert(finding=finding(until=NOON + timedelta(days=1))))

    assert "24 h left until Sun 22 Nov, 12:00" in await page.text()


async def test_what_has_already_gone_wrong_is_to_be_acted_on_now(page):
    await page.has(alert(finding=broken()))

    assert "Critical Act now Broken promise: goods" in await page.text()


async def test_codes_are_shown_as_words(page):
    await page.has(alert(finding=finding(headline="second_warehouse has declined: goods")))

    assert "second warehouse has declined: goods" in await page.text()
