"""The page /metrics of the running experience service: what Kafka brought, and what an earlier run has left open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from services.chassis.clock import SteppedClock
from services.chassis.embedded_broker import EmbeddedBroker, free_port
from services.experience.app import create_app
from services.experience.domain.tally import PromiseTally
from services.experience.ports import JourneyRecord
from services.experience.settings import ExperienceSettings
from tests.experience.service import CONFIRM_BY, ELEVEN, PROMISE
from touchline_contracts import TOUCHPOINTS, new_event
from touchline_contracts.concepts import ConceptPublished

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 60


class Page:
    """The service, and somebody who looks at what it measures."""

    def __init__(self, service, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self.service, self.http, self.clock = service, http, clock

    async def figures(self) -> dict[tuple[str, str | None], float]:
        """What is measured, by name and by the value of the label that tells its series apart."""
        families = list(text_string_to_metric_families((await self.http.get("/metrics")).text))
        samples = [sample for family in families for sample in family.samples if "le" not in sample.labels]
        telling = ("stage", "state", "timeliness", "reason", "event", "partition")
        return {
            (each.name.removeprefix("touchline_"), next((each.labels[n] for n in telling if n in each.labels), None)): (
                each.value
            )
            for each in samples
        }


@asynccontextmanager
async def running(directory: Path, kafka: str) -> AsyncIterator[Page]:
    clock = SteppedClock(ELEVEN)
    settings = ExperienceSettings(
        kafka_bootstrap_servers=kafka, kafka_idempotence=False, database=directory / "experience.db"
    )
    app = create_app(settings, clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://experience") as http,
    ):
        yield Page(app.state.experience, http, clock)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_what_an_earlier_run_left_open_is_on_the_page_at_once(tmp_path):
    nobody = f"127.0.0.1:{free_port()}"
    records = [
        JourneyRecord(("s", "waits"), deadline=CONFIRM_BY, promises=PromiseTally(on_track=2, at_risk=1)),
        JourneyRecord(("s", "due"), deadline=ELEVEN, promises=PromiseTally(at_risk=3, kept=9)),
        JourneyRecord(("s", "closed"), closed_at=ELEVEN, promises=PromiseTally(kept=1, broken=1, withdrawn=1)),
    ]
    async with running(tmp_path, nobody) as page:
        await page.service.durable.transact(lambda each: each.save_journeys(records))

    async with running(tmp_path, nobody) as page:

        async def is_counted() -> bool:
            return (await page.figures())["journeys_active", None] == 2

        await until(is_counted)
        figures = await page.figures()

    assert figures["promises_open", "on_track"] == 2
    assert figures["promises_open", "at_risk"] == 4


@pytest.mark.live
async def test_what_kafka_brings_is_counted_once_it_is_kept(tmp_path):
    made = new_event(PROMISE, id="1", source="/till", store="s", subject="v", time=ELEVEN)
    wrong = ConceptPublished(concept={"concept": "c", "version": 1, "colour": "red"}, version=1)
    published = new_event(wrong, id="2", source="/office", store="s", time=ELEVEN)
    async with EmbeddedBroker() as broker, running(tmp_path, broker.bootstrap_servers) as page:

        async def is_ready() -> bool:
            return (await page.http.get("/health/ready")).status_code == 200

        async def has_read_all() -> bool:
            figures = await page.figures()
            letters = sum(figures["dead_letters_total", each] for each in ("unreadable", "cannot_be_handled"))
            return figures["events_counted_total", None] == 1 and letters == 2

        await until(is_ready)
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers) as producer:
            for event in (made, made, published):
                await producer.send_and_wait(TOUCHPOINTS.name, event.to_json(), key=event.key.encode())
            await producer.send_and_wait(TOUCHPOINTS.name, b"not an event", key=b"s/v")
        await until(has_read_all)
        before = await page.figures()
        page.clock.advance_to(CONFIRM_BY)

        async def has_warned() -> bool:
            return (await page.figures())["warnings_total", "before_deadline"] == 1

        await until(has_warned)

        async def lag_is_known() -> bool:  # looked for every so often
            figures = await page.figures()
            return figures["consumer_assigned_partitions", None] == TOUCHPOINTS.partitions

        await until(lag_is_known)
        after = await page.figures()

    assert before["duplicate_events_total", None] == 1
    assert before["dead_letters_total", "unreadable"] == before["dead_letters_total", "cannot_be_handled"] == 1
    assert before["promises_made_total", None] == 1
    assert before["end_to_end_latency_seconds_count", "evaluated"] == 1
    assert before["end_to_end_latency_seconds_sum", "evaluated"] == 0
    assert before["deadline_timer_lag_seconds_count", None] == 0
    assert after["deadline_timer_lag_seconds_count", None] == 1
    assert after["consumer_rebalances_total", "assigned"] == 1
    lag = {each: after["consumer_lag_messages", str(each)] for each in range(TOUCHPOINTS.partitions)}
    assert lag == dict.fromkeys(range(TOUCHPOINTS.partitions), 0)
