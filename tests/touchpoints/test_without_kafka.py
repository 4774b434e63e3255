"""A service outlives Kafka: it starts without it, says so, and goes on when it is there again."""

import asyncio
import time

import pytest

from services.chassis.broker import kafka_broker
from services.chassis.clock import SystemClock
from services.chassis.embedded_broker import EmbeddedBroker, free_port
from services.touchpoints import greeting
from services.touchpoints.shell.app import create_app
from services.touchpoints.shell.settings import TouchpointSettings

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 20


async def until_accepted(desk, ready, event):
    """Send the event until it is accepted, as senders are told to."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await ready(desk)
            answer = await desk.send(event)
            if answer.status_code == 202:
                return
            assert answer.status_code == 503


async def test_it_starts_without_kafka_and_takes_events_as_soon_as_kafka_is_there(open_desk, ready, journey):
    port = free_port()
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{port}") as desk:
        event = journey.event()

        assert (await desk.http.get("/health/live")).status_code == 200
        unready = await desk.http.get("/health/ready")
        assert unready.status_code == 503
        assert f"127.0.0.1:{port}" in unready.json()["detail"]
        answer = await desk.send(event)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["unacknowledged"] == [
            {"id": event["id"], "source": event["source"], "subject": event["subject"]}
        ]
        assert "same ids" in answer.json()["detail"]

        async with EmbeddedBroker(port):
            await until_accepted(desk, ready, event)
            assert (await desk.http.get("/health/ready")).status_code == 200
            assert len(await desk.published(journey, until=event["id"])) == 1


async def test_it_goes_on_after_kafka_was_away(crashing_kafka, open_desk, ready, journey):
    async with open_desk(greeting.SERVICE, crashing_kafka.bootstrap_servers, publish_seconds=0.5) as desk:
        await until_accepted(desk, ready, journey.event())
        await crashing_kafka.crash()

        began = time.monotonic()
        late = await desk.send(journey.event())
        assert late.status_code == 503
        assert time.monotonic() - began < 5
        assert (await desk.http.get("/health/ready")).status_code == 503
        began = time.monotonic()
        assert (await desk.send(journey.event())).status_code == 503
        assert time.monotonic() - began < 0.4, "once it is known, nobody waits for it"

        await crashing_kafka.start()
        last = journey.event()
        await until_accepted(desk, ready, last)
        assert len(await desk.published(journey, until=last["id"])) >= 1


async def test_a_batch_that_kafka_does_not_acknowledge_is_told_event_by_event(
    crashing_kafka, open_desk, ready, journey
):
    async with open_desk(greeting.SERVICE, crashing_kafka.bootstrap_servers, publish_seconds=0.5) as desk:
        await until_accepted(desk, ready, journey.event())
        await crashing_kafka.crash()
        events = [journey.event() for _ in range(30)]

        answer = await desk.send([*events, 7], "application/cloudevents-batch+json")

        body = answer.json()
        assert (answer.status_code, body["accepted"]) == (503, 0)
        assert [(each["index"], each["id"]) for each in body["unacknowledged"]] == [
            (index, event["id"]) for index, event in enumerate(events)
        ]
        assert [each["index"] for each in body["refused"]] == [30]


async def test_what_is_wrong_is_told_even_without_kafka(open_desk, journey):
    async with open_desk(greeting.SERVICE, f"127.0.0.1:{free_port()}") as desk:
        assert (await desk.send(journey.event(time="now"))).status_code == 422


async def test_what_became_of_events_is_counted(open_desk, ready, journey):
    async with EmbeddedBroker() as broker, open_desk(greeting.SERVICE, broker.bootstrap_servers) as desk:
        before_all = (await desk.http.get("/metrics")).text
        await until_accepted(desk, ready, journey.event())
        await desk.send([journey.event(), journey.event(), 7], "application/cloudevents-batch+json")
        await desk.send(b"{", "application/json")

        metrics = (await desk.http.get("/metrics")).text

        name = "touchline_touchpoints_ingested_total"
        assert f'{name}{{outcome="accepted",service="greeting"}} 0.0' in before_all
        assert f'{name}{{outcome="accepted",service="greeting"}} 3.0' in metrics
        assert f'{name}{{outcome="invalid",service="greeting"}} 2.0' in metrics
        assert 'touchline_touchpoint_ingest_duration_seconds_count{service="greeting"} 3.0' in metrics


async def test_a_broker_that_is_handed_in_is_started_and_stopped_by_its_owner(kafka, journey):
    settings = TouchpointSettings(kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_idempotence=False)
    async with kafka_broker(settings, client="owner") as broker:
        await broker.start()
        app = create_app(greeting.SERVICE, settings, SystemClock(), broker)
        async with app.router.lifespan_context(app):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await app.state.connection.wait_until_up()

        assert await broker.ping(timeout=2)
