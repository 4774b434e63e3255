"""R6: what nobody can read is set aside with its bytes, and stops nobody."""

import time
from collections import Counter

from aiokafka import AIOKafkaProducer

from tests.faults.checking import TopicReader, lost_and_doubled, wrongly_told
from tests.faults.ground import Ground, eventually
from tests.faults.sending import Senders, incident
from tests.faults.settling import until_settled
from tests.faults.table import Line
from tests.faults.tiers import Tier
from tests.hostile import HOSTILE
from touchline_contracts import DEAD_LETTERS, EVALUATIONS, TOUCHPOINTS

GOOD_TO_BAD = 10
WITHIN_SECONDS = 10.0


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Write hostile records straight into Kafka, among ten times as many good ones."""
    store = f"hostile-{ground.name}"
    corpus = list(HOSTILE.values())
    bad = [corpus[number % len(corpus)][:2] for number in range(tier.hostile)]
    async with (
        Senders(ground, store) as senders,
        TopicReader(ground, EVALUATIONS) as told,
        TopicReader(ground, DEAD_LETTERS) as letters,
    ):
        await told.skip()
        await letters.skip()
        good = [event for number in range(GOOD_TO_BAD * tier.hostile // 2) for event in incident(senders, str(number))]
        records = [(event.key.encode(), event.to_json()) for event in good]
        producer = AIOKafkaProducer(
            bootstrap_servers=ground.servers, acks="all", enable_idempotence=ground.lasting, max_request_size=2 << 20
        )
        await producer.start()
        try:
            for number, (key, value) in enumerate(bad):
                for each in records[number * GOOD_TO_BAD : (number + 1) * GOOD_TO_BAD]:
                    await producer.send(TOUCHPOINTS.name, key=each[0], value=each[1])
                await producer.send(TOUCHPOINTS.name, key=key, value=value)
            await producer.flush()
        finally:
            await producer.stop()
        began = time.monotonic()
        senders.accepted = {each.id: each for each in good}
        query = f"select count(*) from events where store = '{store}'"
        await eventually(
            lambda: ground.value("experience", query) >= len(good), seconds=60, what="all the good ones are counted"
        )
        worked_off = time.monotonic() - began
        await until_settled(ground, senders, seconds=tier.settled_seconds)
        aside = Counter(await letters.rest_as_bytes())
        evaluations = await told.evaluations(store)
    lost, doubled = lost_and_doubled(ground, store, senders.accepted)
    wrong = wrongly_told(evaluations, good)
    missing = Counter(bad) - aside
    strangers = aside - Counter(bad)
    return [
        Line(
            promise="R6",
            on=ground.name,
            what=f"{len(corpus)} kinds of hostile records, one to {GOOD_TO_BAD} good ones",
            times=f"{len(bad):,} bad, {len(good):,} good",
            counted=f"{lost + doubled + len(wrong)} good ones wrong, {missing.total()} bad ones not set aside, "
            f"{strangers.total()} others set aside; worked off in {worked_off:.1f} s",
            allowed=f"0, 0, 0; {WITHIN_SECONDS:g} s",
            holds=not (lost or doubled or wrong or missing or strangers),
            in_time=worked_off <= WITHIN_SECONDS,
        )
    ]
