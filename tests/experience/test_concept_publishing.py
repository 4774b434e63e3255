"""Publishing service concepts to a broker. The broker is the embedded one, which has no idempotent producers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import anyio.to_thread
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from typer.testing import CliRunner

from services.chassis.broker import kafka_broker
from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.settings import ProcessSettings
from services.commands.concept import publish_concepts
from services.commands.main import app
from tests.experience.builders import CONCEPTS
from touchline_contracts import TOUCHPOINTS, parse_event

pytestmark = [pytest.mark.anyio, pytest.mark.live]

NOW = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
FILES = [CONCEPTS / "hardware-shop.yaml", CONCEPTS / "marketplace.yaml"]


@pytest.fixture
async def servers() -> AsyncIterator[str]:
    async with EmbeddedBroker() as broker:
        yield broker.bootstrap_servers


async def published(servers: str, count: int):
    """The first so many messages, with their keys."""
    consumer = AIOKafkaConsumer(TOUCHPOINTS.name, bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        records = [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
    return [(record.key.decode(), parse_event(record.value)) for record in records]


async def test_each_store_gets_its_concept_under_its_own_key_and_twice_is_harmless(servers):
    await publish_concepts(FILES, servers, now=NOW)
    await publish_concepts(FILES, servers, now=NOW)

    messages = await published(servers, 8)

    assert sorted(key for key, _ in messages) == sorted(["riga-1", "vilnius-1", "tallinn-1", "*"] * 2)
    assert all(key == event.store for key, event in messages)
    assert len({event.identity for _, event in messages}) == 4


async def test_the_command_says_what_it_has_published(servers):
    arguments = ["concept", "publish", str(FILES[0]), "--servers", servers]

    result = await anyio.to_thread.run_sync(lambda: CliRunner().invoke(app, arguments))

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{FILES[0]}: published: hardware-shop version 1, for riga-1, vilnius-1, tallinn-1\n"
    assert len(await published(servers, 3)) == 3


async def test_missing_topics_are_created_as_the_contracts_describe_them(servers):
    await publish_concepts(FILES[:1], servers, now=NOW)

    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        (description,) = await admin.describe_topics([TOUCHPOINTS.name])
    finally:
        await admin.close()
    assert len(description["partitions"]) == TOUCHPOINTS.partitions


async def test_a_broker_that_is_connected_already_is_used_and_stays_connected(servers):
    settings = ProcessSettings(kafka_bootstrap_servers=servers, kafka_idempotence=False)
    await publish_concepts(FILES[:1], servers, now=NOW)
    broker = kafka_broker(settings, client="test")
    await broker.start()
    try:
        await publish_concepts(FILES[1:], broker, now=NOW)
        assert await broker.ping(timeout=5)
    finally:
        await broker.stop()

    assert {key for key, _ in await published(servers, 4)} == {"riga-1", "vilnius-1", "tallinn-1", "*"}
