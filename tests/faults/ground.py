"""What faults are played on: Kafka, a database, the services as processes, senders' ledger and a manager's phone."""

import asyncio
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.embedded_broker import EmbeddedBroker
from tests.apache_kafka.broker import ApacheKafka, random_port
from tests.faults.proxy import Proxy
from tests.faults.receiving import Phone
from tests.live.outages.services import Service
from tests.postgresql import PostgreSQL, running
from touchline_contracts import Topic

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # of the tests alone
TOUCHPOINTS = ("greeting", "promises", "recovery")
"""The touchpoint services that take part."""


Kafka = ApacheKafka | EmbeddedBroker
GROUNDS = ("sqlite", "postgresql", "embedded")
"""Apache Kafka with SQLite; with PostgreSQL, and two workers of the experience service; the embedded broker, SQLite."""


class Ground:
    """All of it, on one kind of database. What is started here ends with the block of `on`."""

    def __init__(self, name: str, folder: Path, *, seed: int, kafka: Kafka, phone: Phone, cluster: PostgreSQL | None):
        """`name` is what tells it from others in the table."""
        self.name, self.folder, self.kafka, self.phone, self.cluster = name, folder, kafka, phone, cluster
        self.servers = kafka.bootstrap_servers
        self.lasting = isinstance(kafka, ApacheKafka)
        """Whether Kafka keeps what it has when it dies, and knows idempotent producers."""
        self.proxy: Proxy | None = None
        self.chance = Random(seed)  # noqa: S311  # faults, not secrets
        self.services: dict[str, Service] = {}
        self.stack = AsyncExitStack()
        self._addresses: dict[str, str] = {}

    @property
    def workers(self) -> list[Service]:
        """The workers of the experience service."""
        return [each for name, each in self.services.items() if name.startswith("experience")]

    async def start(self, module: str, name: str = "", **settings: str) -> Service:
        """Start a service, with settings of its own; it need not be ready when this returns."""
        name = name or module.rpartition(".")[2]
        store = name.partition("-")[0]
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "TOUCHLINE_KAFKA_IDEMPOTENCE": str(self.lasting).lower(),
            "TOUCHLINE_DATABASE": self.address(store),
        }
        if store == "alerts":
            environment |= {
                "TOUCHLINE_OUTGOING_ALLOW": "127.0.0.1",
                "TOUCHLINE_WEBHOOK_URL": self.phone.url,
                "TOUCHLINE_WEBHOOK_SECRET": SECRET,
            }
        service = Service(module, name=name, directory=self.folder, settings=environment | settings)
        self.services[name] = await self.stack.enter_async_context(service)
        return service

    async def start_all(self) -> None:
        """Start every service, and wait until all are ready. A SQLite database is one worker's, a PostgreSQL many's."""
        workers = 1 if self.cluster is None else 2
        for name in TOUCHPOINTS:
            await self.start(f"services.touchpoints.{name}")
        for number in range(1, workers + 1):
            await self.start("services.experience", "experience" if number == 1 else f"experience-{number}")
        await self.start("services.alerts")
        await self.until_ready()

    async def until_ready(self) -> None:
        """Wait until every service is ready."""
        for service in self.services.values():
            await service.until(ready=True)

    async def kill(self, service: Service) -> None:
        """Kill a service and start it again at once."""
        await service.end(signal.SIGKILL)
        service.start()

    async def put_right(self) -> None:
        """Have everything run again, whatever a scene has left behind."""
        if isinstance(self.kafka, ApacheKafka):
            await self.kafka.start()
        self.phone.status = 204
        for service in self.services.values():
            if service.running:
                service.resume()
            else:
                service.start()
        await self.until_ready()

    def address(self, store: str) -> str:
        """Where a service's database is; made when it is first asked for."""
        if store not in self._addresses:
            self._addresses[store] = (
                str(self.folder / f"{store}.db") if self.cluster is None else self.cluster.database().get_secret_value()
            )
        return self._addresses[store]

    def another_database(self, store: str) -> None:
        """The service's database is lost: the next process begins with an empty one. End its processes before."""
        del self._addresses[store]
        if self.cluster is None:
            for path in self.folder.glob(f"{store}.db*"):
                path.unlink()

    def rows(self, store: str, query: str) -> list[tuple[Any, ...]]:
        """What stands in a service's database, read past the service."""
        if self.cluster is None:
            with closing(sqlite3.connect(f"file:{self.address(store)}?mode=ro", uri=True, timeout=30)) as connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.address(store)) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]  # queries of ours

    def value(self, store: str, query: str) -> int:
        """A single number that stands there."""
        return int(self.rows(store, query)[0][0])

    async def ends(self, topic: Topic) -> dict[int, int]:
        """By partition, where a topic ends now."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers)
        await consumer.start()
        try:
            places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
        finally:
            await consumer.stop()

    def change(self, store: str, *statements: str) -> None:
        """Change a service's database behind its back. End its processes before."""
        if self.cluster is None:
            with closing(sqlite3.connect(self.address(store), timeout=30)) as connection, connection:
                for each in statements:
                    connection.execute(each)
            return
        with psycopg.connect(self.address(store)) as connection:
            for each in statements:
                connection.execute(each)  # type: ignore[call-overload]  # statements of ours

    def ends_of_logs(self, names: Sequence[str] = ()) -> str:
        """The last lines that services have written."""
        return "\n".join(f"{name}:\n{self.services[name].end_of_log()}" for name in names or self.services)


def _no_postgresql(component: str, how: str) -> Any:
    raise RuntimeError(f"{component} is missing; {how}")


def _proxy() -> Proxy:
    return Proxy(random_port(), to=random_port())


def _apache_kafka(proxy: Proxy | None) -> ApacheKafka:
    """One that tells its clients to come through the proxy, if there is one."""
    if proxy is None:
        return ApacheKafka()
    return ApacheKafka(proxy.to, properties={"advertised.listeners": f"CLIENTS://127.0.0.1:{proxy.port}"})


@asynccontextmanager
async def on(name: str, *, seed: int, keep: bool = False, proxied: bool = False) -> AsyncIterator[Ground]:
    """All that `name`, one of GROUNDS, stands for, until the block is left.

    `keep`: files and logs stay behind. `proxied`: the connection to Kafka can be made bad.
    """
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="touchline-faults-"))
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = stack.enter_context(running(_no_postgresql, quick=False)) if name == "postgresql" else None
        proxy = await stack.enter_async_context(_proxy()) if proxied else None
        kafka = await stack.enter_async_context(EmbeddedBroker() if name == "embedded" else _apache_kafka(proxy))
        phone = await stack.enter_async_context(Phone())
        ground = Ground(name, folder, seed=seed, kafka=kafka, phone=phone, cluster=cluster)
        if proxy is not None:
            ground.proxy, ground.servers = proxy, f"127.0.0.1:{proxy.port}"
        await stack.enter_async_context(ground.stack)
        yield ground


async def eventually(condition: Any, *, seconds: float, what: str) -> float:
    """Wait until a condition, maybe a coroutine function, holds; how long that took.

    AssertionError, saying `what` did not come, after `seconds`.
    """
    began = time.monotonic()
    while not await (condition() if asyncio.iscoroutinefunction(condition) else asyncio.to_thread(condition)):
        assert time.monotonic() - began < seconds, f"not after {seconds:g} s: {what}"
        await asyncio.sleep(0.1)
    return time.monotonic() - began
