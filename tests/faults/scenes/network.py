"""R9: the network to Kafka is a black hole, slow, or cuts every connection; all goes on by itself, and counts once."""

import asyncio
import time

from tests.faults.checking import TopicReader, lost_and_doubled, wrongly_told
from tests.faults.ground import on
from tests.faults.proxy import Line as Connection
from tests.faults.sending import Senders, traffic
from tests.faults.settling import until_settled
from tests.faults.table import Line
from tests.faults.tiers import Tier
from touchline_contracts import EVALUATIONS

BLACK_HOLE_SECONDS = 20.0
"""Longer than a session, and than a request may take."""
SLOW_SECONDS = 10.0
RECOVERED_SECONDS = 60.0
EVENTS_IN_BETWEEN = 200


async def play(tier: Tier, seed: int) -> list[Line]:
    """Make the connection bad in each way, again and again, while events come in."""
    recovered: list[float] = []
    async with on("sqlite", seed=seed, proxied=True) as ground:
        assert ground.proxy is not None
        await ground.start_all()
        async with Senders(ground, "network") as senders, TopicReader(ground, EVALUATIONS) as told:
            async with traffic(senders) as more:
                for _ in range(tier.black_holes):
                    ground.proxy.turn(Connection.BLACK_HOLE)
                    await asyncio.sleep(BLACK_HOLE_SECONDS)
                    ground.proxy.turn(Connection.GOOD)
                    began = time.monotonic()
                    await ground.until_ready()
                    recovered.append(time.monotonic() - began)
                    await more(EVENTS_IN_BETWEEN)
                ground.proxy.turn(Connection.SLOW)
                await asyncio.sleep(SLOW_SECONDS)
                ground.proxy.turn(Connection.GOOD)
                for _ in range(tier.cuts):
                    ground.proxy.cut()
                    await more(EVENTS_IN_BETWEEN // 2)
            await ground.until_ready()
            await until_settled(ground, senders, seconds=tier.settled_seconds)
            evaluations = await told.evaluations(senders.store)
        lost, doubled = lost_and_doubled(ground, senders.store, senders.accepted)
        wrong = wrongly_told(evaluations, senders.accepted.values())
    return [
        Line(
            promise="R9",
            on="sqlite",
            what="the network to Kafka: black hole for 20 s, slow by .2 s each way, every connection reset",
            times=f"{tier.black_holes} black holes, {tier.cuts} cuts, {len(senders.accepted):,} events",
            counted=f"{lost} lost, {doubled} counted twice, {len(wrong)} not as the reference; "
            f"longest recovery {max(recovered):.1f} s",
            allowed=f"0, 0, 0; {RECOVERED_SECONDS:g} s",
            holds=(lost, doubled, len(wrong)) == (0, 0, 0),
            in_time=max(recovered) <= RECOVERED_SECONDS,
        )
    ]
