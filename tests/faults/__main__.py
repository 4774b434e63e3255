"""`make faults`: processes and Kafka are killed, one after the other, while events come in; then it is counted.

The senders are told 202 or try again; what they were told is the only truth here. Who counts reads the experience
service's database, and what it has told Kafka.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.apache_kafka.broker import ApacheKafka
from tests.live.outages.services import Service
from tests.live.outages.stage import Outcome, Stage


async def played(*, kills: int, events: int, seed: int, folder: Path) -> tuple[Outcome, Counter[str]]:
    """Kill something `kills` times while `events` are accepted. What was counted, and how often what was killed."""
    killed: Counter[str] = Counter()
    async with ApacheKafka() as kafka, Stage(kafka.bootstrap_servers, folder, f"{kills} kills, seed {seed}") as stage:
        await stage.greeting_and_worker()
        await stage.start("experience", "experience-2")
        await stage.start("alerts", "alerts", TOUCHLINE_DATABASE=str(folder / "alerts.db"))
        for service in stage.services:
            await service.until(ready=True)
        async with stage.traffic() as traffic:
            for victim in order([*stage.services, kafka], kills, seed):
                await traffic.more(events // (kills + 1))
                name = await kill(victim)
                killed[name] += 1
                sys.stdout.write(f"{len(traffic.accepted):>7,} accepted, {name} is killed\n")
                sys.stdout.flush()
            await traffic.more(events - len(traffic.accepted))
            since = time.monotonic()
            for service in stage.services:
                await service.until(ready=True)
        return await stage.count(since=since), killed


def order(victims: list[Service | ApacheKafka], kills: int, seed: int) -> list[Service | ApacheKafka]:
    """Whom to kill: each as often as the others, in an order that the seed decides."""
    deck = [victims[number % len(victims)] for number in range(kills)]
    random.Random(seed).shuffle(deck)  # noqa: S311  # an order, not a secret
    return deck


async def kill(victim: Service | ApacheKafka) -> str:
    """Kill with SIGKILL, and start again. Returns its name."""
    if isinstance(victim, ApacheKafka):
        await victim.kill()
        await victim.start()
        return "Kafka"
    await victim.end(signal.SIGKILL)
    victim.start()
    return victim.name


def main() -> int:
    """Play it, and print what was counted; 1 when anything was lost, doubled or told wrongly."""
    options = argparse.ArgumentParser(prog="make faults", description=__doc__)
    options.add_argument("--kills", type=int, default=30)
    options.add_argument("--events", type=int, default=20_000, help="How many are to be accepted at least.")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = options.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="touchline-faults-") as folder:
        outcome, killed = asyncio.run(
            played(kills=given.kills, events=given.events, seed=given.seed, folder=Path(folder))
        )
    times = ", ".join(f"{name} {count}" for name, count in sorted(killed.items()))
    sys.stdout.write(f"\n{Outcome.head()}\n{outcome}\n\nkilled: {times}; {time.monotonic() - began:.0f} s\n")
    return 1 if (outcome.lost, outcome.doubled, outcome.wrongly_told) != (0, 0, 0) else 0


if __name__ == "__main__":
    sys.exit(main())
