"""Every service ends within ten seconds of SIGTERM, under load, whatever has become of Kafka and of its database."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.chassis.broker import create_topics
from services.chassis.settings import ProcessSettings
from tests.apache_kafka.broker import ApacheKafka
from tests.brokers import need_apache_kafka
from tests.live.outages.services import Service
from tests.live.outages.traffic import Traffic
from touchline_contracts import TOPICS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

WITHIN_SECONDS = 10.0
WITH_ALL_OF_IT_SECONDS = 15.0
MODULES = {
    "greeting": "services.touchpoints.greeting",
    "experience": "services.experience",
    "alerts": "services.alerts",
}
DATABASES = ("greeting.spool.db", "experience.db", "alerts.db")


@asynccontextmanager
async def whole(directory: Path, missing) -> AsyncIterator[tuple[ApacheKafka, dict[str, Service]]]:
    """Kafka, and one service of each sort, ready."""
    need_apache_kafka(missing)
    async with ApacheKafka() as kafka:
        await create_topics(ProcessSettings(kafka_bootstrap_servers=kafka.bootstrap_servers), TOPICS)
        services = {
            name: Service(
                module,
                name=name,
                directory=directory,
                settings={
                    "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                    "TOUCHLINE_DATABASE": str(directory / f"{name}.db"),
                },
            )
            for name, module in MODULES.items()
        }
        async with services["greeting"], services["experience"], services["alerts"]:
            for service in services.values():
                await service.until(ready=True)
            yield kafka, services


@asynccontextmanager
async def loaded(service: Service) -> AsyncIterator[None]:
    """Senders that go on sending, whether or not anybody is there."""
    traffic = Traffic("ending", service.url)
    await traffic.__aenter__()
    try:
        await traffic.more(50)
        yield
    finally:
        await traffic.__aexit__(RuntimeError)


async def end_all(what: str, services: dict[str, Service], within_seconds: float) -> None:
    async def end(service: Service) -> float:
        began = time.monotonic()
        await service.end(signal.SIGTERM)
        return time.monotonic() - began

    seconds = await asyncio.gather(*[end(service) for service in services.values()])
    took = dict(zip(services, seconds, strict=True))
    print(f"{what}: " + ", ".join(f"{name} {each:.1f} s" for name, each in took.items()))  # noqa: T201  # the figure, with -s
    for name, each in took.items():
        assert each < within_seconds, f"{name} took {each:.1f} s:\n{services[name].end_of_log()}"


def lock(path: Path) -> sqlite3.Connection:
    """Hold the database as another process would: nobody else can write until this is closed."""
    holding = sqlite3.connect(path, timeout=10, isolation_level=None)
    holding.execute("begin immediate")
    return holding


async def test_under_load(tmp_path, missing) -> None:
    async with whole(tmp_path, missing) as (_, services), loaded(services["greeting"]):
        await end_all("under load", services, WITHIN_SECONDS)


async def test_with_kafka_killed(tmp_path, missing) -> None:
    async with whole(tmp_path, missing) as (kafka, services), loaded(services["greeting"]):
        await kafka.kill()
        await end_all("Kafka killed", services, WITHIN_SECONDS)


async def test_with_kafka_hanging(tmp_path, missing) -> None:
    async with whole(tmp_path, missing) as (kafka, services), loaded(services["greeting"]):
        kafka.pause()
        try:
            for service in services.values():
                await service.until(ready=False)
            await end_all("Kafka hanging", services, WITHIN_SECONDS)
        finally:
            kafka.resume()


async def test_with_the_databases_locked(tmp_path, missing) -> None:
    async with whole(tmp_path, missing) as (_, services), loaded(services["greeting"]):
        locks = [lock(tmp_path / name) for name in DATABASES]
        try:
            for service in services.values():
                await service.until(ready=False)
            await end_all("databases locked", services, WITHIN_SECONDS)
        finally:
            for each in locks:
                each.close()


async def test_with_all_of_it(tmp_path, missing) -> None:
    async with whole(tmp_path, missing) as (kafka, services), loaded(services["greeting"]):
        locks = [lock(tmp_path / name) for name in DATABASES]
        kafka.pause()
        try:
            for service in services.values():
                await service.until(ready=False)
            await end_all("Kafka hanging and databases locked", services, WITH_ALL_OF_IT_SECONDS)
        finally:
            kafka.resume()
            for each in locks:
                each.close()
