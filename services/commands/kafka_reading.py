"""Reading a topic from its beginning as an onlooker: no group, no commits, nothing that anybody else would notice."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

CONNECT_SECONDS = 10.0
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

    def __init__(self, servers: str, why: str) -> None:
        super().__init__(
            f"No Kafka answers at {servers} ({why}). `touchline up` starts one together with all services; "
            "--servers HOST:PORT, or KAFKA_BOOTSTRAP_SERVERS, names another."
        )


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
        ends = await self._consumer.end_offsets(self._partitions)
        silent = 0.0
        while True:
            records = await self.next(QUIET_SECONDS)
            if records:
                silent = 0.0
                yield records
                continue
            silent += QUIET_SECONDS
            positions = {each: await self._consumer.position(each) for each in self._partitions}
            if all(positions[each] >= ends[each] for each in self._partitions):
                return
            if silent >= SILENCE_SECONDS:
                raise NoKafka(self._servers, f"it has brought nothing for {SILENCE_SECONDS:g} s")


@asynccontextmanager
async def reading(topic: str, servers: str) -> AsyncIterator[TopicReading]:
    """A topic, ready to be read; one that does not exist yet is empty. Raises NoKafka."""
    async with _consumer(servers) as consumer:
        # Asked of all topics first: to ask for the partitions of one that is missing could create it.
        known = topic in await consumer.topics()
        partitions = await _partitions(topic, servers) if known else []
        if partitions:
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
        yield TopicReading(consumer, partitions, servers)


async def require_kafka(servers: str) -> None:
    """Return when Kafka answers. Raises NoKafka."""
    let_the_client_be_silent()
    with _saying_where(servers):
        admin = AIOKafkaAdminClient(bootstrap_servers=servers)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await admin.start()
        finally:
            await admin.close()


def let_the_client_be_silent() -> None:
    """Keep the Kafka client from writing to stderr itself where nobody has configured logging: we say what is wrong."""
    logger = logging.getLogger("aiokafka")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


async def _partitions(topic: str, servers: str) -> list[TopicPartition]:
    # The consumer itself learns the partitions only of topics it is assigned to; the embedded broker tells it of all.
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    try:
        with _saying_where(servers):
            async with asyncio.timeout(CONNECT_SECONDS):
                await admin.start()
                (description,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, number) for number in sorted(each["partition"] for each in description["partitions"])]


@asynccontextmanager
async def _consumer(servers: str) -> AsyncIterator[AIOKafkaConsumer]:
    let_the_client_be_silent()
    with _saying_where(servers):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=servers,
            client_id="touchline-onlooker",
            enable_auto_commit=False,
            fetch_max_wait_ms=FETCH_MILLISECONDS,
        )
    try:
        with _saying_where(servers):
            async with asyncio.timeout(CONNECT_SECONDS):
                await consumer.start()
        yield consumer
    finally:
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                await consumer.stop()


@contextmanager
def _saying_where(servers: str) -> Iterator[None]:
    """Make NoKafka of what the client raises when it cannot connect."""
    try:
        yield
    except ValueError as error:
        raise NoKafka(servers, f"this is not written as HOST:PORT: {error}") from error
    except TimeoutError as error:
        raise NoKafka(servers, f"no answer within {CONNECT_SECONDS:g} s") from error
    except (KafkaError, OSError) as error:
        raise NoKafka(servers, "nobody accepts the connection") from error
