"""What a touchpoint service measures: what was offered to it, why it was refused, and how old it was."""

import json
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.chassis import spool_disk
from services.chassis.embedded_broker import free_port
from services.touchpoints import greeting
from services.touchpoints.shell.limits import LARGEST_EVENT_BYTES

pytestmark = pytest.mark.anyio

BATCH = "application/cloudevents-batch+json"


async def figures(desk) -> dict[str, float]:
    """What is counted on the page, without the buckets: `name{label="value",...}` to its value."""
    families = text_string_to_metric_families((await desk.http.get("/metrics")).text)
    ours = [each for each in families if each.name.startswith("touchline_") and each.type != "gauge"]
    samples = [sample for family in ours for sample in family.samples]
    return {f"{each.name}{json.dumps(each.labels)}": each.value for each in samples if "le" not in each.labels}


async def steps(desk, before: dict[str, float]) -> dict[str, float]:
    """What has changed since, and by how much; no series may have come or gone."""
    after = await figures(desk)
    assert after.keys() == before.keys()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def reason(name: str) -> str:
    return f'touchline_touchpoint_rejections_total{{"reason": "{name}", "service": "greeting"}}'


def outcome(name: str) -> str:
    return f'touchline_touchpoints_ingested_total{{"outcome": "{name}", "service": "greeting"}}'


AGE = 'touchline_touchpoint_event_age_seconds_{}{{"service": "greeting"}}'
REQUESTS = 'touchline_touchpoint_ingest_duration_seconds_count{"service": "greeting"}'
DURATION = 'touchline_touchpoint_ingest_duration_seconds_sum{"service": "greeting"}'


@pytest.mark.live
async def test_accepted_events_are_counted_with_their_age(desk, journey):
    before = await figures(desk)
    # The desk's clock shows 12:30 UTC: half an hour after the usual event, and 90 s after the other one.
    await desk.send(
        [
            journey.event(),
            journey.event(time="2026-11-21T12:28:30Z"),
            journey.event(time="2020-01-01T00:00:00Z", replay=True),
            journey.event(time="2026-11-21T12:31:00Z"),
        ],
        BATCH,
    )

    changed = await steps(desk, before)
    assert changed.pop(DURATION) > 0
    assert changed == {outcome("accepted"): 4, AGE.format("count"): 3, AGE.format("sum"): 1800 + 90, REQUESTS: 1}


@pytest.mark.parametrize(
    ("body", "content_type", "name"),
    [
        (b"{", "application/json", "malformed"),
        (b"", "application/json", "malformed"),
        ({}, BATCH, "malformed"),
        (b"x", "text/plain", "unsupported"),
        (b'"' + b"x" * LARGEST_EVENT_BYTES + b'"', "application/json", "too_large"),
        ([1] * 100_000, BATCH, "too_large"),
        ([7], BATCH, "malformed"),
        ([{"type": "touchline.promise.made.v1"}], BATCH, "wrong_type"),
        ([{"type": "a.type.that.somebody.made.up"}], BATCH, "wrong_type"),
        ([{"type": "touchline.customer.arrived.v1"}], BATCH, "attributes"),
    ],
)
async def test_what_is_refused_is_counted_by_what_is_wrong(open_desk, body, content_type, name):
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        before = await figures(desk)
        await desk.send(body, content_type)
        changed = await steps(desk, before)

    assert {outcome("invalid"): 1, reason(name): 1}.items() <= changed.items()
    assert changed.keys() <= {outcome("invalid"), reason(name), REQUESTS, DURATION}


async def test_reasons_add_up_to_what_was_invalid_and_what_cannot_be_kept_is_unavailable(
    open_desk, journey, monkeypatch
):
    monkeypatch.setattr(spool_disk, "LEFT_FREE_BYTES", 1 << 60)
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        before = await figures(desk)
        channel = journey.event(data={"channel": "carrier pigeon"})
        large = journey.event(data={"channel": "door", "note": "x" * LARGEST_EVENT_BYTES})
        await desk.send([journey.event(), channel, channel, large, {"type": None}], BATCH)
        changed = await steps(desk, before)

    assert changed.pop(DURATION) > 0
    assert changed == {
        outcome("unavailable"): 1,
        outcome("invalid"): 4,
        reason("data"): 2,
        reason("too_large"): 1,
        reason("wrong_type"): 1,
        REQUESTS: 1,
    }


async def gauges(desk) -> dict[str, float]:
    families = text_string_to_metric_families((await desk.http.get("/metrics")).text)
    found = [sample for family in families for sample in family.samples if "touchpoint_spool_" in sample.name]
    assert {each.labels["service"] for each in found} == {"greeting"}
    return {each.name.removeprefix("touchline_touchpoint_spool_"): each.value for each in found}


async def test_what_waits_in_the_spool_is_measured(open_desk, journey):
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        before = await gauges(desk)
        for _ in range(3):
            await desk.send(journey.event())
            desk.clock.advance(timedelta(seconds=20))
        after = await gauges(desk)

    assert (before["events"], before["age_seconds"], before["damaged_files"]) == (0, 0, 0)
    assert (after["events"], after["age_seconds"], after["damaged_files"]) == (3, 60, 0)
    assert 0 <= before["used_ratio"] < after["used_ratio"] < 0.01


async def test_no_event_makes_a_series_of_its_own(open_desk, journey):
    evil = "evil\n{le='1'}"
    events = [journey.event(**{name: evil}) for name in journey.event()] + [
        journey.event(subject="evil", store="evil", source="/evil", id="evil", data={"channel": evil, evil: evil}),
        {evil: evil},
        [evil],
        evil,
    ]
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        before = await figures(desk)
        await desk.send(events, BATCH)
        await desk.send(b"evil", evil.replace("\n", ""))
        changed = await steps(desk, before)
        page = (await desk.http.get("/metrics")).text

    assert changed[outcome("invalid")] == len(events) + 1
    assert sum(value for name, value in changed.items() if "rejections" in name) == len(events) + 1
    assert "evil" not in page
