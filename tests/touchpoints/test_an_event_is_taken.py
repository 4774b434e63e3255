"""What is sent in any of the ways of CloudEvents is in Kafka once it is accepted: whole, stamped, in its place.

Against the embedded broker: it cannot show what replication and idempotent producers do.
"""

import json
from datetime import timedelta

import pytest
from aiokafka.partitioner import DefaultPartitioner

from services.touchpoints import cleanliness
from touchline_contracts import TOUCHPOINTS, parse_event

pytestmark = pytest.mark.anyio


async def test_an_event_is_in_kafka_when_it_is_accepted(desk, journey):
    event = journey.event()

    answer = await desk.send(event)

    assert answer.status_code == 202
    accepted = {"id": event["id"], "source": event["source"], "subject": journey.subject}
    assert answer.json() == {"accepted": 1, "events": [accepted]}
    (record,) = await desk.published(journey, until=event["id"])
    stamps = {"receivedtime": "2026-11-21T12:30:00Z", "partitionkey": f"riga-1/{journey.subject}"}
    assert json.loads(record.value) == event | stamps
    assert record.key == f"riga-1/{journey.subject}".encode()
    assert dict(record.headers)["content-type"] == b"application/cloudevents+json; charset=utf-8"
    assert parse_event(record.value).key.encode() == record.key


async def test_an_event_goes_to_the_partition_that_its_key_belongs_to(desk, journey):
    everywhere = list(range(TOUCHPOINTS.partitions))
    alone, together = journey.event(), [journey.event() for _ in range(40)]

    assert (await desk.send(alone)).status_code == 202
    assert (await desk.send(together, "application/cloudevents-batch+json")).status_code == 202

    records = await desk.published(journey, until=together[-1]["id"])
    assert {record.partition for record in records} == {DefaultPartitioner()(records[0].key, everywhere, everywhere)}
    assert [json.loads(record.value)["id"] for record in records] == [each["id"] for each in [alone, *together]]


async def test_plain_json_is_taken_when_it_is_an_event(desk, journey):
    answer = await desk.send(journey.event(), "application/json; charset=UTF-8")

    assert answer.status_code == 202


async def test_binary_mode_has_the_attributes_in_headers(desk, journey):
    answer = await desk.send(
        {"channel": "phone"},
        "application/json",
        ce_specversion="1.0",
        ce_id="called%2F1",
        ce_source="/riga-1/telephone",
        ce_type="touchline.customer.arrived.v1",
        ce_subject=journey.subject,
        ce_time="2026-11-21T14:00:00%2B02:00",
        ce_store='"riga-1"',
        ce_replay="true",
    )

    assert answer.status_code == 202, answer.text
    (record,) = await desk.published(journey, until="called/1")
    event = parse_event(record.value)
    assert (event.source, event.store, event.replay) == ("/riga-1/telephone", "riga-1", True)
    assert event.data.channel == "phone"


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/ndjson", "application/jsonl"])
async def test_lines_are_taken_whatever_their_name(desk, journey, content_type):
    events = [journey.event() for _ in range(3)]
    lines = "\r\n".join(map(json.dumps, events)) + "\r\n\r\n"

    answer = await desk.send(lines.encode(), content_type)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 3})
    records = await desk.published(journey, until=events[-1]["id"])
    assert [json.loads(record.value)["id"] for record in records] == [event["id"] for event in events]


async def test_the_time_of_receipt_is_ours_whatever_the_sender_says(desk, journey):
    event = journey.event(receivedtime="1999-01-01T00:00:00Z", partitionkey="mine")
    desk.clock.advance(timedelta(seconds=90))

    assert (await desk.send(event)).status_code == 202

    (record,) = await desk.published(journey, until=event["id"])
    taken = parse_event(record.value)
    assert taken.receivedtime == desk.clock.now()
    assert taken.partitionkey == f"riga-1/{journey.subject}"


async def test_a_clock_that_runs_ahead_is_warned_about_and_counts_as_the_time_of_receipt(desk, journey):
    event = journey.event(time="2031-01-01T00:00:00Z")

    answer = await desk.send(event)

    (warning,) = answer.json()["events"][0]["warnings"]
    assert "ahead of our clock" in warning
    (record,) = await desk.published(journey, until=event["id"])
    assert parse_event(record.value).happened_at == desk.clock.now()


async def test_what_nobody_knows_is_kept_and_the_sender_is_told(desk, journey):
    event = journey.event(data={"channel": "door", "party_sise": 3}, till="7", dataschema="/schemas/arrived")

    answer = await desk.send(event)

    assert answer.status_code == 202
    assert answer.json()["events"][0]["warnings"] == [
        (
            "data.party_sise is not part of touchline.customer.arrived.v1; kept, but nobody reads it. "
            "Did you mean party_size?"
        ),
        "till is not part of touchline.customer.arrived.v1; kept, but nobody reads it.",
    ]
    (record,) = await desk.published(journey, until=event["id"])
    published = json.loads(record.value)
    assert (published["data"], published["till"]) == (event["data"], "7")


async def test_a_batch_is_told_each_warning_once(desk, journey):
    events = [journey.event(), *[journey.event(data={"channel": "door", "party_sise": 3}) for _ in range(4)]]

    answer = await desk.send(events, "application/cloudevents-batch+json")

    (warning,) = answer.json()["warnings"]
    assert (warning["events"], warning["first"]) == (4, {"index": 1})


async def test_the_trace_of_a_request_is_taken_for_events_that_have_none(desk, journey):
    ours, theirs = (f"00-{'ab' * 16}-{digit * 16}-01" for digit in "12")
    without, having = journey.event(), journey.event(traceparent=theirs)

    body = json.dumps([without, having]).encode()
    assert (await desk.send(body, "application/cloudevents-batch+json", traceparent=ours)).status_code == 202
    last = journey.event()
    assert (await desk.send(last, traceparent="not-a-trace")).status_code == 202

    traces = [json.loads(each.value).get("traceparent") for each in await desk.published(journey, until=last["id"])]
    assert traces == [ours, theirs, None]


async def test_an_attribute_that_is_null_is_as_good_as_not_there(desk, journey):
    event = journey.event() | {"customer": None, "traceparent": None}

    assert (await desk.send(event)).status_code == 202

    (record,) = await desk.published(journey, until=event["id"])
    assert "customer" not in json.loads(record.value)


async def test_what_is_store_wide_has_the_store_as_its_key(kafka, open_desk, ready, journey):
    async with open_desk(cleanliness.SERVICE, kafka.bootstrap_servers) as desk:
        await ready(desk)
        event = journey.event(
            type="touchline.cleanliness.checked.v1",
            subject=None,
            store="tartu-2",
            data={"area": "entrance", "score": 4},
        )

        assert (await desk.send(event)).status_code == 202

        journey.subject = None
        (record,) = await desk.published(journey, until=event["id"])
        assert record.key == b"tartu-2"
