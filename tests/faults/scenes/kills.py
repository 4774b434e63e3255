"""R1, R2, R3: whatever is killed, nothing accepted is lost, nothing counts twice, and everybody is told once."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from services.alerts.entrypoints.delivering import AT_ONCE
from tests.apache_kafka.broker import ApacheKafka
from tests.faults.checking import TopicReader, lost_and_doubled, notified, wrongly_told
from tests.faults.ground import TOUCHPOINTS, Ground
from tests.faults.screen import say
from tests.faults.sending import Senders, traffic
from tests.faults.settling import until_settled
from tests.faults.table import Line, none_of
from tests.faults.tiers import Tier
from tests.live.outages.services import Service
from touchline_contracts import EVALUATIONS

BACK_SECONDS = 20.0
KILLS_IN_A_LINE = 25


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Kill every process, Kafka and the database in turns while events are accepted."""
    store = f"kills-{ground.name}"
    async with Senders(ground, store) as senders, TopicReader(ground, EVALUATIONS) as told:
        await told.skip()
        began, killed = time.monotonic(), Counter[str]()
        async with traffic(senders, at_once=tier.journeys_at_once, per_second=tier.events_per_second) as more:
            if tier.at_once:
                await _each_by_itself(ground, tier, senders, killed)
            else:
                await _in_turns(ground, tier, senders, killed, more)
            # As many as are wanted, in a second minute or two if they were not accepted meanwhile.
            with suppress(TimeoutError):
                async with asyncio.timeout(tier.kill_seconds / 4):
                    await more(max(tier.events - len(senders.accepted), 1))
        seconds = time.monotonic() - began
        say(f"  {len(senders.accepted):,} accepted; waiting until they are worked off")
        waited = await until_settled(ground, senders, seconds=tier.settled_seconds)
        say(f"  worked off after {waited:.0f} s; checking")
        evaluations = await told.evaluations(store)
    lost, doubled = lost_and_doubled(ground, store, senders.accepted)
    wrong = wrongly_told(evaluations, senders.accepted.values())
    for each in wrong[:5]:
        say(f"  {each}")
    phone = notified(ground, evaluations, store)
    on, under_way = ground.name, AT_ONCE * (killed["alerts"] + killed["PostgreSQL"])
    times = f"{killed.total()} kills, {len(senders.accepted):,} events in {seconds:.0f} s"
    return [
        none_of("R1", "kill -9 of " + ", ".join(["each service", *_others(ground)]), times, {"lost": lost}, on=on),
        none_of(
            "R2",
            "the same, with senders that repeat themselves",
            f"{senders.repeated:,} repeats, {len(evaluations):,} journeys",
            {"counted twice": doubled, "journeys not as the reference": len(wrong)},
            on=on,
        ),
        Line(
            promise="R3",
            on=on,
            what="the same: incidents told",
            times=f"{phone.incidents:,} incidents",
            counted=f"{phone.undelivered} undelivered, {phone.strangers} second ids, {phone.repeats} repeats",
            allowed=f"0, 0, {under_way}",
            holds=(phone.undelivered, phone.strangers) == (0, 0) and phone.incidents > 0 and phone.repeats <= under_way,
        ),
    ]


async def _in_turns(
    ground: Ground, tier: Tier, senders: Senders, killed: Counter[str], more: Callable[[int], Awaitable[None]]
) -> None:
    """One after the other, each about as often; in between, the same number of events is accepted."""
    victims = _victims(ground)
    deck = [victims[number % len(victims)] for number in range(tier.kills)]
    ground.chance.shuffle(deck)
    for victim in deck:
        await more(tier.events // (tier.kills + 1))
        name = await _kill(ground, victim)
        killed[name] += 1
        say(f"  {len(senders.accepted):>7,} accepted, {name} killed")


async def _each_by_itself(ground: Ground, tier: Tier, senders: Senders, killed: Counter[str]) -> None:
    """All at independent times, until it was enough: each soon after it has come back from the last time."""
    enough = asyncio.Event()

    async def again_and_again(victim: Service | str) -> None:
        while not enough.is_set():
            await asyncio.sleep(ground.chance.uniform(0, 2 * _at_work_seconds(victim)))
            if enough.is_set():
                return
            name = await _kill(ground, victim)
            killed[name] += 1
            if killed.total() >= tier.kills:
                enough.set()
            if killed.total() % KILLS_IN_A_LINE == 0:
                say(f"  {killed.total()} kills, {len(senders.accepted):,} accepted")
            if isinstance(victim, Service):
                await _back(victim)

    async with asyncio.TaskGroup() as group:
        for victim in _victims(ground):
            group.create_task(again_and_again(victim))
        with suppress(TimeoutError):
            await asyncio.wait_for(enough.wait(), tier.kill_seconds)
        enough.set()
    say("  " + ", ".join(f"{name} {count}" for name, count in sorted(killed.items())))


async def _back(service: Service) -> None:
    """Wait until it is at work again, but not for long: one that waits for Kafka may die as well."""
    with suppress(TimeoutError):
        async with asyncio.timeout(BACK_SECONDS):
            await (service.until_answering() if service.name in TOUCHPOINTS else service.until_taking_events())


def _at_work_seconds(victim: Service | str) -> float:
    """How long it works between two deaths, on average: whoever joins a group does nothing else for ten seconds."""
    if isinstance(victim, Service):
        return 1.0 if victim.name in TOUCHPOINTS else 6.0
    return 15.0 if victim == "Kafka" else 6.0


def _victims(ground: Ground) -> list[Service | str]:
    return [*ground.services.values(), *_others(ground)]


def _others(ground: Ground) -> list[str]:
    """What else may die without a loss."""
    return ["Kafka"] * ground.lasting + ["PostgreSQL"] * (ground.cluster is not None)


async def _kill(ground: Ground, victim: Service | str) -> str:
    if isinstance(victim, Service):
        await ground.kill(victim)
        return victim.name
    if isinstance(ground.kafka, ApacheKafka) and victim == "Kafka":
        await ground.kafka.kill()
        await ground.kafka.start()
    elif ground.cluster is not None:
        await asyncio.to_thread(ground.cluster.kill)
        await asyncio.to_thread(ground.cluster.start)
    return victim
