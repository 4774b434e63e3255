"""Many events at once: the good ones are in, the bad ones are listed with where they were."""

import json

import pytest

pytestmark = pytest.mark.anyio

BATCH = "application/cloudevents-batch+json"


def ids(records):
    return [json.loads(record.value)["id"] for record in records]


async def test_of_a_batch_the_good_ones_are_in_and_the_bad_ones_listed(desk, journey):
    good, bad, good_too = journey.event(), journey.event(time="now"), journey.event()

    answer = await desk.send([good, bad, 7, good_too], BATCH)

    assert answer.status_code == 207
    body = answer.json()
    assert body["accepted"] == 2
    by_index = {each["index"]: each for each in body["refused"]}
    assert by_index.keys() == {1, 2}
    assert (by_index[1]["id"], by_index[1]["source"]) == (bad["id"], bad["source"])
    assert by_index[1]["errors"][0]["pointer"] == "/time"
    assert "id" not in by_index[2]
    assert ids(await desk.published_once_more(journey)) == [good["id"], good_too["id"]]


async def test_a_line_that_is_not_json_is_listed_by_its_number(desk, journey):
    good = journey.event()

    answer = await desk.send_lines(good, b"", b'{"id": oops}', journey.event(store=None))

    assert answer.status_code == 207
    body = answer.json()
    assert body["accepted"] == 1
    assert [each["line"] for each in body["refused"]] == [3, 4]
    assert body["refused"][0]["errors"][0]["detail"].startswith("line 3, column 8: ")
    assert ids(await desk.published_once_more(journey)) == [good["id"]]


async def test_a_batch_without_a_good_event_is_refused_as_a_whole(desk, journey):
    answer = await desk.send([journey.event(id=""), journey.event(time="now")], BATCH)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [each["index"] for each in answer.json()["refused"]] == [0, 1]
    assert answer.json()["accepted"] == 0


async def test_lines_none_of_which_is_json_are_malformed(desk):
    answer = await desk.send_lines(b"one", b"two")

    assert answer.status_code == 400
    assert [each["line"] for each in answer.json()["refused"]] == [1, 2]


async def test_a_batch_that_is_not_json_is_told_by_line_and_column(desk):
    answer = await desk.send(b"[{},\n oops]", BATCH)

    assert (answer.status_code, answer.json()["line"], answer.json()["column"]) == (400, 2, 2)


async def test_a_batch_is_a_list(desk, journey):
    answer = await desk.send(journey.event(), BATCH)

    assert answer.status_code == 422
    assert "application/cloudevents+json" in answer.json()["detail"]


async def test_a_batch_may_be_empty(desk):
    answer = await desk.send([], BATCH)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 0})


async def test_more_events_than_a_request_may_hold_are_refused_before_they_are_looked_at(desk):
    answer = await desk.send(b"[" + b"1," * 5_000 + b"1]", BATCH)

    assert answer.status_code == 413
    assert "5,000" in answer.json()["detail"]
    assert len(answer.content) < 1_000


async def test_one_event_that_is_too_large_does_not_keep_the_others_out(desk, journey):
    small, large = journey.event(), journey.event(data={"channel": "door", "picture": "x" * 262_144})

    answer = await desk.send([large, small], BATCH)

    assert answer.status_code == 207
    assert [each["index"] for each in answer.json()["refused"]] == [0]


async def test_a_large_batch_is_taken_whole_and_each_journey_stays_in_order(desk, journey):
    journeys = [type(journey)() for _ in range(25)]
    events = [journeys[number % 25].event() for number in range(2_500)]

    answer = await desk.send(events, BATCH)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 2_500})
    for one in (journeys[0], journeys[24]):
        told = [event["id"] for event in events if event["subject"] == one.subject]
        assert ids(await desk.published(one, until=told[-1])) == told
