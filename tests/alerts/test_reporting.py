"""What managers report goes to the store's own services as events. The services here are receivers on this machine."""

from datetime import timedelta

import pytest

from services.alerts.domain.alert import Grade, State
from services.alerts.domain.report import Report, reports
from tests.alerts.browsers import OURS
from tests.alerts.builders import GOODS, JOURNEY, NOON, STORE, alert, case, entry, finding, standing
from tests.alerts.looking import opened
from tests.alerts.receiver import Receiver
from touchline_contracts import parse_event

pytestmark = pytest.mark.anyio

KEY, STORES_KEY = "k" * 32, "s" * 32
HELD = {"authorization": f"Bearer {KEY}"}
ID = alert().alert_id
PROBLEM, GREETING = "problem/cold-soup", "greeting"


@pytest.fixture
async def stores():
    """The services of the stores, all of them in one."""
    async with Receiver([202], signed=False) as receiver:
        yield receiver


@pytest.fixture
async def page(tmp_path, stores):
    async with reporting_to(stores, tmp_path) as page:
        await page.has(alert(), ledger=[entry()])
        yield page


def reporting_to(stores, directory, **settings):
    (directory / "key").write_text(KEY)
    (directory / "stores-key").write_text(STORES_KEY)
    root = stores.url.partition("/hook")[0]
    urls = {f"{name}_url": f"{root}/{name}/" for name in ("greeting", "promises", "recovery")}
    files = {"actions_key_file": directory / "key", "reports_key_file": directory / "stores-key"}
    return opened(directory, **urls | files | settings)


async def tells(page, report, alert_id=ID, **body):
    said = {"by": "duty-7", "report": report} | body
    return await page.http.post(f"/v1/alerts/{alert_id}/report", json=said, headers=HELD)


async def about(page, line, state, **changes):
    """The alert is about this line, which stands so."""
    await page.has(alert(finding=finding(line), **changes), ledger=[entry(line, state=state)])
    return alert(finding=finding(line)).alert_id


def events(stores):
    return [(each.path, parse_event(each.raw)) for each in stores.received]


@pytest.mark.parametrize(
    ("line", "state", "report", "service", "kind", "data"),
    [
        (GOODS, "made", "confirmed", "promises", "promise.confirmed", {"by_unit": "second_warehouse"}),
        (GOODS, "confirmed", "declined", "promises", "promise.declined", {"reason": "the van is broken"}),
        (GOODS, "declined", "rescheduled", "promises", "promise.rescheduled", {"customer_agreed": True}),
        (GOODS, "broken", "kept", "promises", "promise.kept", {"promise_id": "goods"}),
        (GOODS, "made", "withdrawn", "promises", "promise.withdrawn", {"reason": "the van is broken"}),
        (PROBLEM, "reported", "owned", "recovery", "problem.owned", {"problem_id": "cold-soup"}),
        (PROBLEM, "owned", "restored", "recovery", "problem.resolved", {"outcome": "restored"}),
        (GREETING, "overdue", "greeted", "greeting", "customer.greeted", {}),
    ],
)
async def test_what_is_reported_is_an_event_of_the_journey(page, stores, line, state, report, service, kind, data):
    alert_id = await about(page, line, state)
    due = {"due": (NOON + timedelta(hours=5)).isoformat()} if report == "rescheduled" else {}

    answer = await tells(page, report, alert_id, comment="the van is broken", **due)

    assert answer.status_code == 200
    ((path, event),) = events(stores)
    assert (path, event.kind.name) == (f"/{service}/v1/events", kind)
    assert (event.store, event.subject, event.time) == (STORE, JOURNEY, NOON)
    assert event.data.model_dump().items() >= data.items()
    assert stores.received[0].headers["authorization"] == f"Bearer {STORES_KEY}"


async def test_who_reports_something_has_the_alert(page):
    answer = await tells(page, "confirmed", comment="the warehouse is on its way")

    said = {"by": "duty-7", "at": "2026-11-21T12:00:00Z", "comment": "the warehouse is on its way"}
    assert answer.json()["acknowledged"] == said


async def test_whoever_had_it_keeps_it(page):
    await page.http.post(f"/v1/alerts/{ID}/acknowledgement", json={"by": "duty-1"}, headers=HELD)

    assert (await tells(page, "confirmed")).json()["acknowledged"]["by"] == "duty-1"


async def test_the_same_report_twice_is_one_event_until_something_has_come_of_it(page, stores):
    await tells(page, "confirmed")
    page.clock.advance(timedelta(seconds=2))
    await tells(page, "confirmed")
    await page.has(alert(), ledger=[entry()], version=2)
    await tells(page, "confirmed")

    first, again, later = (event.identity for _, event in events(stores))
    assert first == again != later


async def test_an_alert_says_what_can_be_reported_of_it(page):
    alert_id = await about(page, PROBLEM, "owned")

    assert (await page.http.get(f"/v1/alerts/{alert_id}")).json()["reports"] == ["restored"]


async def test_what_makes_no_sense_is_refused_and_says_what_does(page, stores):
    answer = await tells(page, "greeted")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:touchline:problem:cannot-be-reported")
    assert answer.json()["reports"] == ["confirmed", "rescheduled", "kept", "declined", "withdrawn"]
    assert stores.received == []


@pytest.mark.parametrize("due", [None, NOON, NOON - timedelta(hours=1)])
async def test_a_new_time_is_one_to_come(page, stores, due):
    answer = await tells(page, "rescheduled", due=due and due.isoformat())

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:touchline:problem:no-new-time")
    assert stores.received == []


@pytest.mark.parametrize(("status", "answered"), [(503, 503), (500, 503), (401, 502), (422, 502), (302, 502)])
async def test_what_a_service_does_not_take_was_not_reported(page, stores, status, answered):
    stores.answers[0] = type(stores.answers[0])(status)

    answer = await tells(page, "confirmed")

    assert answer.status_code == answered
    assert "nothing was reported" in answer.json()["detail"]
    assert STORES_KEY not in answer.text
    assert (await page.http.get(f"/v1/alerts/{ID}")).json()["alert"]["acknowledged"] is None


async def test_a_service_that_is_away_is_said_so(tmp_path):
    receiver = Receiver(signed=False)  # never started
    async with reporting_to(receiver, tmp_path) as page:
        await page.has(alert(), ledger=[entry()])
        answer = await tells(page, "confirmed")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_without_its_service_nothing_can_be_reported(tmp_path, stores):
    async with reporting_to(stores, tmp_path, promises_url="") as page:
        await page.has(alert(), ledger=[entry()])

        assert (await page.http.get(f"/v1/alerts/{ID}")).json()["reports"] == []
        assert (await tells(page, "confirmed")).status_code == 409


@pytest.mark.parametrize("headers", [{}, {"authorization": f"Bearer {STORES_KEY}"}])
async def test_nobody_reports_without_the_key(page, stores, headers):
    answer = await page.http.post(
        f"/v1/alerts/{ID}/report", json={"by": "duty-7", "report": "confirmed"}, headers=headers
    )

    assert answer.status_code == 401
    assert stores.received == []


async def test_of_an_unknown_alert_nothing_is_reported(page):
    assert (await tells(page, "confirmed", "0123")).status_code == 404


@pytest.mark.parametrize(
    "over",
    [
        {"alert": alert(state=State.RESOLVED, grade=Grade.SAVED, closed_at=NOON)},
        {"alert": alert(journey="")},
        {"standing": standing(ended=True)},
        {"ledger": ()},
        {"ledger": (entry(state="withdrawn"),)},
    ],
)
def test_of_what_is_over_nothing_can_be_reported(over):
    assert reports(case()) != ()
    assert reports(case(**over)) == ()


async def test_everything_that_can_be_reported_can_be_told(page):
    assert all(page.service.reporting.can_tell(each) for each in Report)


async def form(page, headers=OURS, **fields):
    return await page.http.post(f"/alerts/{ID}/report", data={"back": f"/alerts/{ID}"} | fields, headers=headers)


async def test_on_its_page_an_alert_can_be_reported_of_with_one_tap(page, stores):
    html = await page.html(f"/alerts/{ID}")
    assert 'name="report" value="confirmed"' in html
    assert "They have confirmed" in html

    answer = await form(page, report="confirmed")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{ID}")
    assert [event.kind.name for _, event in events(stores)] == ["promise.confirmed"]
    assert "Acknowledged" in await page.text(f"/alerts/{ID}")


async def test_a_new_time_is_that_of_the_clock_on_the_page(tmp_path, stores):
    async with reporting_to(stores, tmp_path, time_zone="Europe/Riga") as page:
        await page.has(alert(), ledger=[entry()])
        await form(page, report="rescheduled", due="2026-11-21T19:30")

    ((_, event),) = events(stores)
    assert event.data.due == NOON.replace(hour=17, minute=30)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"report": "greeted"}, 409, "as the alert stands now"),
        ({"report": "nonsense"}, 422, "as the alert stands now"),
        ({}, 422, "as the alert stands now"),
        ({"report": "rescheduled", "due": "2026-11-21T11:00"}, 422, "still to come"),
        ({"report": "rescheduled", "due": "soon"}, 422, "as the alert stands now"),
    ],
)
async def test_what_the_form_cannot_be_sent_with_is_said_on_the_page(page, stores, fields, status, said):
    answer = await form(page, **fields)

    assert (answer.status_code, said in answer.text) == (status, True)
    assert stores.received == []


async def test_on_the_page_it_is_said_that_nothing_was_reported(page, stores):
    stores.answers[0] = type(stores.answers[0])(503)

    answer = await form(page, report="confirmed")

    assert (answer.status_code, "It was not reported" in answer.text) == (503, True)


async def test_no_other_site_reports_anything(page, stores):
    assert (await form(page, {"sec-fetch-site": "cross-site"}, report="confirmed")).status_code == 403
    assert stores.received == []
