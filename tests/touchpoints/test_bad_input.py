"""Whatever is wrong with what is sent: the answer says where, what was found, what is right; Kafka gets nothing."""

import json

import pytest

from services.touchpoints import greeting

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"


async def refused(desk, body, status, content_type="application/cloudevents+json", **headers):
    """The problem that a request is answered with, which has to be a proper one."""
    answer = await desk.send(body, content_type, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:touchline:problem:")
    assert problem["title"]
    assert problem["detail"]
    return problem


async def only_error(desk, event):
    problem = await refused(desk, event, 422)
    (error,) = problem["errors"]
    return error


async def test_what_is_not_json_is_told_by_line_and_column(desk):
    problem = await refused(desk, b'{"id": "a",\n "data": }', 400)

    assert (problem["line"], problem["column"]) == (2, 10)
    assert problem["detail"].startswith("Line 2, column 10: ")


@pytest.mark.parametrize(
    "body",
    [b'{"id": "a"', b"not json", b'{"id": NaN}', b'"\xff\xfe"', b'{"id": "\\ud800"}', b"[" * 10_000, b"9" * 5_000],
    ids=["it ends early", "no json", "nan", "no utf-8", "half a character", "too deep", "too long a number"],
)
async def test_whatever_is_not_json_has_a_place_where_it_stops_being_json(desk, body):
    problem = await refused(desk, body, 400)

    assert problem["type"] == "urn:touchline:problem:malformed"
    assert problem["line"] == 1
    assert 1 <= problem["column"] <= len(body)


@pytest.mark.parametrize("body", [b"", b"  \n "])
async def test_an_empty_body_is_told_apart(desk, body):
    problem = await refused(desk, body, 400)

    assert problem["type"] == "urn:touchline:problem:empty"


async def test_a_date_without_a_zone_is_refused_with_one_that_has(desk, journey):
    error = await only_error(desk, journey.event(time="2026-11-21T14:00:00"))

    assert (error["pointer"], error["field"], error["got"]) == ("/time", "time", "2026-11-21T14:00:00")
    assert "no time zone" in error["detail"]
    assert '"2026-11-21T14:00:00+02:00"' in error["expected"]


@pytest.mark.parametrize(
    "time", [1_700_000_000, "1700000000", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
async def test_what_is_no_time_is_refused(desk, journey, time):
    error = await only_error(desk, journey.event(time=time))

    assert (error["pointer"], error["got"]) == ("/time", time)


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("id", 7, "must be a text, not a number"),
        ("id", "", "is empty"),
        ("source", ["door"], "must be a text, not a list"),
        ("store", "Riga, main street", "not written as it has to be"),
        ("subject", "visit 1", "not written as it has to be"),
        ("specversion", "0.3", "none of the values it may have"),
        ("data", "door", "must be an object, not a text"),
        ("replay", "yes", "must be true or false, not a text"),
        ("customer", "jane@example.com", "not written as it has to be"),
    ],
)
async def test_a_wrong_attribute_is_named_with_what_was_found_and_what_is_right(desk, journey, attribute, value, words):
    error = await only_error(desk, journey.event(**{attribute: value}))

    assert error["pointer"] == f"/{attribute}"
    assert words in error["detail"]
    assert error["expected"]
    assert error["got"] == (value if not isinstance(value, list) else json.dumps(value))


@pytest.mark.parametrize(
    ("data", "field", "detail"),
    [
        ({"channel": "dor"}, "data.channel", "data.channel is none of the values it may have; did you mean door?"),
        ({"chanel": "door"}, "data.channel", "data.channel is missing; did you write it as chanel?"),
        ({}, "data.channel", "data.channel is missing"),
        ({"channel": "door", "party_size": 2.5}, "data.party_size", "must be a whole number"),
        ({"channel": "door", "party_size": True}, "data.party_size", "must be a whole number, not true or false"),
        ({"channel": "door", "party_size": 0}, "data.party_size", "must be greater than or equal to 1"),
    ],
)
async def test_wrong_data_is_named_with_what_was_probably_meant(desk, journey, data, field, detail):
    error = await only_error(desk, journey.event(data=data))

    assert error["field"] == field
    assert detail in error["detail"]


@pytest.mark.parametrize("attribute", ["specversion", "id", "source", "type", "subject", "time", "store", "data"])
async def test_what_is_missing_is_named(desk, journey, attribute):
    error = await only_error(desk, journey.event(**{attribute: None}))

    assert error["pointer"] == f"/{attribute}"
    assert "is missing" in error["detail"]
    assert "got" not in error
    assert error["expected"]


async def test_everything_that_is_wrong_is_told_at_once(desk, journey):
    problem = await refused(desk, journey.event(time="now", store="", data={"channel": 1}), 422)

    assert [error["pointer"] for error in problem["errors"]] == ["/time", "/store", "/data/channel"]
    assert problem["detail"].endswith("(and 2 more)")


async def test_data_without_an_envelope_is_told_what_it_lacks(desk):
    error = await only_error(desk, {"channel": "door"})

    assert "the data of an event without its envelope" in error["detail"]


async def test_an_unknown_type_is_refused_with_those_that_are_known(desk, journey):
    error = await only_error(desk, journey.event(type="touchline.customer.arived.v1"))

    assert error["detail"] == "greeting does not know this type; did you mean touchline.customer.arrived.v1?"
    for kind in desk.service.kinds:
        assert kind.type in error["expected"]


@pytest.mark.parametrize("type_", [7, None, ["touchline.customer.arrived.v1"], {}])
async def test_a_type_that_is_no_text_is_refused(desk, journey, type_):
    event = journey.event() | {"type": type_}

    error = await only_error(desk, event)

    assert error["pointer"] == "/type"


@pytest.mark.parametrize("body", [[], [1], 7, "text", None, True])
async def test_an_event_is_an_object(desk, body):
    error = await only_error(desk, body)

    assert (error["pointer"], error["field"]) == ("", "the event")
    assert "application/cloudevents-batch+json" in error["expected"]


async def test_long_values_are_given_back_short(desk, journey):
    error = await only_error(desk, journey.event(id="x" * 5_000))

    assert error["got"] == "x" * 100 + "…"


async def test_too_many_errors_are_counted(desk, journey):
    numbers = json.dumps(journey.event(data={"channel": "door"} | {f"field{n}": 0 for n in range(30)}))

    problem = await refused(desk, numbers.replace(": 0", ": 1e999").encode(), 422)

    assert len(problem["errors"]) == 21
    assert problem["errors"][-1]["detail"] == "And 10 more."


async def test_nesting_without_end_is_refused_where_it_begins(desk, journey):
    deep = 0
    for _ in range(40):
        deep = {"x": deep}

    error = await only_error(desk, journey.event(data={"channel": "door", "more": deep}))

    assert "32 levels" in error["detail"]
    assert error["pointer"] == "/data/more/x"


async def test_ten_megabytes_are_refused(desk):
    problem = await refused(desk, b"x" * 10_000_000, 413)

    assert "1,048,576" in problem["detail"]


async def test_a_body_that_does_not_end_is_refused_all_the_same(desk):
    sent = 0

    async def bits():
        nonlocal sent
        for _ in range(10_000):
            sent += 10_000
            yield b"x" * 10_000

    answer = await desk.http.post("/v1/events", content=bits(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    assert sent < 20_000_000


async def test_an_event_of_a_quarter_of_a_megabyte_is_too_large(desk, journey):
    problem = await refused(desk, journey.event(data={"channel": "door", "picture": "x" * 262_144}), 413)

    assert "262,144" in problem["detail"]


@pytest.mark.parametrize(
    "content_type", ["text/xml", "application/octet-stream", "", "application/json; charset=latin-1"]
)
async def test_a_content_type_that_is_not_taken_is_answered_with_those_that_are(desk, content_type):
    problem = await refused(desk, b"{}", 415, content_type)

    assert "application/cloudevents+json" in problem["supported"]
    assert "application/x-ndjson" in problem["supported"]


async def test_a_compressed_body_is_refused(desk):
    problem = await refused(desk, b"\x1f\x8b", 415, content_encoding="gzip")

    assert "gzip" in problem["detail"]


async def test_a_wrong_header_is_named_as_a_header(desk, journey):
    problem = await refused(
        desk,
        {"channel": "door"},
        422,
        "application/json",
        ce_specversion="1.0",
        ce_id="e-1",
        ce_source="/riga-1/door-1",
        ce_type="touchline.customer.arrived.v1",
        ce_subject=journey.subject,
        ce_time="2026-11-21T14:00:00",
    )

    assert [error["field"] for error in problem["errors"]] == ["the header ce-time", "the header ce-store"]


async def test_a_header_that_is_not_percent_encoded_utf_8_is_refused(desk):
    problem = await refused(desk, {}, 400, "application/json", ce_id="%ff")

    assert "ce-id" in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("GET", "/v1/events", 405), ("POST", "/v1/events/", 404)],
)
async def test_what_is_not_there_is_a_problem_too(desk, method, path, status):
    answer = await desk.http.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert path in answer.json()["detail"]


async def test_nothing_that_is_refused_reaches_kafka(desk, journey):
    for wrong in (journey.event(time="now"), journey.event(data={}), journey.event(type="touchline.promise.kept.v1")):
        assert (await desk.send(wrong)).status_code == 422

    assert await desk.published_once_more(journey) == []


async def test_refused_values_are_not_logged(kafka, open_desk, journey, capsys):
    async with open_desk(greeting.SERVICE, kafka.bootstrap_servers) as desk:
        await desk.send(journey.event(store="Jane Doe, 5 Long Lane", customer="jane@example.com"))
        await desk.send(journey.event(data={"channel": "Jane Doe"}))

    printed = "".join(capsys.readouterr())
    assert "refused" in printed
    assert "Jane" not in printed
    assert "jane" not in printed
