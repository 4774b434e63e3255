"""R2, R8, R9: partitions change hands all the time, workers hang and come back, all is sent again; it counts once."""

import asyncio
import time
from math import ceil

from aiokafka import AIOKafkaProducer

from tests.faults.checking import TopicReader, lost_and_doubled, wrongly_told
from tests.faults.ground import Ground
from tests.faults.screen import say
from tests.faults.sending import Senders, course, traffic
from tests.faults.settling import until_settled
from tests.faults.table import Line, none_of
from tests.faults.tiers import Tier
from tests.live.outages.services import Service
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, AnyEvent

PAUSE_SECONDS = 11.0
"""Longer than a session of ten: the others are given its partitions, and it does not know."""
MUCH_JOURNEYS = 300
MUCH_SECONDS = 1.0
"""About so long workers have to do with them."""
RECOVERED_SECONDS = 60.0
ENDED_SECONDS = 10.0
AT_WORK_SECONDS = 0.5
"""Between two terminations of the same service, on average, beside the time it needs to be ready."""
EVENTS_IN_BETWEEN = 50


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Have workers leave, join and hang while events come in; then send everything again."""
    store = f"rebalances-{ground.name}"
    ended: list[float] = []
    recovered: list[float] = []
    async with Senders(ground, store) as senders, TopicReader(ground, EVALUATIONS) as told:
        await told.skip()
        async with traffic(senders) as more:
            changes = await _come_and_go(ground, tier, ended)
            say(f"  {len(ended)} terminations, {len(senders.accepted):,} events; now they hang")
            for number in range(tier.pauses):
                worker = ground.workers[number % len(ground.workers)]
                much = asyncio.create_task(senders.send_all(_much(senders, number)))
                await asyncio.sleep(ground.chance.uniform(0, MUCH_SECONDS))  # so that it has something in hand
                worker.pause()
                await asyncio.sleep(PAUSE_SECONDS)
                worker.resume()
                await much
                recovered.append(await worker.until(ready=True, seconds=RECOVERED_SECONDS))
                await more(EVENTS_IN_BETWEEN)
        await until_settled(ground, senders, seconds=tier.settled_seconds)
        # Before it is sent again: what was lost would be found then.
        lost, doubled = lost_and_doubled(ground, store, senders.accepted)
        evaluations = await told.evaluations(store)
        wrong = wrongly_told(evaluations, senders.accepted.values())
        for _ in range(tier.replays):
            await _send_again(ground, senders)
        await until_settled(ground, senders, seconds=tier.settled_seconds)
        await told.evaluations(store, evaluations)
    missing, again = lost_and_doubled(ground, store, senders.accepted)
    wrong_again = wrongly_told(evaluations, senders.accepted.values())
    fenced = sum(
        "another worker has gone on" in str(entry.get("event")) for each in ground.workers for entry in each.entries()
    )
    count, on = f"{len(senders.accepted):,} events", ground.name
    counted = {"lost": missing, "counted twice": again, "journeys not as the reference": len(wrong_again)}
    return [
        Line(
            promise="R8",
            on=on,
            what="SIGTERM under load, each service at times of its own",
            times=f"{len(ended)} terminations",
            counted=f"longest {max(ended):.1f} s, {lost} lost, {doubled} counted twice",
            allowed=f"{ENDED_SECONDS:g} s, 0, 0",
            holds=lost == doubled == 0,
            in_time=max(ended) <= ENDED_SECONDS,
        ),
        none_of(
            "R2",
            "workers leave and join; then all events again, whole topics",
            f"{changes} rebalances, {tier.replays} x {count}",
            counted,
            on=on,
        ),
        Line(
            promise="R9",
            on=on,
            what="workers hang beyond their session, and go on",
            times=f"{len(recovered)} pauses, {fenced} writes fenced off",
            counted=f"longest recovery {max(recovered):.1f} s, {doubled + len(wrong)} effects of who hung",
            allowed=f"{RECOVERED_SECONDS:g} s, 0",
            holds=doubled == 0 and not wrong,
            in_time=max(recovered) <= RECOVERED_SECONDS,
        ),
    ]


async def _come_and_go(ground: Ground, tier: Tier, ended: list[float]) -> int:
    """Every service is ended and started again and again, all at independent times. How often partitions changed."""
    workers, services = ground.workers, list(ground.services.values())

    async def again_and_again(service: Service, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(ground.chance.uniform(0, 2 * AT_WORK_SECONDS))
            began = time.monotonic()
            await service.end()
            ended.append(time.monotonic() - began)
            service.start()
            await service.until(ready=True)

    share = ceil(tier.terminations / len(services))
    times = {each.name: max(share, ceil(tier.rebalances / 2 / len(workers))) for each in workers}
    async with asyncio.TaskGroup() as group:
        for each in services:
            group.create_task(again_and_again(each, times.get(each.name, share)))
    return 2 * sum(times.values())


def _much(senders: Senders, number: int) -> list[AnyEvent]:
    names = [f"much-{number}-{each}" for each in range(MUCH_JOURNEYS)]
    return [event for name in names for event in course(senders, name)]


async def _send_again(ground: Ground, senders: Senders) -> None:
    """Put everything into Kafka once more, past the touchpoint services."""
    producer = AIOKafkaProducer(bootstrap_servers=ground.servers, acks="all", enable_idempotence=ground.lasting)
    await producer.start()
    try:
        sent = [
            await producer.send(TOUCHPOINTS.name, key=event.key.encode(), value=event.to_json())
            for event in senders.accepted.values()
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
