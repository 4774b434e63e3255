"""What people do from the pages: forms work without a script, refusals are words, and nothing from elsewhere counts."""

import re
from datetime import timedelta

import pytest

from services.alerts.domain.alert import Act, Snooze, State
from tests.alerts.builders import NOON, alert, finding
from touchline_contracts import parse_event

pytestmark = pytest.mark.anyio

ID = alert().alert_id
OURS = {"sec-fetch-site": "same-origin"}
GESTURES = ("acknowledge", "release", "snooze", "close")


async def makes(page, gesture, *, headers=OURS, alert_id=ID, **fields):
    return await page.http.post(f"/alerts/{alert_id}/{gesture}", data={"back": "/"} | fields, headers=headers)


async def known(page):
    return (await page.service.durable.transact(lambda each: each.case(ID))).alert


def forms(html):
    """The forms of a page about the alert: where each is sent, and with what."""
    found = re.findall(rf'<form[^>]*action="/alerts/{ID}/(\w+)"[^>]*>(.*?)</form>', html, re.DOTALL)
    return {gesture: dict(re.findall(r'name="(\w+)" value="([^"]*)"', inside)) for gesture, inside in found}


async def test_each_form_of_the_pages_does_what_its_button_says(page):
    await page.has(alert())

    for path, back in (("/", "/"), (f"/alerts/{ID}", f"/alerts/{ID}")):
        fields = forms(await page.html(path))["acknowledge"]
        answer = await makes(page, "acknowledge", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, back)
        assert (await known(page)).acknowledged == Act(by="manager", at=NOON)

        fields = forms(await page.html(path))["release"]
        assert (await makes(page, "release", **fields)).headers["location"] == back
        assert not (await known(page)).is_attended

    fields = forms(await page.html(f"/alerts/{ID}"))["snooze"]
    await makes(page, "snooze", **fields)
    later = NOON + timedelta(minutes=int(fields["minutes"]))
    assert (await known(page)).snoozed == Snooze(by="manager", at=NOON, until=later)

    fields = forms(await page.html(f"/alerts/{ID}"))["close"]
    await makes(page, "close", **fields, comment="  The customer does not mind. ")
    assert (await known(page)).closed == Act(by="manager", at=NOON, comment="The customer does not mind.")
    assert forms(await page.html(f"/alerts/{ID}")) == {}


async def test_what_is_done_on_a_page_is_an_event_like_what_programs_do(page):
    await page.has(alert())

    await makes(page, "acknowledge")

    ((_, message),) = await page.service.durable.transact(lambda each: each.unsent(100))
    assert parse_event(message.value).type == "touchline.alert.acknowledged.v1"


@pytest.mark.parametrize("gesture", GESTURES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "http://alerts"},
    ],
)
async def test_what_another_site_has_the_browser_send_is_refused(page, gesture, headers):
    await page.has(alert())

    answer = await makes(page, gesture, headers=headers, comment="x", minutes="30")

    assert answer.status_code == 403
    assert await known(page) == alert()


async def test_an_old_browser_that_only_says_where_a_form_comes_from_is_let_by(page):
    await page.has(alert())

    assert (await makes(page, "acknowledge", headers={"origin": "http://127.0.0.1:8120"})).status_code == 303


async def test_what_makes_no_sense_is_said_in_words_on_the_page_that_it_was_sent_from(page):
    await page.has(alert(state=State.RESOLVED, closed_at=NOON))

    ended = await makes(page, "acknowledge", back=f"/alerts/{ID}")

    assert ended.status_code == 409
    assert "The alert has ended (Resolved, 12:00): there is nothing left to do about it." in ended.text
    assert 'role="alert"' in ended.text
    assert "All alerts" in ended.text
    assert "nothing left to do" in (await makes(page, "acknowledge", back="/")).text


@pytest.mark.parametrize("minutes", ["", "0", "-5", "10081", "99999999", "\u0661", "x"])
async def test_an_alert_is_not_put_off_for_ever_or_until_now(page, minutes):
    await page.has(alert())

    answer = await makes(page, "snooze", minutes=minutes)

    assert answer.status_code == 422
    assert "An alert cannot be put off until then" in answer.text


@pytest.mark.parametrize("comment", ["", "   ", "x" * 201, "two\nlines", "\x00"])
async def test_an_alert_is_closed_with_one_line_that_says_why(page, comment):
    await page.has(alert())

    answer = await makes(page, "close", comment=comment)

    assert answer.status_code == 422
    assert "Say in one line of 1 to 200 characters why it is over." in answer.text
    assert (await known(page)).state is State.OPEN


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "/v1/alerts", "x"]
)
async def test_nobody_is_led_elsewhere_afterwards(page, back):
    await page.has(alert())

    assert (await makes(page, "acknowledge", back=back)).headers["location"] == "/"


async def test_an_alert_that_is_not_there_and_a_gesture_that_nobody_knows_are_refused(page):
    await page.has(alert())

    assert (await makes(page, "acknowledge", alert_id="0123")).status_code == 404
    assert (await makes(page, "burn")).status_code == 422


async def test_a_number_to_call_can_be_tapped_and_a_name_is_only_said(page):
    await page.has(alert(finding=finding(call="+371 2000-0000")))
    assert '<a href="tel:+37120000000"><bdi>+371 2000-0000</bdi></a>' in await page.html()

    await page.has(alert(finding=finding(call="desk 12")))
    assert "tel:" not in await page.html()
