"""A service outlives Kafka: it takes events without it, says that it is away, and hands them on when it is back."""

import asyncio
import json
import statistics
import time

import pytest

from services.chassis import spool_disk
from services.chassis.broker import kafka_broker
from services.chassis.clock import SystemClock
from services.chassis.embedded_broker import EmbeddedBroker, free_port
from services.touchpoints import greeting
from services.touchpoints.shell.app import create_app
from services.touchpoints.shell.settings import TouchpointSettings

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 20
BATCH = "application/cloudevents-batch+json"


async def handed_on(desk):
    """Wait until Kafka has all that was accepted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while desk.app.state.spool.events:
            await asyncio.sleep(0.02)


async def noticed(desk):
    """Wait until the service knows that Kafka is away."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while desk.app.state.connection.up:
            await asyncio.sleep(0.02)


def ids(records):
    return [json.loads(each.value)["id"] for each in records]


async def test_it_takes_events_without_kafka_and_hands_them_on_in_order_when_kafka_is_there(open_desk, journey):
    port = free_port()
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{port}") as desk:
        events = [journey.event() for _ in range(30)]
        for event in events[:20]:
            assert (await desk.send(event)).status_code == 202
        assert (await desk.send(events[20:], BATCH)).status_code == 202

        assert (await desk.http.get("/health/live")).status_code == 200
        ready = await desk.http.get("/health/ready")
        assert ready.status_code == 200
        kafka_is_away, waiting = ready.json()["notes"]
        assert f"127.0.0.1:{port}" in kafka_is_away
        assert waiting == "30 events wait in the spool for Kafka, the oldest for 0 s"

        async with EmbeddedBroker(port):
            await handed_on(desk)
            assert "notes" not in (await desk.http.get("/health/ready")).json()
            assert ids(await desk.published(journey, until=events[-1]["id"])) == [each["id"] for each in events]


async def test_it_goes_on_after_kafka_was_away(crashing_kafka, open_desk, ready, journey):
    async with open_desk(greeting.SERVICE, crashing_kafka.bootstrap_servers) as desk:
        await ready(desk)
        assert (await desk.send(journey.event())).status_code == 202
        await handed_on(desk)
        await crashing_kafka.crash()

        meanwhile = [journey.event() for _ in range(5)]
        for event in meanwhile:
            assert (await desk.send(event)).status_code == 202
        await noticed(desk)  # else this broker, which has forgotten its topics, says that it has what it throws away
        assert (await desk.send(journey.event())).status_code == 202
        assert (await desk.http.get("/health/ready")).status_code == 200

        await crashing_kafka.start()
        await handed_on(desk)
        published = ids(await desk.published(journey, until=meanwhile[-1]["id"]))
        assert [*dict.fromkeys(published)] == [each["id"] for each in meanwhile], (
            "what was there before the crash is gone"
        )


async def test_what_is_in_the_spool_at_the_start_is_handed_on_without_any_request(open_desk, journey, tmp_path):
    events = [journey.event() for _ in range(25)]
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}", spool_file=tmp_path / "spool.db") as desk:
        for event in events:
            assert (await desk.send(event)).status_code == 202

    async with (
        EmbeddedBroker() as broker,
        open_desk(greeting.SERVICE, broker.bootstrap_servers, spool_file=tmp_path / "spool.db") as desk,
    ):
        await handed_on(desk)
        assert ids(await desk.published(journey, until=events[-1]["id"])) == [each["id"] for each in events]


async def test_what_was_taken_last_goes_to_kafka_before_the_end(open_desk, ready, kafka, journey, tmp_path):
    file = tmp_path / "spool.db"
    async with open_desk(greeting.SERVICE, kafka.bootstrap_servers, spool_file=file) as desk:
        await ready(desk)
        assert (await desk.send([journey.event() for _ in range(2_000)], BATCH)).status_code == 202
        assert desk.app.state.spool.events > 0

    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}", spool_file=file) as desk:
        assert desk.app.state.spool.events == 0


async def test_what_is_forgotten_too_late_is_sent_again_with_the_same_identity(
    open_desk, journey, tmp_path, monkeypatch
):
    async def never(*_):
        await asyncio.Event().wait()

    events = [journey.event() for _ in range(5)]
    async with EmbeddedBroker() as broker:
        async with open_desk(greeting.SERVICE, broker.bootstrap_servers, spool_file=tmp_path / "spool.db") as desk:
            # It ends between Kafka's acknowledgement and the moment at which that is written down.
            monkeypatch.setattr(desk.app.state.spool.outbox, "_forget", never)
            assert (await desk.send(events, BATCH)).status_code == 202
            await desk.published(journey, until=events[-1]["id"])
        async with open_desk(greeting.SERVICE, broker.bootstrap_servers, spool_file=tmp_path / "spool.db") as desk:
            assert desk.app.state.spool.events == len(events)
            await handed_on(desk)
            twice = ids(await desk.published_once_more(journey))

    assert twice == [each["id"] for each in events] * 2


async def test_a_full_spool_refuses_at_once_and_takes_events_again_when_kafka_is_back(open_desk, journey):
    port = free_port()
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{port}", spool_mebibytes=1) as desk:
        taken, answer = 0, None
        while answer is None or answer.status_code == 202:
            assert taken < 10_000, "nothing is refused"
            answer = await desk.send([journey.event() for _ in range(100)], BATCH)
            taken += answer.json()["accepted"]
        seconds = []
        for _ in range(30):
            began = time.monotonic()
            assert (await desk.send([journey.event() for _ in range(100)], BATCH)).status_code == 503
            seconds.append(time.monotonic() - began)
        assert statistics.median(seconds) < 0.05
        assert desk.app.state.spool.events == taken

        assert f"The spool is full: {taken:,} events wait in the spool for Kafka" in answer.json()["detail"]
        assert "TOUCHLINE_SPOOL_MEBIBYTES" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) >= 1

        async with EmbeddedBroker(port):
            await handed_on(desk)
            last = journey.event()
            assert (await desk.send(last)).status_code == 202
            assert len(await desk.published(journey, until=last["id"])) == taken + 1


async def test_a_batch_that_cannot_be_kept_is_told_event_by_event(open_desk, journey, monkeypatch):
    monkeypatch.setattr(spool_disk, "LEFT_FREE_BYTES", 1 << 60)
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        events = [journey.event() for _ in range(30)]

        answer = await desk.send([*events, 7], BATCH)

        body = answer.json()
        assert (answer.status_code, body["accepted"]) == (503, 0)
        assert int(answer.headers["retry-after"]) >= 1
        assert [(each["index"], each["id"]) for each in body["unacknowledged"]] == [
            (index, event["id"]) for index, event in enumerate(events)
        ]
        assert [each["index"] for each in body["refused"]] == [30]
        assert "MiB of its disk are free" in body["detail"]
        assert "same ids" in body["detail"]
        assert (await desk.http.get("/health/ready")).status_code == 503
        assert desk.app.state.spool.events == 0


async def test_what_is_wrong_is_told_even_without_kafka(open_desk, journey):
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        assert (await desk.send(journey.event(time="now"))).status_code == 422


async def test_what_became_of_events_is_counted(open_desk, journey):
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        before_all = (await desk.http.get("/metrics")).text
        await desk.send(journey.event())
        await desk.send([journey.event(), journey.event(), 7], BATCH)
        await desk.send(b"{", "application/json")

        metrics = (await desk.http.get("/metrics")).text

        name = "touchline_touchpoints_ingested_total"
        assert f'{name}{{outcome="accepted",service="greeting"}} 0.0' in before_all
        assert f'{name}{{outcome="accepted",service="greeting"}} 3.0' in metrics
        assert f'{name}{{outcome="invalid",service="greeting"}} 2.0' in metrics
        assert 'touchline_touchpoint_ingest_duration_seconds_count{service="greeting"} 3.0' in metrics


async def test_a_broker_that_is_handed_in_is_started_and_stopped_by_its_owner(kafka, tmp_path):
    settings = TouchpointSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_idempotence=False, spool_file=tmp_path / "spool.db"
    )
    async with kafka_broker(settings, client="owner") as broker:
        await broker.start()
        app = create_app(greeting.SERVICE, settings, SystemClock(), broker)
        async with app.router.lifespan_context(app):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await app.state.connection.wait_until_up()

        assert await broker.ping(timeout=2)
