"""Topics, or the whole cluster, are deleted and made again: offsets begin at 0, and nothing new is taken for old."""

import time

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.chassis.broker import create_topics
from services.chassis.settings import ProcessSettings
from tests.apache_kafka.broker import ApacheKafka
from tests.live.outages.stage import NOTICED_SECONDS, all_have_said_it, nothing_lost
from touchline_contracts import TOPICS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

BEFORE = 200
MORE_THAN_BEFORE = 400
"""So that the new topic goes beyond the offsets that were stored for the old one."""


async def test_topics_are_made_again_while_the_service_runs(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        greeting, worker = await stage.greeting_and_worker()
        async with stage.traffic("before") as traffic:
            await traffic.more(BEFORE)
        # What nobody has read goes with its topic, so all is read first.
        nothing_lost(await stage.count())

        await delete_topics(kafka)
        # The greeting service, with nothing to do, need not notice: it makes the topic again when it has.
        await worker.until(ready=False, seconds=NOTICED_SECONDS)
        await create_topics(ProcessSettings(kafka_bootstrap_servers=kafka.bootstrap_servers), TOPICS)
        since = time.monotonic()
        async with stage.traffic("after") as traffic:
            await traffic.more(MORE_THAN_BEFORE)
            for service in (greeting, worker):
                await service.until(ready=True)
            stage.ready_again(since)

        nothing_lost(await stage.count(since=since, told=traffic.accepted))
        assert stage.outcome.said[1] >= 1


async def test_topics_are_made_again_while_the_service_is_down(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        greeting, worker = await stage.greeting_and_worker()
        async with stage.traffic("before") as traffic:
            await traffic.more(BEFORE)
        nothing_lost(await stage.count())
        await worker.end()

        await delete_topics(kafka)
        await create_topics(ProcessSettings(kafka_bootstrap_servers=kafka.bootstrap_servers), TOPICS)
        async with stage.traffic("after") as traffic:
            await traffic.more(MORE_THAN_BEFORE)
            worker.start()
            since = time.monotonic()
            await worker.until(ready=True)
            stage.ready_again(since)
            await greeting.until(ready=True)
            await traffic.more(BEFORE)

        nothing_lost(await stage.count(since=since, told=traffic.accepted))


async def test_another_cluster_comes_to_the_same_address(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        services = await stage.greeting_and_worker()
        async with stage.traffic("before") as traffic:
            await traffic.more(BEFORE)
        nothing_lost(await stage.count())

        await kafka.renew()
        for service in services:
            await service.until(ready=False, seconds=NOTICED_SECONDS)
        await kafka.start()
        since = time.monotonic()
        async with stage.traffic("after") as traffic:
            await traffic.more(MORE_THAN_BEFORE)
            for service in services:
                await service.until(ready=True)
            stage.ready_again(since)

        nothing_lost(await stage.count(since=since, told=traffic.accepted))
        all_have_said_it(stage.outcome)


async def delete_topics(kafka):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([topic.name for topic in TOPICS])
    finally:
        await admin.close()
