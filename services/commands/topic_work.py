"""The topics of a cluster looked at and changed, step by step, by whoever may administer them."""

import asyncio
import time
from collections.abc import Sequence

from aiokafka.admin import NewPartitions
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import NoError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.admin import DescribeConfigsRequest

from services.chassis.kafka_requests import ChangeSettings
from services.chassis.kafka_settings import KafkaSettings
from services.chassis.reaching import Refused, connected
from services.chassis.topics import admin_client, create, look_at
from services.commands.topic_plan import Step, steps_for
from touchline_contracts import TOPICS

SHOWN_SECONDS = 10.0
"""How long Kafka may take to show what it has done."""
TOPIC = 2
"""Kafka's number for this kind of resource."""


async def plan(settings: KafkaSettings, *, add_partitions: bool) -> list[Step]:
    """What there is to do, topic by topic. Raises Unreachable, Refused and KafkaError."""
    standings = await look_at([topic.name for topic in TOPICS], settings)
    hidden = [name for name, standing in standings.items() if standing.hidden]
    if hidden:
        raise Refused(f"we may not see {', '.join(hidden)}; `touchline topics acls topics` tells what this needs")
    async with connected(settings) as connection:
        present = {
            topic.name: await _settings_of(topic.name, connection) if standings[topic.name].exists else {}
            for topic in TOPICS
        }
    return [
        step
        for topic in TOPICS
        for step in steps_for(
            topic,
            standings[topic.name],
            present[topic.name],
            replication_factor=settings.kafka_replication_factor,
            add_partitions=add_partitions,
        )
    ]


async def carry_out(steps: Sequence[Step], settings: KafkaSettings) -> list[Step]:
    """Do what a plan says, and return what is left to do once Kafka shows it done: what has to be done by hand.

    Raises Unreachable, Refused and KafkaError.
    """
    for topic in TOPICS:
        todo = {step.about: step for step in steps if step.topic == topic.name and step.action in ("create", "change")}
        if not todo:
            continue
        async with admin_client(settings) as admin:
            if "topic" in todo:
                await create(admin, topic, settings.kafka_replication_factor)
            if "partitions" in todo:
                await admin.create_partitions({topic.name: NewPartitions(topic.partitions)})
        changes = {about: step.stated for about, step in todo.items() if about not in {"topic", "partitions"}}
        if changes:
            async with connected(settings) as connection:
                answer = await connection.send(ChangeSettings(topic.name, changes))
            for code, message, *_ in answer.resources:
                if for_code(code) is not NoError:
                    raise for_code(code)(f"{topic.name}: {message}")
    return await _once_shown(steps, settings)


async def _once_shown(steps: Sequence[Step], settings: KafkaSettings) -> list[Step]:
    """What is left to do. Brokers learn a little later than the controller what has been changed."""
    add_partitions = any(step.about == "partitions" and step.action == "change" for step in steps)
    until = time.monotonic() + SHOWN_SECONDS
    while True:
        late = time.monotonic() > until
        try:
            left = await plan(settings, add_partitions=add_partitions)
        except UnknownTopicOrPartitionError:  # of two brokers that were asked one does not know it yet
            if late:
                raise
        else:
            if late or all(step.action in ("leave", "by hand") for step in left):
                return left
        await asyncio.sleep(0.1)


async def _settings_of(topic: str, connection: AIOKafkaConnection) -> dict[str, str]:
    answer = await connection.send(DescribeConfigsRequest([(TOPIC, topic, None)]))
    settings = {}
    for code, message, _, name, entries in answer.resources:
        if for_code(code) is not NoError:
            raise for_code(code)(f"{name}: {message}")
        settings.update({setting: value for setting, value, *_ in entries if value is not None})
    return settings
