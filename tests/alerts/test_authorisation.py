"""Who may do what, on every route that there is: nobody sees or does what is not theirs.

The routes are the application's own. One that is new is closed to everybody but the right ones, or fails here.
"""

import re
from datetime import timedelta
from typing import NamedTuple

import pytest
from fastapi.routing import iter_route_contexts

from services.alerts import users
from services.alerts.domain.alert import State
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.store import StoreStanding
from services.alerts.domain.user import IDLE
from tests.alerts.browsers import COOKIE, HELD, KEPT, OURS, PASSWORD, add, session, signing_in, user
from tests.alerts.builders import NOON, alert, entry, finding
from tests.alerts.receiver import Receiver

pytestmark = pytest.mark.anyio

OPEN = {
    *(f"GET {path}" for path in ("/health/live", "/health/ready", "/metrics", "/sign-in")),
    # What there is to try out, and nothing of anybody's.
    *(f"GET {path}" for path in ("/docs", "/docs/oauth2-redirect", "/openapi.json")),
    # What they show or do is nobody's yet, or nobody's any more; that they are ours is tested below.
    "POST /sign-in",
    "POST /sign-out",
    "POST /language",
}
OPEN_FOLDERS = {"/static", "/static-offline-docs"}
OURS_ALONE = {"POST /sign-in", "POST /sign-out", "POST /language"}
SIGNALS = {"GET /live"}
"""They say that something has changed, and not what."""
BODY = {"by": "evil", "comment": "mine"}
MORE = {"snooze": {"until": (NOON + timedelta(minutes=30)).isoformat()}, "report": {"report": "confirmed"}}
MARK = "riga-1"
"""Stands in all that is the right manager's, and in nothing else."""
MINE = alert(store=MARK, journey="visit-riga-1", finding=finding(headline="riga-1 has promised goods"))
LEDGER = [entry(expected="riga-1 keeps its word")]
ENDED = alert(store=MARK, finding=finding("old", headline="riga-1 was late"), state=State.CLOSED, closed_at=NOON)


class Route(NamedTuple):
    method: str
    path: str

    @property
    def url(self) -> str:
        url = self.path.replace("{alert_id}", MINE.alert_id).replace("{store}", MARK)
        url = url.replace("{gesture}", "acknowledge")
        assert "{" not in url, f"say here what stands in {self.path} for its parameter"
        return url

    @property
    def acts(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def names_one(self) -> bool:
        return "{" in self.path

    def shows(self, answer):
        """Whether something of the right manager's is in an answer, as it should be."""
        return MARK in answer.text or (f"{self.method} {self.path}" in SIGNALS and answer.status_code == 200)


def all_routes(app):
    found = []
    for each in iter_route_contexts(app.routes):
        if each.methods:
            found += [Route(method, each.path) for method in each.methods - {"HEAD"}]
        else:
            assert each.path in OPEN_FOLDERS, f"say here who may see {each.path}"
    return sorted(found)


def closed_routes(page):
    app = page.http._transport.app  # noqa: SLF001 (that which the tests ask)
    return [each for each in all_routes(app) if f"{each.method} {each.path}" not in OPEN]


@pytest.fixture
async def stores():
    """The services that are told what managers report."""
    async with Receiver([202], signed=False) as receiver:
        yield receiver


@pytest.fixture
async def page(tmp_path, stores):
    async with signing_in(tmp_path, promises_url=stores.url.partition("/hook")[0]) as page:
        await page.has(MINE, ENDED, ledger=LEDGER)
        news = GoodNews(line="x", touchpoint="riga-1 counter", headline="riga-1 was quick", since=NOON)
        standing = StoreStanding(store=MARK, version=1, as_of=NOON, neglect=1.0, neglect_alert=5.0)
        notice = Notice(store=MARK, journey="visit-riga-1", news=news, kv=1.2, given_at=NOON)

        def work(store):
            store.save_stores([standing])
            store.save_notices([notice])

        page.service.live.end()  # else who listens is never done
        await page.service.durable.transact(work)
        await add(page, user("ruta"), user("vilma", ["vilnius-1"]), user("looker", may_act=False), user("nobodys", []))
        await add(page, user("boss", None))
        yield page


async def asked(page, route, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = BODY | MORE.get(route.path.rpartition("/")[2], {})
    sent = {"json" if route.path.startswith("/v1/") else "data": body} if route.acts else {}
    return await page.http.request(route.method, route.url, headers=named, **sent)


async def leaks(page, *, allowed=(), **headers):
    """Every route that answers with more than a refusal."""
    found = []
    for route in closed_routes(page):
        answer = await asked(page, route, **headers)
        refused = answer.status_code in {303, 401, 403}
        if (not refused or MARK in answer.text) and route not in allowed:
            found.append(f"{route.method} {route.path}: {answer.status_code}")
    return found


async def nothing_was_done(page, stores):
    case, unsent = await page.service.durable.transact(lambda each: (each.case(MINE.alert_id), each.unsent(10)))
    return case.alert == MINE and unsent == stores.received == []


async def test_there_are_routes_to_look_at(page):
    routes = closed_routes(page)

    assert {"GET /", "GET /v1/alerts", "POST /v1/alerts/{alert_id}/closing"} <= {f"{m} {p}" for m, p in routes}
    assert len(routes) >= 12
    documented = (await page.http.get("/openapi.json")).json()["paths"]
    assert set(documented) <= {path for _, path in routes}


async def test_nobody_sees_or_does_anything(page, stores):
    assert await leaks(page) == []
    assert await leaks(page, **OURS) == []
    assert await nothing_was_done(page, stores)


@pytest.mark.parametrize("cookie", ["x", "", "a" * 43, "'; drop table sessions; --", "\xff\xfe", "a" * 8000])
async def test_a_cookie_that_is_none_lets_nobody_by(page, stores, cookie):
    assert await leaks(page, **OURS, cookie=f"{COOKIE}={cookie}".encode("latin-1")) == []
    assert await nothing_was_done(page, stores)


@pytest.mark.parametrize("wrong", ["Bearer " + "k" * 32, "Bearer ", "Basic " + "k" * 31 + "/", "k" * 31 + "/", "x"])
async def test_a_wrong_key_lets_nobody_by_whoever_is_signed_in(page, stores, wrong):
    cookie = await session(page)

    assert await leaks(page, **OURS, **cookie, authorization=wrong) == []
    assert await nothing_was_done(page, stores)


@pytest.mark.parametrize("how", ["idle", "removed", "password changed", "signed out", "removed and added again"])
async def test_a_session_that_has_ended_lets_nobody_by(page, stores, how):
    cookie = await session(page)
    assert (await page.http.get("/", headers=cookie)).status_code == 200

    if how == "idle":
        page.clock.advance(IDLE)
    elif how == "signed out":
        await page.http.post("/sign-out", headers=cookie | OURS)
    elif how == "password changed":
        await page.service.durable.transact(lambda each: users.change_password(each, "ruta", KEPT, NOON, by="x"))
    else:
        await page.service.durable.transact(lambda each: users.remove(each, "ruta", NOON, by="x"))
    if how == "removed and added again":
        await add(page, user("ruta"))

    assert await leaks(page, **OURS, **cookie) == []
    assert await nothing_was_done(page, stores)


@pytest.mark.parametrize("name", ["vilma", "nobodys"])
async def test_what_is_another_stores_is_not_there(page, stores, name):
    """As an alert or a store that does not exist: the same answer, to the byte, but for its name."""
    cookie, found = await session(page, name), []
    for route in closed_routes(page):
        answer = await asked(page, route, **OURS, **cookie)
        if not route.names_one:
            shown = answer.status_code == 200 and MARK not in answer.text and MINE.alert_id not in answer.text
            if not shown:
                found.append(f"{route.method} {route.path}: {answer.status_code}")
            continue
        unknown = Route(route.method, route.path.replace("{alert_id}", "0" * 32).replace("{store}", "no-store"))
        other = await asked(page, unknown, **OURS, **cookie)
        same = re.sub(f"{MINE.alert_id}|{MARK}", "?", answer.text) == re.sub("0{32}|no-store", "?", other.text)
        if (answer.status_code, other.status_code) != (404, 404) or not same:
            found.append(f"{route.method} {route.path}: {answer.status_code}, {other.status_code}")

    assert found == []
    assert await nothing_was_done(page, stores)


async def test_who_may_only_look_looks_and_does_nothing(page, stores):
    cookie, found = await session(page, "looker"), []
    for route in closed_routes(page):
        answer = await asked(page, route, **OURS, **cookie)
        if (answer.status_code, route.shows(answer)) != ((403, False) if route.acts else (200, True)):
            found.append(f"{route.method} {route.path}: {answer.status_code}")

    assert found == []
    assert await nothing_was_done(page, stores)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8120.evil.example"},
        {"origin": "https://127.0.0.1:8120"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8120"},
        {"sec-fetch-site": "", "origin": "http://127.0.0.1:8120"},
    ],
    ids=str,
)
async def test_nothing_is_done_for_another_site(page, stores, said):
    cookie = await session(page, "boss")
    looks = [each for each in closed_routes(page) if not each.acts]

    assert await leaks(page, allowed=looks, **said, **cookie) == []
    assert await nothing_was_done(page, stores)
    for route in OURS_ALONE:
        method, path = route.split()
        answer = await page.http.request(
            method, path, headers=said | cookie, data={"name": "boss", "password": PASSWORD}
        )
        assert answer.status_code == 403
    assert (await page.http.get("/", headers=cookie)).status_code == 200


@pytest.mark.parametrize("name", ["ruta", "boss"])
@pytest.mark.parametrize("said", [OURS, {"origin": "http://127.0.0.1:8120"}], ids=str)
async def test_the_right_ones_see_and_do_what_is_theirs(page, name, said):
    cookie, found = await session(page, name), []
    for route in closed_routes(page):
        answer = await asked(page, route, **said, **cookie)
        await page.has(MINE, ledger=LEDGER)
        if answer.status_code not in {200, 303} or (answer.status_code == 200 and not route.shows(answer)):
            found.append(f"{route.method} {route.path}: {answer.status_code}")

    assert found == []


async def test_a_program_with_the_key_sees_and_does_all(page):
    found = []
    for route in closed_routes(page):
        answer = await asked(page, route, **HELD)
        await page.has(MINE, ledger=LEDGER)
        if answer.status_code not in {200, 303} or (answer.status_code == 200 and not route.shows(answer)):
            found.append(f"{route.method} {route.path}: {answer.status_code}")

    assert found == []


async def test_what_is_open_holds_nothing_of_anybodys(page):
    for route in OPEN - OURS_ALONE:
        method, path = route.split()
        answer = await page.http.request(method, path)
        assert answer.status_code in {200, 503}, path
        assert MARK not in answer.text, path
