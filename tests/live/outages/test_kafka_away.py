"""Kafka is away, at the start, in the middle or in part: the services say so, take events, and go on by themselves."""

import signal
import time

import pytest

from tests.apache_kafka.broker import ApacheKafka
from tests.apache_kafka.cluster import ApacheKafkaCluster
from tests.live.outages.stage import NOTICED_SECONDS, all_have_said_it, nobody_had_to_try_again, nothing_lost

pytestmark = [pytest.mark.anyio, pytest.mark.live]

EVENTS = 200


async def test_kafka_comes_after_the_services(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        await kafka.renew()  # an address where nobody is yet
        services = await stage.greeting_and_worker(ready=False)
        await services[0].until_taking_events()
        async with stage.traffic() as traffic:
            for service in services:
                await service.until(ready=False)
            await traffic.more(EVENTS)  # while there is nobody to hand them on to
            await kafka.start()
            since = time.monotonic()
            await traffic.more(EVENTS)
            for service in services:
                await service.until(ready=True)
            stage.ready_again(since)

        nothing_lost(await stage.count(since=since))
        nobody_had_to_try_again(stage.outcome)
        all_have_said_it(stage.outcome)


async def test_kafka_is_killed_and_comes_back(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        services = await stage.greeting_and_worker()
        async with stage.traffic() as traffic:
            await traffic.more(EVENTS)
            await kafka.kill()
            for service in services:
                await service.until(ready=False, seconds=NOTICED_SECONDS)
            await traffic.more(EVENTS)  # while there is nobody to hand them on to
            await kafka.start()
            since = time.monotonic()
            await traffic.more(EVENTS)
            for service in services:
                await service.until(ready=True)
            stage.ready_again(since)

        nothing_lost(await stage.count(since=since))
        nobody_had_to_try_again(stage.outcome)
        all_have_said_it(stage.outcome)


async def test_one_of_three_brokers_is_killed(play):
    async with ApacheKafkaCluster(3) as kafka, play(kafka.bootstrap_servers, replication_factor=3) as stage:
        services = await stage.greeting_and_worker()
        async with stage.traffic() as traffic:
            await traffic.more(EVENTS)
            await kafka.brokers[0].kill()
            since = time.monotonic()
            await traffic.more(2 * EVENTS)
            for service in services:
                await service.until(ready=True)

        nothing_lost(await stage.count(since=since))


async def test_who_takes_events_is_killed_while_kafka_is_away(play):
    async with ApacheKafka() as kafka, play(kafka.bootstrap_servers) as stage:
        greeting, worker = await stage.greeting_and_worker()
        async with stage.traffic() as traffic:
            await traffic.more(EVENTS)
            await kafka.kill()
            await traffic.more(EVENTS)
            await greeting.end(signal.SIGKILL)
            greeting.start()
            await traffic.more(EVENTS)  # what it has had on disk is before these
            await kafka.start()
            since = time.monotonic()
            for service in (greeting, worker):
                await service.until(ready=True)
            stage.ready_again(since)
            await stage.until_flowing(traffic, since=since)

        outcome = await stage.count(since=since)
        assert (outcome.lost, outcome.doubled, outcome.wrongly_told) == (0, 0, 0)
