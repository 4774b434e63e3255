"""Every user tries everything with every topic and group, straight at Kafka: what is not theirs is refused."""

from collections.abc import Awaitable, Callable

import pytest
from aiokafka.admin import NewTopic
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.admin import CreateTopicsRequest, DeleteTopicsRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from services.chassis.broker import kafka_broker
from services.chassis.kafka_requests import ChangeSettings, WhatWeMayDo
from services.chassis.producing import Message, Producing
from services.chassis.reaching import connected
from services.chassis.topics import admin_client
from services.commands.acls import WHO
from tests.apache_kafka.secured import ADMIN
from tests.live.security.conftest import NEWCOMER, Secured
from touchline_contracts import TOPICS, TOUCHPOINTS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

FOREIGN = "payroll"
"""A topic of somebody else's in the same cluster."""
PLACES = (*(topic.name for topic in TOPICS), FOREIGN)
GROUPS = ("touchline-experience", "touchline-alerts", "payroll")

# Written by hand, and not read from the contracts, so that a slip there does not agree with itself.
TOUCHPOINT_SERVICES = ("greeting", "handoff", "delivery", "cleanliness", "promises", "recovery", "feedback")
WRITES = {
    **{f"touchline-{name}": {"touchline.touchpoints"} for name in TOUCHPOINT_SERVICES},
    "touchline-experience": {"touchline.touchpoints", "touchline.evaluations", "touchline.dead-letters"},
    "touchline-alerts": {"touchline.alerts", "touchline.dead-letters"},
    "touchline-concepts": {"touchline.touchpoints"},
    "touchline-replay": {"touchline.touchpoints"},
    "touchline-resend": {"touchline.touchpoints", "touchline.evaluations"},
}
READS = {
    "touchline-experience": {"touchline.touchpoints"},
    "touchline-alerts": {"touchline.evaluations"},
    "touchline-replay": {"touchline.evaluations", "touchline.alerts"},
    "touchline-dead-letters": {"touchline.dead-letters"},
    "touchline-resend": {"touchline.dead-letters"},
}
IN_GROUP = {"touchline-experience": {"touchline-experience"}, "touchline-alerts": {"touchline-alerts"}}
ADMINISTERS = {"touchline-topics": {topic.name for topic in TOPICS}}
USERS = (*(f"touchline-{name}" for name in WHO), NEWCOMER)

REFUSALS = {TopicAuthorizationFailedError, GroupAuthorizationFailedError, ClusterAuthorizationFailedError}
Attempt = Callable[[AIOKafkaConnection, str], Awaitable[int]]


def batch() -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
    builder.append(0, 1_700_000_000_000, b"key", b"{}", [])
    return bytes(builder.build())


async def write(connection: AIOKafkaConnection, topic: str) -> int:
    answer = await connection.send(ProduceRequest(None, -1, 5000, [(topic, [(0, batch())])]))
    return int(answer.to_object()["topics"][0]["partitions"][0]["error_code"])


async def read(connection: AIOKafkaConnection, topic: str) -> int:
    answer = await connection.send(FetchRequest(0, 0, 1 << 20, 0, [(topic, [(0, 0, 1 << 20)])]))
    return int(answer.topics[0][1][0][1])


async def see(connection: AIOKafkaConnection, topic: str) -> int:
    return int((await connection.send(WhatWeMayDo([topic]))).topics[0][0])


async def alter(connection: AIOKafkaConnection, topic: str) -> int:
    return int((await connection.send(ChangeSettings(topic, {"segment.bytes": "104857600"}))).resources[0][0])


async def delete(connection: AIOKafkaConnection, topic: str) -> int:
    return int((await connection.send(DeleteTopicsRequest([topic], 5000))).topic_error_codes[0][1])


async def create(connection: AIOKafkaConnection, topic: str) -> int:
    new = [(f"{topic}-of-mine", 1, 1, [], [])]
    return int((await connection.send(CreateTopicsRequest(new, 5000, validate_only=False))).topic_errors[0][1])


async def be_in_group(connection: AIOKafkaConnection, group: str) -> int:
    return int((await connection.send(HeartbeatRequest(group, 1, "somebody"))).error_code)


ATTEMPTS: dict[str, tuple[Attempt, tuple[str, ...]]] = {
    "write": (write, PLACES),
    "read": (read, PLACES),
    "see": (see, PLACES),
    "alter": (alter, PLACES),
    "be in group": (be_in_group, GROUPS),
    "create": (create, PLACES),
    "delete": (delete, PLACES),  # at the end: what should not be possible does the least harm there
}


def allowed(user: str, what: str, place: str) -> bool:
    rights = {"write": WRITES, "read": READS, "alter": ADMINISTERS, "be in group": IN_GROUP}
    if what == "see":
        return any(place in each.get(user, ()) for each in (WRITES, READS, ADMINISTERS))
    return place in rights.get(what, {}).get(user, ())


@pytest.fixture(scope="module")
async def with_a_neighbour(furnished: Secured) -> Secured:
    async with admin_client(furnished.settings(ADMIN)) as admin:
        await admin.create_topics([NewTopic(FOREIGN, 1, 1)])
    return furnished


async def test_everybody_may_do_what_they_need_and_nothing_else(with_a_neighbour: Secured, record_property) -> None:
    leaks, missed, tried, granted = [], [], 0, 0
    for user in USERS:
        async with connected(with_a_neighbour.settings(user)) as connection:
            for what, (attempt, places) in ATTEMPTS.items():
                for place in places:
                    refused = for_code(await attempt(connection, place)) in REFUSALS
                    tried += 1
                    granted += not refused
                    if refused is allowed(user, what, place):
                        (missed if refused else leaks).append(f"{user} {what} {place}")

    print(f"\n{tried} attempts by {len(USERS)} users, {granted} granted, {len(leaks)} leaks, {len(missed)} missed")  # noqa: T201
    assert leaks == []
    assert missed == []
    assert tried == len(USERS) * (6 * len(PLACES) + len(GROUPS))


async def test_the_attempts_succeed_for_who_may_do_everything(with_a_neighbour: Secured) -> None:
    """Else a refusal would prove nothing."""
    async with connected(with_a_neighbour.settings(ADMIN)) as connection:
        codes = {
            (what, place): for_code(await attempt(connection, place))
            for what, (attempt, places) in ATTEMPTS.items()
            if what != "delete"
            for place in places
        }

    assert not REFUSALS & set(codes.values())


async def test_a_service_without_any_right_but_its_own_writes_idempotently_to_all_in_sync_replicas(
    furnished: Secured,
) -> None:
    settings = furnished.settings("touchline-greeting")
    broker = kafka_broker(settings, client="greeting")
    await broker.start()
    try:
        producing = Producing(broker, TOUCHPOINTS.name)
        outcomes = await producing.publish([Message(b"riga-1/idempotent", b"{}")])
        client = broker.config.producer._producer.producer  # noqa: SLF001  # what FastStream really made
    finally:
        await broker.stop()
    ((_, partition), offset) = next(iter(producing.acknowledged.items()))
    async with connected(furnished.settings("touchline-experience")) as connection:
        answer = await connection.send(
            FetchRequest(0, 1, 1 << 20, 0, [(TOUCHPOINTS.name, [(partition, offset, 1 << 20)])])
        )

    assert outcomes == [None]
    assert client._sender._acks == -1  # noqa: SLF001
    stored = MemoryRecords(answer.topics[0][1][0][-1]).next_batch()
    assert stored.producer_id >= 0, "Kafka numbers idempotent producers, and no others"
