"""The same orders through both brokers: what is published of them in the end is the same, byte for byte.

But for the epoch, which is each database's own, and which the ids hold as well.

Another folder of orders than the made-up one: TOUCHLINE_TEST_ORDERS=FOLDER, in the shape of `touchline import olist`.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.chassis.broker import create_topics
from services.chassis.clock import SystemClock
from services.commands.concept import publish_concepts
from services.commands.kafka_reading import reading
from services.commands.replay import replay_events
from services.experience.app import create_app
from services.experience.settings import ExperienceSettings
from tests.brokers import BOTH, need_apache_kafka, running
from tests.commands.olist_orders import MARKETPLACE, TABLES, run_import
from touchline_contracts import EVALUATIONS, TOPICS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

ORDERS = Path(os.environ.get("TOUCHLINE_TEST_ORDERS", TABLES))
WITHIN_SECONDS = 60.0


async def evaluations_through(kind: str, orders: Sequence[bytes], database: Path) -> dict[bytes, bytes]:
    """The last evaluation of each journey, as it was published, with a word in place of the epoch."""
    async with running(kind) as broker:
        await create_topics(broker.settings, TOPICS)
        settings = ExperienceSettings(
            kafka_bootstrap_servers=broker.bootstrap_servers, kafka_idempotence=broker.idempotence, database=database
        )
        app = create_app(settings, SystemClock())
        async with app.router.lifespan_context(app):
            await publish_concepts([MARKETPLACE], broker.bootstrap_servers, now=datetime.now(UTC))
            await until_concepts_hold(database)
            summary = await replay_events(orders, servers=broker.bootstrap_servers)
            assert summary.all_well
        async with reading(EVALUATIONS.name, broker.bootstrap_servers) as evaluations:
            latest: dict[bytes, tuple[int, bytes]] = {}
            async for records in evaluations.until_now():
                for record in records:
                    told = json.loads(record.value)["data"]
                    alike = record.value.replace(str(told["epoch"]).encode(), b"EPOCH", 2)
                    latest[record.key] = max(latest.get(record.key, (0, b"")), (told["version"], alike))
    return {key: value for key, (_, value) in latest.items()}


async def until_concepts_hold(database: Path) -> None:
    """A journey that began before would be looked at once more, and its evaluation have a higher version."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while sqlite3.connect(database).execute("select count(*) from concepts").fetchone() == (0,):
            await asyncio.sleep(0.05)


async def test_the_orders_come_out_the_same_on_both_brokers_byte_for_byte(tmp_path, missing, record_property) -> None:
    need_apache_kafka(missing)
    orders = run_import(ORDERS).stdout_bytes.splitlines()

    embedded, apache = [await evaluations_through(kind, orders, tmp_path / f"{kind}.db") for kind in BOTH]

    assert len(embedded) >= 9
    assert embedded == apache
    record_property("journeys", len(embedded))
    record_property("sha256", hashlib.sha256(b"".join(value for _, value in sorted(embedded.items()))).hexdigest())
