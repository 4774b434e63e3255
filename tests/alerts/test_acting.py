"""What people do about alerts over HTTP: who may, what comes of it, and what is refused in which words.

It cannot catch what two workers do at the same time.
"""

from datetime import timedelta

import pytest

from services.alerts.domain.alert import Grade, State
from services.alerts.entrypoints.doing import LONGEST_BY, LONGEST_COMMENT
from tests.alerts.builders import NOON, alert
from tests.alerts.looking import opened
from touchline_contracts import parse_event

pytestmark = pytest.mark.anyio

KEY = "k" * 31 + "/"
HELD = {"authorization": f"Bearer {KEY}"}
ID = alert().alert_id
ACTIONS = ("acknowledgement", "release", "snooze", "closing")
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
async def page(tmp_path):
    """The service with a key, and one open alert."""
    (tmp_path / "key").write_text(KEY + "\n")
    async with opened(tmp_path, actions_key_file=tmp_path / "key") as page:
        await page.has(alert())
        yield page


async def does(page, action, alert_id=ID, *, headers=HELD, **body):
    usual = {"by": "duty-7", "comment": "on my way"}
    if action == "snooze":
        usual["until"] = (page.clock.now() + timedelta(minutes=30)).isoformat()
    return await page.http.post(f"/v1/alerts/{alert_id}/{action}", json=usual | body, headers=headers)


async def shown(page, alert_id=ID):
    return (await page.http.get(f"/v1/alerts/{alert_id}")).json()["alert"]


async def told(page):
    messages = await page.service.durable.transact(lambda each: each.unsent(100))
    return [parse_event(message.value) for _, message in messages]


def act(**changes):
    return {"by": "duty-7", "at": "2026-11-21T12:00:00Z", "comment": "on my way"} | changes


async def test_who_acknowledges_an_alert_is_shown_with_what_was_said_and_when(page):
    answer = await does(page, "acknowledgement")

    assert answer.status_code == 200
    assert answer.json() == await shown(page)
    assert answer.json()["acknowledged"] == act()
    assert answer.json()["state"] == "open"


async def test_an_acknowledgement_is_an_event_that_says_who_and_when(page):
    await does(page, "acknowledgement")

    (event,) = await told(page)
    assert (event.type, event.id) == ("touchline.alert.acknowledged.v1", f"{ID}/2/acknowledged")
    assert event.data.model_dump() == {
        "alert_id": ID,
        "acknowledged_at": NOON,
        "by": "duty-7",
        "comment": "on my way",
    }


@pytest.mark.parametrize("action", ACTIONS)
async def test_the_same_action_by_the_same_person_changes_nothing_the_second_time(page, action):
    if action == "release":
        await does(page, "acknowledgement")
    first = await does(page, action, until="2026-11-21T12:30:00Z") if action == "snooze" else await does(page, action)
    so_far = await told(page)
    page.clock.advance(TEN_MINUTES)
    again = await does(page, action, until="2026-11-21T12:30:00Z") if action == "snooze" else await does(page, action)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert await told(page) == so_far


async def test_whoever_acknowledges_last_has_it(page):
    await does(page, "acknowledgement")
    await does(page, "acknowledgement", by="duty-8", comment=None)

    assert (await shown(page))["acknowledged"] == act(by="duty-8", comment=None)
    assert [each.data.by for each in await told(page)] == ["duty-7", "duty-8"]


async def test_an_acknowledgement_can_be_taken_back(page):
    await does(page, "acknowledgement")
    answer = await does(page, "release", comment="my shift is over")

    assert answer.json()["acknowledged"] is None
    assert [each.kind.name for each in await told(page)] == ["alert.acknowledged", "alert.released"]
    assert (await told(page))[-1].data.comment == "my shift is over"


async def test_a_snoozed_alert_says_until_when(page):
    answer = await does(page, "snooze")

    assert answer.json()["snoozed"] == act(until="2026-11-21T12:30:00Z")
    assert (await told(page))[0].data.until == NOON + timedelta(minutes=30)


async def test_an_instant_in_another_zone_is_the_same_instant(page):
    answer = await does(page, "snooze", until="2026-11-21T14:30:00+02:00")

    assert answer.json()["snoozed"]["until"] == "2026-11-21T12:30:00Z"
    assert answer.json() == await shown(page)


async def test_a_closed_alert_is_closed_and_says_by_whom_and_why(page):
    answer = await does(page, "closing")

    assert (answer.json()["state"], answer.json()["closed"]) == ("closed", act())
    assert answer.json()["closed_at"] == "2026-11-21T12:00:00Z"
    listed = (await page.http.get("/v1/alerts", params={"state": "closed"})).json()["alerts"]
    assert [each["alert_id"] for each in listed] == [ID]
    assert (await page.http.get("/v1/alerts")).json()["alerts"] == []


async def test_an_alert_about_a_store_has_events_of_its_own(page):
    of_store = alert(journey="")
    await page.has(of_store)
    for action in ("acknowledgement", "release", "snooze", "closing"):
        assert (await does(page, action, of_store.alert_id)).status_code == 200

    events = await told(page)
    kinds = ["store_alert.acknowledged", "store_alert.released", "store_alert.snoozed", "store_alert.closed"]
    assert [each.kind.name for each in events] == kinds
    assert {each.subject for each in events} == {None}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", [State.RESOLVED, State.RETRACTED, State.CLOSED])
async def test_nothing_can_be_done_about_what_has_ended_and_it_says_since_when(page, action, state):
    grade = Grade.SAVED if state is State.RESOLVED else None
    await page.has(alert(state=state, grade=grade, closed_at=NOON - TEN_MINUTES))

    answer = await does(page, action)

    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:touchline:problem:alert-has-ended"
    assert (problem["state"], problem["since"]) == (state.value, "2026-11-21T11:50:00+00:00")
    assert f"{state.value} since 2026-11-21T11:50:00+00:00" in problem["detail"]
    assert await told(page) == []


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_alert_that_does_not_exist_is_a_problem(page, action):
    answer = await does(page, action, "0123")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:touchline:problem:unknown-alert")


@pytest.mark.parametrize("minutes", [0, -5, 7 * 24 * 60 + 1])
async def test_a_snooze_until_then_makes_no_sense_and_it_says_what_does(page, minutes):
    answer = await does(page, "snooze", until=(NOON + timedelta(minutes=minutes)).isoformat())

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:touchline:problem:cannot-wait")
    assert "2026-11-21T12:00:00+00:00" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": ""},
        {"by": "   "},
        {"by": None},
        {"by": "x" * (LONGEST_BY + 1)},
        {"by": "two\nlines"},
        {"by": 7},
        {"comment": "x" * (LONGEST_COMMENT + 1)},
        {"comment": "\x00"},
        {"until": "soon"},
        {"until": "2026-11-21T12:30:00"},
        {"until": 1_800_000_000},
        {"nobody": "knows this"},
    ],
    ids=lambda wrong: repr(wrong)[:24],
)
async def test_what_is_not_as_it_should_be_is_refused_by_its_name(page, wrong):
    answer = await does(page, "snooze", **wrong)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:touchline:problem:invalid-request")
    assert answer.json()["errors"][0]["field"].endswith(next(iter(wrong)))
    assert await told(page) == []


async def test_an_alert_is_not_closed_without_a_reason(page):
    assert (await does(page, "closing", comment=None)).status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"by": "\\ud800"}', b"[" * 2000], ids=lambda body: repr(body[:12])
)
async def test_a_body_that_is_none_is_a_problem(page, body):
    headers = HELD | {"content-type": "application/json"}
    answer = await page.http.post(f"/v1/alerts/{ID}/acknowledgement", content=body, headers=headers)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_too_large_is_refused(page):
    assert (await does(page, "acknowledgement", comment="x" * 5000)).status_code == 413


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": KEY},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer gr\xfc\xdfe"},
        {"cookie": f"key={KEY}"},
    ],
    ids=str,
)
async def test_without_the_key_nobody_does_anything(page, action, headers):
    headers = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = await does(page, action, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:touchline:problem:wrong-key")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert KEY not in answer.text
    assert await told(page) == []


async def test_where_no_key_is_set_it_says_which_setting_to_set(tmp_path):
    async with opened(tmp_path) as page:
        await page.has(alert())
        for action in ACTIONS:
            answer = await does(page, action)

            assert (answer.status_code, answer.json()["type"]) == (403, "urn:touchline:problem:no-key-is-set")
            assert "TOUCHLINE_ACTIONS_KEY_FILE" in answer.json()["detail"]


async def test_another_site_cannot_have_a_browser_do_anything(page):
    """A browser sends a form, or a request without leave, but never the key by itself, and is given leave for none."""
    form = {"origin": "https://evil.example", "content-type": "application/x-www-form-urlencoded"}
    sent = await page.http.post(f"/v1/alerts/{ID}/acknowledgement", content=b"by=evil", headers=form)
    plain = form | {"content-type": "text/plain"}
    simple = await page.http.post(f"/v1/alerts/{ID}/acknowledgement", content=b'{"by":"evil"}', headers=plain)
    asking = {
        "origin": "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    leave = await page.http.request("OPTIONS", f"/v1/alerts/{ID}/acknowledgement", headers=asking)

    assert (sent.status_code, simple.status_code, leave.status_code) == (401, 401, 405)
    assert not [name for name in leave.headers if name.startswith("access-control-")]
    assert (await shown(page))["acknowledged"] is None


async def test_who_acted_is_in_no_metric_and_in_no_line_of_the_log(page, capfd):
    for action in ("acknowledgement", "snooze", "release", "closing"):
        await does(page, action, by="somebody-in-particular", comment="something-in-particular")

    metrics = (await page.http.get("/metrics")).text
    logged = "".join(capfd.readouterr())
    assert 'touchline_alert_acts_total{act="closed",severity="warning"} 1.0' in metrics
    assert "in-particular" not in metrics + logged


async def test_the_documentation_has_an_answer_for_everything_that_may_go_wrong(page):
    paths = (await page.http.get("/openapi.json")).json()["paths"]

    for action in ACTIONS:
        route = paths[f"/v1/alerts/{{alert_id}}/{action}"]["post"]
        assert route["security"], action
        assert {"200", "401", "403", "404", "409", "422"} <= route["responses"].keys()
        for status in ("401", "403", "404", "409"):
            example = route["responses"][status]["content"]["application/problem+json"]["example"]
            assert (example["status"], bool(example["detail"])) == (int(status), True)
