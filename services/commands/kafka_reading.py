"""Reading a topic from its beginning as an onlooker: no group, no commits, nothing that anybody else would notice."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import BrokerResponseError, KafkaError

from services.chassis.bounds import within
from services.chassis.client_tasks import stop_consumer
from services.chassis.kafka_requests import READ
from services.chassis.kafka_settings import KafkaSettings
from services.chassis.reaching import Refused, in_words
from services.chassis.security import client_arguments
from services.chassis.settings import read_settings
from services.chassis.topics import look_at

CONNECT_SECONDS = 10.0
STOP_SECONDS = 2.0
QUIET_SECONDS = 0.5
"""A topic that has brought nothing for this long, and has been read as far as Kafka says it goes, has been read."""
FETCH_MILLISECONDS = 100
"""How long Kafka may keep a request while it has nothing: questions about offsets wait behind it."""
SILENCE_SECONDS = 15.0
"""A Kafka that has brought nothing for this long, of what it says it has, does not answer any more."""

Servers = Annotated[
    str,
    typer.Option(
        "--servers",
        metavar="HOST:PORT[,HOST:PORT]",
        envvar="KAFKA_BOOTSTRAP_SERVERS",
        help="Where Kafka is.",
    ),
]
"""The option of every command that needs Kafka."""
DEFAULT_SERVERS = "127.0.0.1:9092"


class NoKafka(Exception):
    """Kafka does not answer. Its text tells people where it was looked for and how to start one."""

    def __init__(self, servers: str, why: str, *, refused: bool = False) -> None:
        super().__init__(
            f"Kafka at {servers} cannot be used: {why}."
            if refused
            else f"No Kafka answers at {servers} ({why}). `touchline up` starts one together with all services; "
            "--servers HOST:PORT, or KAFKA_BOOTSTRAP_SERVERS, names another."
        )


def kafka_at(servers: str) -> KafkaSettings:
    """The Kafka at this address; how to be let in says the environment. Stops the process when that is wrong."""
    return read_settings(KafkaSettings).model_copy(update={"kafka_bootstrap_servers": servers})


class TopicReading:
    """A topic being read, all partitions from their beginning. Get one from `reading`."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], servers: str) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._servers = servers

    async def next(self, seconds: float) -> list[ConsumerRecord]:
        """What comes next; empty when nothing has come for `seconds`."""
        if not self._partitions:
            await asyncio.sleep(seconds)
            return []
        batches = await self._consumer.getmany(timeout_ms=int(seconds * 1000))
        return [record for records in batches.values() for record in records]

    async def until_now(self) -> AsyncIterator[list[ConsumerRecord]]:
        """All that the topic holds by now, and perhaps what comes meanwhile. Raises NoKafka when Kafka falls silent.

        The end that Kafka names is only a lower bound: the embedded broker names one that is too low.
        """
        if not self._partitions:
            return
        with saying_where(self._servers):
            ends = await within(CONNECT_SECONDS, self._consumer.end_offsets(self._partitions))
        silent = 0.0
        while True:
            records = await self.next(QUIET_SECONDS)
            if records:
                silent = 0.0
                yield records
                continue
            silent += QUIET_SECONDS
            with saying_where(self._servers):
                positions = {
                    each: await within(CONNECT_SECONDS, self._consumer.position(each)) for each in self._partitions
                }
            if all(positions[each] >= ends[each] for each in self._partitions):
                return
            if silent >= SILENCE_SECONDS:
                raise NoKafka(self._servers, f"it has brought nothing for {SILENCE_SECONDS:g} s")


@asynccontextmanager
async def reading(topic: str, servers: str) -> AsyncIterator[TopicReading]:
    """A topic, ready to be read; one that does not exist yet is empty. Raises NoKafka."""
    let_the_client_be_silent()
    settings = kafka_at(servers)
    with saying_where(servers):
        async with asyncio.timeout(CONNECT_SECONDS):
            standing = (await look_at([topic], settings))[topic]
    if standing.exists and not standing.allows(READ):
        raise NoKafka(servers, f"we may not read {topic}; `touchline topics acls` tells who may", refused=True)
    partitions = [TopicPartition(topic, number) for number in sorted(standing.copies)]
    async with _consumer(settings) as consumer:
        if partitions:
            consumer.assign(partitions)
        yield TopicReading(consumer, partitions, servers)


def let_the_client_be_silent() -> None:
    """Keep the Kafka client from writing to stderr itself where nobody has configured logging: we say what is wrong."""
    logger = logging.getLogger("aiokafka")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


@asynccontextmanager
async def _consumer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        client_id="touchline-onlooker",
        enable_auto_commit=False,
        # Asked to seek there, the client may yet go to the end, where it was about to begin.
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_MILLISECONDS,
        **client_arguments(settings),
    )
    try:
        with saying_where(settings.kafka_bootstrap_servers):
            await within(CONNECT_SECONDS, consumer.start())
        yield consumer
    finally:
        await stop_consumer(consumer, STOP_SECONDS)


@contextmanager
def saying_where(servers: str) -> Iterator[None]:
    """Make NoKafka of what the client raises when it cannot connect."""
    try:
        yield
    except (Refused, BrokerResponseError) as error:
        raise NoKafka(servers, in_words(error), refused=True) from error
    except TimeoutError as error:
        raise NoKafka(servers, f"no answer within {CONNECT_SECONDS:g} s") from error
    except (KafkaError, OSError) as error:
        raise NoKafka(servers, str(error) or type(error).__name__) from error
