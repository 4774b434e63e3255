"""A partition of which almost nothing can be used stands still; the others go on, and nothing of it is lost."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from services.chassis.clock import SystemClock
from services.experience.app import ExperienceService, create_app
from services.experience.settings import ExperienceSettings
from tests.brokers import Broker
from tests.live.book import until
from tests.live.test_bad_input import dead_letters
from touchline_contracts import TOUCHPOINTS, AnyEvent, new_event
from touchline_contracts.greeting import CustomerArrived

pytestmark = [pytest.mark.anyio, pytest.mark.live]

BAD, GOOD = 1, 4
"""The partition that most of what is written cannot be read of, and one beside it."""
MOST = 1000
BAD_IN_A_ROW = 1100
STALLED_SECONDS = 5.0


class Experience:
    """The experience service at work, and what is seen of it from outside."""

    def __init__(self, service: ExperienceService, http: httpx.AsyncClient) -> None:
        self.service, self.http = service, http

    async def not_ready(self) -> Sequence[str]:
        answer = await self.http.get("/health/ready")
        return answer.json().get("reasons", [])

    async def sample(self, name: str) -> float:
        families = text_string_to_metric_families((await self.http.get("/metrics")).text)
        return next(each.value for family in families for each in family.samples if each.name == name)

    async def evaluated(self, events: Sequence[AnyEvent]) -> int:
        keys = [(each.store, each.subject) for each in events]
        found = await self.service.durable.transact(lambda rows: rows.journeys(keys))
        return sum(each.evaluated_events for each in found.values())

    def at(self, partition: int) -> int | None:
        return self.service.durable.consumer.next.get(partition)


@asynccontextmanager
async def experience(broker: Broker, directory: Path, most: int) -> AsyncIterator[Experience]:
    settings = ExperienceSettings(
        kafka_bootstrap_servers=broker.bootstrap_servers,
        kafka_idempotence=broker.idempotence,
        database=directory / "experience.db",
        stalled_seconds=STALLED_SECONDS,
        most_dead_letters=most,
    )
    app = create_app(settings, SystemClock())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://experience") as http,
    ):
        running = Experience(app.state.experience, http)
        await until(lambda: running.service.durable.consumer.is_assigned)
        yield running


async def write(broker: Broker, partition: int, good: Sequence[AnyEvent] = (), bad: int = 0) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
    await producer.start()
    try:
        for event in good:
            await producer.send(TOUCHPOINTS.name, event.to_json(), key=event.key.encode(), partition=partition)
        for number in range(bad):
            await producer.send(TOUCHPOINTS.name, b"bad %d" % number, key=b"key", partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


def arrivals(name: str, count: int) -> list[AnyEvent]:
    now = datetime.now(UTC) - timedelta(seconds=1)
    return [
        new_event(
            CustomerArrived(channel="door"), id=f"{name}-{n}", source="/door", store="riga-1", subject=f"{name}-{n}",
            time=now,
        )
        for n in range(count)
    ]  # fmt: skip


async def test_a_partition_that_cannot_be_used_stands_still_while_the_others_go_on_and_loses_nothing(broker, tmp_path):
    before, after, beside = arrivals("before", 30), arrivals("after", 20), arrivals("beside", 300)
    async with experience(broker, tmp_path, MOST) as running:
        await write(broker, BAD, before)
        await write(broker, GOOD, beside[:100])
        await write(broker, BAD, bad=BAD_IN_A_ROW)
        await write(broker, BAD, after)
        await write(broker, GOOD, beside[100:200])

        await until(lambda: bool(running.service.durable.consumer.stopped))
        await until(lambda: running.at(GOOD) == 200)
        (why,) = await running.not_ready()
        for part in (f"partition {BAD} ", f"offset {len(before) + MOST}:", "unreadable: ", "MOST_DEAD_LETTERS"):
            assert part in why
        await until(lambda: running.at(BAD) == len(before) + MOST)
        assert await running.evaluated(before) == len(before)
        assert len(await dead_letters(broker.bootstrap_servers, MOST)) == MOST

        # It is no consumer that is stuck: none takes its place, however long it stands.
        waited_until = time.monotonic() + 2 * STALLED_SECONDS
        await until(lambda: time.monotonic() > waited_until)
        await write(broker, GOOD, beside[200:])
        await until(lambda: running.at(GOOD) == len(beside))
        assert await running.sample("touchline_consumer_stopped_partitions") == 1
        assert await running.sample("touchline_consumer_restarts_total") == 0
        assert {each.partition for each in running.service.durable.consumer.consumer.paused()} == {BAD}
        assert running.at(BAD) == len(before) + MOST
        assert len(await dead_letters(broker.bootstrap_servers, MOST)) == MOST
        assert await running.evaluated(beside) == len(beside)
        assert await running.evaluated(after) == 0

    async with experience(broker, tmp_path, 10 * MOST) as running:
        await until(lambda: running.at(BAD) == len(before) + BAD_IN_A_ROW + len(after))
        assert await running.not_ready() == []
        assert await running.sample("touchline_consumer_stopped_partitions") == 0
        assert await running.evaluated(after) == len(after)
        assert await running.evaluated(before) == len(before)
    letters = await dead_letters(broker.bootstrap_servers, BAD_IN_A_ROW)
    assert sorted(value for _, value, _ in letters) == sorted(b"bad %d" % number for number in range(BAD_IN_A_ROW))
