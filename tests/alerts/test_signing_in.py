"""Signing in and out: what a browser gets, what is refused and how slowly, and what nobody ever gets to see."""

import re
from datetime import timedelta

import argon2
import pytest

from services.alerts import users
from services.alerts.adapters import passwords
from services.alerts.domain.user import IDLE, LONGEST, NOTED_EVERY
from services.alerts.entrypoints.signing_in import fields_of, local_path
from services.alerts.users import session_name
from tests.alerts.browsers import HELD, KEPT, KEY, OURS, PASSWORD, add, session, signing_in, tries, user
from tests.alerts.builders import NOON, alert
from tests.alerts.looking import opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def page(tmp_path):
    async with signing_in(tmp_path) as page:
        await add(page, user())
        yield page


async def looks(page, cookie):
    return (await page.http.get("/", headers=cookie)).status_code == 200


async def trail(page):
    found = await page.service.durable.transact(lambda each: each.trail(None, None, 100))
    return [(each.who, each.what.value, each.which) for each in found][1:]  # but for who was added at first


async def test_who_is_not_signed_in_is_led_to_the_page_and_back_again(page):
    asked = await page.http.get("/alerts/0123?language=lt")
    shown = await page.http.get(asked.headers["location"])
    then = re.search(r'name="next" value="([^"]*)"', shown.text)[1]
    answer = await tries(page, next=then)

    assert asked.status_code == 303
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts/0123?language=lt")


async def test_the_cookie_is_for_this_host_and_no_script(page, tmp_path):
    said = (await tries(page)).headers["set-cookie"].split("; ")

    assert {each.lower() for each in said[1:]} == {"httponly", "path=/", "samesite=lax", f"max-age={7 * 24 * 3600}"}
    (tmp_path / "https").mkdir()
    async with signing_in(tmp_path / "https", page_url="https://alerts.example") as encrypted:
        await add(encrypted, user())
        said = (await tries(encrypted, headers={"origin": "https://alerts.example"})).headers["set-cookie"].split("; ")
    assert said[0].startswith("__Host-touchline=")
    assert "Secure" in said


async def test_every_session_has_an_id_of_its_own_and_only_its_hash_is_kept(page, tmp_path):
    first = await session(page)
    planted = {"cookie": "touchline=planted"}
    second = (await tries(page, headers=OURS | planted)).headers["set-cookie"].partition(";")[0]

    ids = [each.partition("=")[2] for each in (first["cookie"], second)]
    assert len({*ids, "planted"}) == 3
    assert all(len(each) == 43 for each in ids)  # 32 bytes
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("alerts.db*"))
    assert not any(each.encode() in kept for each in ids)
    assert all(session_name(each).encode() in kept for each in ids)
    assert not await looks(page, planted)


async def test_to_sign_in_again_ends_the_session_before(page):
    before = await session(page)
    await tries(page, headers=OURS | before)
    page.http.cookies.clear()

    assert not await looks(page, before)


async def test_a_session_lasts_while_it_is_used_and_a_week_at_most(page):
    cookie = await session(page)
    page.clock.advance(IDLE - timedelta(seconds=1))
    assert await looks(page, cookie)
    ends = NOON + LONGEST
    while page.clock.now() + IDLE / 2 < ends:
        page.clock.advance(IDLE / 2)
        assert await looks(page, cookie)

    page.clock.advance_to(ends)
    assert not await looks(page, cookie)


async def test_a_look_at_a_page_writes_nothing_but_now_and_then(page):
    cookie = await session(page)
    name = session_name(cookie["cookie"].partition("=")[2])
    seen = []
    for seconds in (0, NOTED_EVERY.total_seconds() - 1, 1):
        page.clock.advance(timedelta(seconds=seconds))
        assert await looks(page, cookie)
        seen.append((await page.service.durable.transact(lambda each: each.session(name)))[0].seen_at)

    assert seen == [NOON, NOON, NOON + NOTED_EVERY]


async def test_who_signs_out_is_signed_out_here_and_nowhere_else(page):
    here, there = await session(page), await session(page)
    answer = await page.http.post("/sign-out", headers=OURS | here)

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert (await looks(page, here), await looks(page, there)) == (False, True)


async def test_a_change_of_what_somebody_sees_holds_at_once(page):
    await page.has(alert())
    cookie = await session(page)
    page_of = f"/alerts/{alert().alert_id}"
    before = await page.http.get(page_of, headers=cookie)
    await page.service.durable.transact(lambda each: users.change_scope(each, user(stores=["x"]), NOON, by="command:x"))

    assert (before.status_code, (await page.http.get(page_of, headers=cookie)).status_code) == (200, 404)


async def test_a_name_with_a_capital_letter_is_the_same_name(page):
    assert (await tries(page, " Ruta ")).status_code == 303


@pytest.mark.parametrize("written", ["Żółwie w ogródku", "Z\u0307o\u0301\u0142wie w ogro\u0301dku"])
async def test_a_password_is_its_letters_whichever_keyboard_wrote_them(page, written):
    await add(page, user("ewa", password=passwords.hashed("Żółwie w ogródku")))

    assert (await tries(page, "ewa", written)).status_code == 303


async def test_a_password_kept_with_other_numbers_is_kept_anew(page):
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await add(page, user("old", password=weak))
    assert (await tries(page, "old", "wrong horse battery")).status_code == 403
    assert (await page.service.durable.transact(lambda each: each.user("old"))).password == weak
    assert (await tries(page, "old")).status_code == 303

    kept = (await page.service.durable.transact(lambda each: each.user("old"))).password
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await tries(page, "old")).status_code == 303


async def test_a_password_that_is_changed_while_it_is_checked_lets_nobody_in(page):
    before = user(password="what was read before")
    begun = await page.service.durable.transact(
        lambda each: users.sign_in(each, before, NOON, rehashed=None, before=None)
    )

    assert begun is None
    assert await trail(page) == [("?", "sign-in refused", "ruta")]


@pytest.mark.parametrize(
    "wanted",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", ""),
        *(
            "/\t/evil.example",
            "/\n/evil.example",
            " /",
            "evil",
            "/a\\b",
            "/\x00",
            "/x\r\nset-cookie: a=b",
            "/" + "x" * 600,
        ),
        *("///evil.example", "/ä", "http:/evil.example"),
    ],
)
async def test_nobody_is_led_to_another_site(page, wanted):
    answer = await tries(page, next=wanted)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    shown = await page.http.get("/sign-in", params={"next": wanted})
    assert 'name="next" value="/"' in shown.text


def test_a_path_of_ours_is_kept():
    for path in ("/", "/alerts/0123", "/stores/riga-1?language=lt&x=%2F%2Fevil"):
        assert local_path(path) == path


@pytest.mark.parametrize("body", [b"\xff", b"&" * 4000, b"a=1&" * 100, b"name", b"name=%ff%fe&password=%00"])
async def test_a_form_that_is_none_signs_nobody_in(page, body):
    headers = OURS | {"content-type": "application/x-www-form-urlencoded"}
    answer = await page.http.post("/sign-in", content=body, headers=headers)

    assert answer.status_code == 403
    assert isinstance(fields_of(body), dict)


async def test_the_trail_says_who_did_what_and_not_what_was_typed_for_a_name(page):
    await page.has(alert())
    cookie = await session(page)
    await tries(page, password="wrong horse battery")
    await tries(page, name="my secret in the wrong field")
    page.http.cookies.clear()
    acts = f"/v1/alerts/{alert().alert_id}"
    await page.http.post(f"{acts}/acknowledgement", json={"by": "somebody-else"}, headers=OURS | cookie)
    await page.http.post(f"{acts}/acknowledgement", json={}, headers=OURS | cookie)  # so it was before
    await page.http.post(f"{acts}/release", json={"by": "till-7"}, headers=HELD)
    await page.http.post("/sign-out", headers=OURS | cookie)

    assert await trail(page) == [
        ("ruta", "signed in", "ruta"),
        ("?", "sign-in refused", "ruta"),
        ("?", "sign-in refused", "?"),
        ("ruta", "acknowledged", alert().alert_id),
        ("key:till-7", "released", alert().alert_id),
        ("ruta", "signed out", "ruta"),
    ]


async def test_what_is_done_by_somebody_who_signed_in_is_theirs_whatever_they_say(page):
    await page.has(alert())
    cookie = await session(page)
    acts = f"/v1/alerts/{alert().alert_id}"
    answer = await page.http.post(f"{acts}/acknowledgement", json={"by": "boss"}, headers=OURS | cookie)
    without = await page.http.post(f"{acts}/closing", json={"comment": "done"}, headers=OURS | cookie)

    assert answer.json()["acknowledged"]["by"] == "ruta"
    assert without.json()["closed"]["by"] == "ruta"


async def test_secrets_are_on_no_page_in_no_metric_in_no_error_and_in_no_log(page, capfd):
    await page.has(alert())
    cookie = await session(page)
    session_id = cookie["cookie"].partition("=")[2]
    answers = [
        await tries(page, password=PASSWORD + "!"),
        await tries(page, name=PASSWORD, password=PASSWORD),
        await page.http.post("/sign-in", data={"name": "ruta", "password": PASSWORD}),
        await page.http.post("/sign-in", content=b"x" * 5000 + PASSWORD.encode(), headers=OURS),
        await page.http.get("/v1/alerts", headers={"authorization": f"Bearer {KEY}x"}),
        await page.http.get(f"/v1/alerts?state={KEY[:-1]}", headers={"authorization": f"Bearer {KEY[:-1]}"}),
        await page.http.get("/sign-in", headers=cookie),
        *[
            await page.http.get(path, headers=cookie)
            for path in ("/", "/metrics", "/v1/alerts", "/nowhere", "/health/ready")
        ],
    ]
    page.http.cookies.clear()
    shown = "".join(each.text for each in answers if f"{KEY[:-1]}" not in str(each.request.url))
    logged = "".join(capfd.readouterr())
    kept = repr(await page.service.durable.transact(lambda each: each.trail(None, None, 100)))

    # The name that was given stands in its field again, for whoever gave it.
    shown = shown.replace(f'name="name" value="{PASSWORD}"', "")
    for secret in (PASSWORD, session_id, session_name(session_id), KEY, KEPT):
        assert secret not in shown + logged + kept
    assert "ruta" not in logged


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8120"])
async def test_without_sign_in_the_page_is_only_shown_under_this_machines_own_names(tmp_path, host):
    async with opened(tmp_path, page_url="http://touchline.example:8120") as page:
        for path in ("/", "/v1/alerts"):
            assert (await page.http.get(path, headers={"host": host})).status_code == 421
        assert (await page.http.get("/health/live", headers={"host": host})).status_code == 200
        for own in ("localhost:8120", "127.0.0.1", "[::1]:8120", "touchline.example:8120"):
            assert (await page.http.get("/", headers={"host": own})).status_code == 200


async def test_without_sign_in_there_is_nothing_to_sign_in_at(tmp_path):
    async with opened(tmp_path) as page:
        assert (await page.http.get("/sign-in")).status_code == 404
        assert "Sign out" not in await page.html("/")
