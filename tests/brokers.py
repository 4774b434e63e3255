"""The two brokers that tests run on: the embedded one, and Apache Kafka as companies run it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn

from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.settings import ProcessSettings
from tests.apache_kafka.broker import ApacheKafka
from tests.apache_kafka.fetch import fetch
from tests.apache_kafka.jars import Unavailable

BOTH = ("embedded", "apache")
Missing = Callable[[str, str], NoReturn]


@dataclass(frozen=True)
class Broker:
    """A broker that runs, and what services have to know of it."""

    kind: str
    bootstrap_servers: str
    idempotence: bool

    @property
    def settings(self) -> ProcessSettings:
        """The settings of a process that uses it."""
        return ProcessSettings(kafka_bootstrap_servers=self.bootstrap_servers, kafka_idempotence=self.idempotence)


def need_apache_kafka(missing: Missing) -> None:
    """Have the jars of Apache Kafka at hand. On a developer's machine without Java or Maven the test is left out."""
    try:
        fetch()
    except Unavailable as error:
        missing(error.component, error.how)


@asynccontextmanager
async def running(kind: str) -> AsyncIterator[Broker]:
    """A broker of that kind, empty, until the block is left."""
    if kind == "embedded":
        async with EmbeddedBroker() as embedded:
            yield Broker(kind, embedded.bootstrap_servers, idempotence=False)
    else:
        async with ApacheKafka() as kafka:
            yield Broker(kind, kafka.bootstrap_servers, idempotence=True)
