"""R1, R2, R3: whatever is killed, nothing accepted is lost, nothing counts twice, and everybody is told once."""

import signal
import sys
import time
from collections import Counter

from services.alerts.entrypoints.delivering import AT_ONCE
from tests.apache_kafka.broker import ApacheKafka
from tests.faults.checking import TopicReader, journeys, lost_and_doubled, notified, wrongly_told
from tests.faults.ground import Ground
from tests.faults.sending import Senders, traffic
from tests.faults.settling import until_settled
from tests.faults.table import Line, none_of
from tests.faults.tiers import Tier
from tests.live.outages.services import Service
from touchline_contracts import EVALUATIONS


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Kill every process, Kafka and the database in turns while events are accepted."""
    store = f"kills-{ground.name}"
    async with Senders(ground, store) as senders, TopicReader(ground, EVALUATIONS) as told:
        await told.skip()
        began, killed = time.monotonic(), Counter[str]()
        async with traffic(senders) as more:
            for victim in _order(ground, tier.kills):
                await more(tier.events // (tier.kills + 1))
                name = await _kill(ground, victim)
                killed[name] += 1
                sys.stdout.write(f"  {len(senders.accepted):>7,} accepted, {name} killed\n")
                sys.stdout.flush()
            await more(max(tier.events - len(senders.accepted), 1))
        seconds = time.monotonic() - began
        await ground.until_ready()
        await until_settled(ground, senders)
        evaluations = journeys(await told.rest(), store)
    lost, doubled = lost_and_doubled(ground, store, senders.accepted)
    wrong = wrongly_told(evaluations, senders.accepted.values())
    for each in wrong[:5]:
        sys.stdout.write(f"  {each}\n")
    phone = notified(ground, evaluations, store)
    on, under_way = ground.name, AT_ONCE * (killed["alerts"] + killed["PostgreSQL"])
    times = f"{tier.kills} kills, {len(senders.accepted):,} events in {seconds:.0f} s"
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


def _order(ground: Ground, kills: int) -> list[Service | str]:
    victims: list[Service | str] = [*ground.services.values(), *_others(ground)]
    deck = [victims[number % len(victims)] for number in range(kills)]
    ground.chance.shuffle(deck)
    return deck


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
        ground.cluster.stop(signal.SIGQUIT)  # as good as a crash: it writes nothing, and recovers from its log
        ground.cluster.start()
    return victim
