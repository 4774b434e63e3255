"""Who may send what: store systems with keys of their own, over HTTP, at a service that runs."""

import asyncio
import json

import pytest
from pydantic import ValidationError

from services.touchpoints.greeting import SERVICE
from services.touchpoints.shell.settings import TouchpointSettings
from tests.keys.key_files import CREATED, EVERY_KIND, KeysFile, bearer, key, token

pytestmark = pytest.mark.anyio

EVENTS = "/v1/events"
CLOUDEVENT = {"content-type": "application/cloudevents+json"}
BATCH = "application/cloudevents-batch+json"
PATIENCE_SECONDS = 5
"""A key that was revoked opens nothing after this time."""


@pytest.fixture
async def guarded(kafka, open_desk, ready, tmp_path):
    """The greeting service with a keys file; `desk.keys` is the file."""
    file = KeysFile(tmp_path / "keys.json")
    async with open_desk(SERVICE, kafka.bootstrap_servers, keys_file=file.path) as desk:
        desk.keys = file
        await ready(desk)
        yield desk


async def send(desk, event, name=None, **headers):
    """Send an event with one of the keys, or with headers as they are."""
    return await desk.http.post(EVENTS, json=event, headers=CLOUDEVENT | (bearer(name) if name else {}) | headers)


async def until(answered, status: int):
    """Wait until a request is answered so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await answered()).status_code != status:
            await asyncio.sleep(0.05)
        return answer


async def test_a_key_of_the_store_lets_its_events_in(guarded, journey):
    for name in ("right", "several", "central"):
        assert (await send(guarded, journey.event(), name)).status_code == 202

    assert (await send(guarded, journey.event(), authorization=f"bearer  {token('right')} ")).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer nonsense"},
        {"authorization": f"Basic {token('right')}"},
        {"authorization": token("right")},
        {"authorization": f"Bearer {token('right')}x"},
        {"authorization": f"Bearer {token('revoked')}"},
        {"authorization": "Bearer " + "x." * 10_000},
        {"x-key": token("right")},
    ],
)
async def test_without_a_right_one_the_answer_is_always_the_same(guarded, journey, headers):
    answer = await send(guarded, journey.event(), **headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "touchline keys add" in answer.json()["detail"]
    assert answer.content == (await send(guarded, journey.event())).content


async def test_two_keys_at_once_are_none(guarded, journey):
    headers = [*CLOUDEVENT.items(), *bearer("right").items(), *bearer("central").items()]

    assert (await guarded.http.post(EVENTS, json=journey.event(), headers=headers)).status_code == 401


async def test_a_key_for_reading_sends_nothing(guarded, journey):
    answer = await send(guarded, journey.event(), "reader")

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:touchline:problem:wrong-scope")
    assert "--scope events" in answer.json()["detail"]


async def test_nothing_of_the_body_is_read_before_the_key_is_known(guarded):
    read = []

    scope = {"type": "http", "method": "POST", "path": EVENTS, "query_string": b"", "headers": []}
    answered = []

    async def receive():
        read.append(1)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def record(message):
        answered.append(message)

    await guarded.app(scope, receive, record)

    assert answered[0]["status"] == 401
    assert read == []


async def test_a_body_without_an_end_takes_the_connection_with_it(guarded):
    endless = await guarded.http.post(EVENTS, content=iter_bytes(), headers=CLOUDEVENT)
    large = await guarded.http.post(EVENTS, content=b"x" * 2_000_000, headers=CLOUDEVENT)
    short = await guarded.http.post(EVENTS, content=b"x", headers=CLOUDEVENT)

    assert [each.status_code for each in (endless, large, short)] == [401, 401, 401]
    assert [each.headers.get("connection") for each in (endless, large, short)] == ["close", "close", None]


async def iter_bytes():
    yield b"x"


async def test_an_event_of_another_store_is_refused(guarded, journey):
    answer = await send(guarded, journey.event(), "other_store")

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:touchline:problem:other-store")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["got"], error["expected"]) == ("store", "riga-1", "one of vilnius-1")


async def test_an_event_that_names_no_store_is_of_the_only_store_of_its_key(guarded, journey):
    event = journey.event(store=None)
    assert (await send(guarded, event, "right")).status_code == 202

    (record,) = await guarded.published(journey, until=event["id"])

    assert json.loads(record.value)["store"] == "riga-1"
    assert record.key == f"riga-1/{journey.subject}".encode()


@pytest.mark.parametrize("name", ["several", "central"])
async def test_with_a_key_for_several_stores_an_event_has_to_name_its_own(guarded, journey, name):
    answer = await send(guarded, journey.event(store=None), name)

    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (422, "store is missing")


@pytest.mark.parametrize("store", [7, "", ["riga-1"], {"riga-1": 1}, "*", "riga-1 ", "RIGA-1", "riga-1/x"])
async def test_what_is_not_exactly_the_store_of_the_key_does_not_get_in(guarded, journey, store):
    assert (await send(guarded, journey.event(store=store), "right")).status_code in {403, 422}


async def test_in_binary_mode_the_store_in_the_header_counts(guarded, journey):
    event = journey.event(store="vilnius-1")
    headers = {f"ce-{name}": value for name, value in event.items() if name != "data"}

    answer = await guarded.http.post(
        EVENTS, json=event["data"], headers={"content-type": "application/json"} | headers | bearer("right")
    )

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["field"] == "the header ce-store"


async def test_of_a_batch_the_events_of_other_stores_are_refused_one_by_one(guarded, journey):
    own, others = journey.event(), [journey.event(store="vilnius-1"), journey.event(store="riga-2")]

    answer = await send(guarded, [own, *others], "right", **{"content-type": BATCH})

    assert answer.status_code == 207
    assert answer.json()["accepted"] == 1
    assert [(each["index"], each["errors"][0]["field"]) for each in answer.json()["refused"]] == [
        (1, "store"), (2, "store")
    ]  # fmt: skip
    (record,) = await guarded.published(journey, until=own["id"])
    assert json.loads(record.value)["store"] == "riga-1"


async def test_a_batch_of_other_stores_alone_is_refused_as_a_whole_and_names_each(guarded, journey):
    lines = "\n".join(json.dumps(journey.event(store=store)) for store in ("vilnius-1", "riga-2")).encode()

    answer = await guarded.http.post(
        EVENTS, content=lines, headers={"content-type": "application/x-ndjson"} | bearer("right")
    )

    assert (answer.status_code, [each["line"] for each in answer.json()["refused"]]) == (403, [1, 2])


async def test_a_system_changes_its_key_without_a_gap(guarded, journey):
    guarded.keys.change(lambda keys: keys.with_another(key("next", system="right system")))
    await until(lambda: send(guarded, journey.event(), "next"), 202)
    assert (await send(guarded, journey.event(), "right")).status_code == 202

    guarded.keys.change(lambda keys: keys.without("touchline_right", CREATED))
    await until(lambda: send(guarded, journey.event(), "right"), 401)

    assert (await send(guarded, journey.event(), "next")).status_code == 202


@pytest.mark.parametrize("broken", ["nonsense", None])
async def test_while_the_file_cannot_be_used_the_keys_of_before_hold_and_it_is_said(guarded, journey, broken):
    whole = guarded.keys.path.read_text()

    async def notes():
        return (await guarded.http.get("/health/ready")).json().get("notes", [])

    guarded.keys.path.write_text(broken) if broken else guarded.keys.path.unlink()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await notes():
            await asyncio.sleep(0.05)

    assert "keys file" in (await notes())[0]
    assert ("broken" if broken else "cannot be read") in (await notes())[0]
    assert (await send(guarded, journey.event(), "right")).status_code == 202
    assert (await send(guarded, journey.event())).status_code == 401
    guarded.keys.path.write_text(whole)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await notes():
            await asyncio.sleep(0.05)


async def test_refusals_are_counted_by_their_reason(guarded, journey):
    for name, headers in [(None, {}), (None, {"authorization": "Bearer x"}), ("revoked", {}), ("reader", {})]:
        await send(guarded, journey.event(), name, **headers)
    await send(guarded, journey.event(), "other_store")

    page = (await guarded.http.get("/metrics")).text

    for reason in ("no_key", "wrong_key", "revoked", "wrong_scope"):
        assert f'touchline_requests_refused_total{{reason="{reason}",service="greeting"}} 1.0' in page
    assert 'touchline_touchpoint_rejections_total{reason="other_store",service="greeting"} 1.0' in page


async def test_no_secret_and_no_key_is_logged_counted_or_answered(guarded, journey, capfd):
    answers = [await send(guarded, journey.event(), name) for name in EVERY_KIND]
    answers += [await send(guarded, journey.event(store="vilnius-1"), name) for name in EVERY_KIND]
    answers += [await send(guarded, {"id": 7}, name) for name in EVERY_KIND]
    answers += [await guarded.http.get(path) for path in ("/metrics", "/health/ready", "/openapi.json", "/", "/docs")]
    guarded.keys.path.write_text("planted-secret-in-a-broken-file")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "notes" not in (ready := await guarded.http.get("/health/ready")).json():
            await asyncio.sleep(0.05)

    told = "".join([*(each.text + str(each.headers) for each in answers), ready.text, *capfd.readouterr()])

    assert "the keys file is not used" in told, "the log is looked at, too"
    assert "planted-secret" not in told
    assert [each.id for each in EVERY_KIND.values() if each.id in told] == []


async def test_the_documents_say_that_it_takes_a_key(guarded, journey):
    document = (await guarded.http.get("/openapi.json")).json()

    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["security"] == [{"key": []}]
    responses = document["paths"][EVENTS]["post"]["responses"]
    for name, status in ((None, "401"), ("reader", "403")):
        answer = await send(guarded, journey.event(), name)
        assert answer.json() == responses[status]["content"]["application/problem+json"]["example"]
    assert "Authorization: Bearer" in (await guarded.http.get("/")).text


async def test_without_a_keys_file_nobody_is_asked(desk, journey):
    assert (await desk.send(journey.event())).status_code == 202
    assert "security" not in (await desk.http.get("/openapi.json")).json()


def settings(**told):
    return TouchpointSettings(**told)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_service_that_this_machine_alone_reaches_may_be_open(host):
    assert settings(host=host).keys_file is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "shop.example.org", ""])  # noqa: S104
def test_one_that_others_reach_is_not_open_by_mistake(host, tmp_path):
    with pytest.raises(ValidationError, match=r"keys_file\n.*TOUCHLINE_HOST is .*TOUCHLINE_OPEN"):
        settings(host=host)

    assert settings(host=host, open=True).open
    assert settings(host=host, keys_file=KeysFile(tmp_path / "keys.json").path).keys_file


@pytest.mark.parametrize(("text", "what"), [(None, "cannot be read"), ("nonsense", "broken: line 1")])
def test_a_service_does_not_start_with_keys_that_cannot_be_used(tmp_path, text, what):
    file = tmp_path / "keys.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(ValidationError, match=what):
        settings(keys_file=file)
