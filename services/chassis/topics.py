"""Topics as the cluster has them, and as the contracts state them: looked at, created, and what we may do with them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from faststream.kafka import KafkaBroker

from services.chassis.kafka_requests import NOT_TOLD, READ, WRITE, WhatWeMayDo
from services.chassis.kafka_settings import KafkaSettings
from services.chassis.reaching import (
    WHO_NEEDS_WHAT,
    Refused,
    Unreachable,
    connect,
    connected,
)
from services.chassis.security import REQUEST_TIMEOUT_MILLISECONDS, client_arguments, security_arguments
from touchline_contracts import Topic

MILLISECONDS_A_DAY = 86_400_000
SHOWN_SECONDS = 5.0
SAFE_COPIES = 3
"""With so many copies of a topic, a message counts once two have it: one may be lost, and one may be away."""


def stated_settings(topic: Topic, replication_factor: int) -> dict[str, str]:
    """The settings that the contracts state for a topic, under Kafka's names for them."""
    settings = {"cleanup.policy": topic.cleanup, "max.message.bytes": str(topic.largest_message_bytes)}
    if topic.retention_days is not None:
        settings["retention.ms"] = str(topic.retention_days * MILLISECONDS_A_DAY)
    if replication_factor >= SAFE_COPIES:
        settings["min.insync.replicas"] = "2"
    return settings


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one topic stands for us."""

    exists: bool = True
    hidden: bool = False
    """Kafka does not let us see it: we may do nothing with it."""
    copies: Mapping[int, int] = field(default_factory=dict)
    """By partition, how many replicas it has."""
    operations: int = NOT_TOLD

    def allows(self, operation: int) -> bool:
        """Whether we may do this; where Kafka does not tell, we take it that we may."""
        return not self.hidden and (self.operations == NOT_TOLD or bool(self.operations & operation))


async def prepare(
    broker: KafkaBroker, settings: KafkaSettings, *, reads: Sequence[Topic], writes: Sequence[Topic]
) -> None:
    """As `make_sure`; and give `broker` what may have changed since the last attempt: password and certificates."""
    await make_sure(settings, reads=reads, writes=writes)
    # FastStream offers no way to give a broker other credentials than those that it was made with.
    broker._connection_kwargs.update(security_arguments(settings))  # noqa: SLF001


async def make_sure(settings: KafkaSettings, *, reads: Sequence[Topic], writes: Sequence[Topic]) -> None:
    """Make sure that Kafka takes us, that the topics are there and that we may read and write them.

    Raises Unreachable, and Refused with what somebody has to put right.
    """
    standings = await look_at([topic.name for topic in (*reads, *writes)], settings)
    missing = [topic for topic in dict.fromkeys([*reads, *writes]) if not standings[topic.name].exists]
    if missing and settings.kafka_create_topics:
        await create_topics(settings, missing)
    elif missing:
        raise Refused(_missing(missing, "TOUCHLINE_KAFKA_CREATE_TOPICS is false"))
    wanted = [(topic, READ, "read") for topic in reads] + [(topic, WRITE, "write") for topic in writes]
    denied = [
        f"{word} {topic.name}" for topic, operation, word in wanted if not standings[topic.name].allows(operation)
    ]
    if denied:
        who = f"user {settings.kafka_user!r}" if settings.kafka_user else "this service"
        raise Refused(f"Kafka does not allow {who} to {' or to '.join(denied)}; {WHO_NEEDS_WHAT}")


async def look_at(names: Iterable[str], settings: KafkaSettings) -> dict[str, Standing]:
    """How topics stand for us, by name. To look creates none. Raises Unreachable and Refused."""
    async with connected(settings) as connection:
        try:
            answer = await connection.send(WhatWeMayDo(sorted(set(names))))
        except (KafkaError, TimeoutError) as error:
            raise Unreachable(f"{connection.host}:{connection.port} does not tell its topics ({error})") from error
        await _reach_any(answer.brokers, (connection.host, connection.port), settings)
    standings = {}
    for code, name, _, partitions, operations in answer.topics:
        missing = for_code(code) is UnknownTopicOrPartitionError
        standings[name] = Standing(
            exists=not missing,
            hidden=for_code(code) is TopicAuthorizationFailedError,
            copies={number: len(replicas) for _, number, _, _, replicas, *_ in partitions},
            operations=NOT_TOLD if missing else operations,
        )
    return standings


async def _reach_any(
    brokers: Iterable[tuple[int, str, int, str | None]], known: tuple[str, int], settings: KafkaSettings
) -> None:
    """Raise why none of the brokers can be reached at the address that it advertises; that can be another one."""
    failure: Exception | None = None
    for _, host, port, _ in brokers:
        if (host, port) == known:
            return
        try:
            (await connect(host, port, settings, security_arguments(settings))).close()
        except ConnectionError as error:
            failure = failure or error
        else:
            return
    if failure is not None:
        raise failure


async def create_topics(settings: KafkaSettings, topics: Iterable[Topic]) -> None:
    """Create those topics that do not exist yet, as the contracts state them. Raises Refused and Unreachable."""
    async with admin_client(settings) as admin:
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        for topic in missing:
            try:
                await create(admin, topic, settings.kafka_replication_factor)
            except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError) as error:
                raise Refused(_missing([topic], "we may not create it")) from error
            except KafkaError as error:
                raise Refused(_missing([topic], f"Kafka does not create it: {error}")) from error
        await _until_shown({topic.name for topic in missing}, admin)


async def _until_shown(names: set[str], admin: AIOKafkaAdminClient) -> None:
    """Return once brokers tell of these topics: they learn a little later than the controller what was created."""
    with suppress(TimeoutError):  # then who uses them waits
        async with asyncio.timeout(SHOWN_SECONDS):
            while not names <= set(await admin.list_topics()):  # noqa: ASYNC110  # Kafka tells only who asks
                await asyncio.sleep(0.05)


async def create(admin: AIOKafkaAdminClient, topic: Topic, replication_factor: int) -> None:
    """Create one topic; that another process has just done so is as good. Raises KafkaError."""
    response = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                replication_factor=replication_factor,
                topic_configs=stated_settings(topic, replication_factor),
            )
        ]
    )
    for _, code, *message in response.topic_errors:
        error = for_code(code)
        if error not in (NoError, TopicAlreadyExistsError):
            raise error(*message)


@asynccontextmanager
async def admin_client(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected client for administration. Raises Unreachable and Refused when it cannot connect."""
    admin = AIOKafkaAdminClient(
        client_id="touchline-topics",
        request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
        **client_arguments(settings),
    )
    try:
        try:
            await admin.start()
        except KafkaError as error:
            async with connected(settings):  # raises why, in words
                raise Unreachable(str(error)) from error
        yield admin
    finally:
        await admin.close()


def _missing(topics: Sequence[Topic], why: str) -> str:
    names = ", ".join(topic.name for topic in topics)
    are_missing = f"topics {names} are missing" if len(topics) > 1 else f"topic {names} is missing"
    return f"{are_missing} ({why}): run `touchline topics apply`"
