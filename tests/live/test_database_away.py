"""PostgreSQL goes away while events come in, once in order and once without: nothing is lost, nothing is set aside."""

import asyncio
import signal
import time
from datetime import UTC, datetime

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import func, select

from services.chassis.broker import create_topics, kafka_broker
from services.chassis.database import Address, engine_for, rows_of
from services.chassis.producing import Message, Producing
from services.chassis.tables import OFFSETS, OUTGOING
from services.experience.adapters.tables import EVENTS, JOURNEYS
from tests.live.outages.services import Service
from tests.postgresql import PostgreSQL, running
from touchline_contracts import DEAD_LETTERS, EVALUATIONS, TOPICS, TOUCHPOINTS, new_event, parse_event
from touchline_contracts.greeting import CustomerArrived

pytestmark = [pytest.mark.anyio, pytest.mark.live]

EVENTS_IN_ALL = 600
WITHIN_SECONDS = 60.0


@pytest.fixture
def cluster(missing):
    """A PostgreSQL that keeps what it has acknowledged."""
    with running(missing, quick=False) as cluster:
        yield cluster


def kept(address: Address) -> tuple[int, int, int, int]:
    """Events, events counted in journeys, messages still to be sent, and records read."""
    engine = engine_for(address)
    with engine.connect() as connection:
        rows = rows_of(connection)
        counted = (
            rows.value(select(func.count()).select_from(EVENTS)),
            rows.value(select(func.coalesce(func.sum(JOURNEYS.c.events), 0))),
            rows.value(select(func.count()).select_from(OUTGOING)),
            rows.value(select(func.coalesce(func.sum(OFFSETS.c.next), 0))),
        )
    engine.dispose()
    return counted


async def publish(broker, first: int, count: int) -> None:
    events = [
        new_event(
            CustomerArrived(channel="door"),
            id=f"e{number}",
            source="/door",
            store="riga-1",
            subject=f"j{number // 3}",
            time=datetime.now(UTC),
        )
        for number in range(first, first + count)
    ]
    messages = [Message(event.key.encode(), event.to_json()) for event in events]
    assert set(await Producing(broker, TOUCHPOINTS.name).publish(messages)) == {None}


async def until(holds) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not holds():
            await asyncio.sleep(0.05)


async def not_ready_because(service: Service, text: str) -> None:
    said = ""
    async with httpx.AsyncClient(base_url=service.url) as http:
        began = time.monotonic()
        while text not in said:
            assert time.monotonic() - began < WITHIN_SECONDS, f"{text!r} is not in {said!r}"
            said = (await http.get("/health/ready")).text
            await asyncio.sleep(0.1)


async def on_topic(servers: str, topic: str) -> list[bytes]:
    """The values of everything that a topic holds."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    found: list[bytes] = []
    try:
        while read := await consumer.getmany(timeout_ms=1000):
            found += [record.value for records in read.values() for record in records]
    finally:
        await consumer.stop()
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "killed"])
async def test_a_database_that_goes_away_is_waited_for(broker, cluster: PostgreSQL, tmp_path, how) -> None:
    address = cluster.database()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "TOUCHLINE_KAFKA_IDEMPOTENCE": str(broker.idempotence).lower(),
        "TOUCHLINE_DATABASE": address.get_secret_value(),
        "TOUCHLINE_GROUP": f"test-{how.name}",
    }
    await create_topics(broker.settings, TOPICS)
    before = len(await on_topic(broker.bootstrap_servers, TOUCHPOINTS.name))
    letters = len(await on_topic(broker.bootstrap_servers, DEAD_LETTERS.name))
    sending = kafka_broker(broker.settings, client="test")
    await sending.start()
    third = EVENTS_IN_ALL // 3
    first = before + 1000 * (how is signal.SIGQUIT)
    try:
        async with Service("services.experience", name="experience", directory=tmp_path, settings=settings) as service:
            await service.until(ready=True)
            await publish(sending, first, third)
            await publish(sending, first + third, third)
            cluster.stop(how)  # some of them may be on their way into it
            await not_ready_because(service, "the database cannot be reached: ")
            await publish(sending, first + 2 * third, third)

            cluster.start()
            began = time.monotonic()
            await service.until(ready=True)
            await until(lambda: kept(address)[0] == before + EVENTS_IN_ALL)
            print(f"{third} events were kept {time.monotonic() - began:.1f} s after the database was back")  # noqa: T201
            await until(lambda: kept(address)[2] == 0)

            events, counted, _, read = kept(address)
            assert (events, counted, read) == (before + EVENTS_IN_ALL,) * 3
            assert len(await on_topic(broker.bootstrap_servers, DEAD_LETTERS.name)) == letters
            told = map(parse_event, await on_topic(broker.bootstrap_servers, EVALUATIONS.name))
            ours = {f"j{number // 3}" for number in range(first, first + EVENTS_IN_ALL)}
            assert ours <= {each.subject for each in told}
    finally:
        await sending.stop()
