"""When everything that was accepted has been worked off."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from tests.faults.ground import Ground
from tests.faults.screen import say
from tests.faults.sending import Senders
from touchline_contracts import EVALUATIONS, TOUCHPOINTS

LOOK_SECONDS = 0.2
STEPS = (
    "events to be read",
    "journeys to be looked at",
    "evaluations to be sent",
    "evaluations to be read",
    "messages of the alert service to be sent",
    "deliveries to be made",
    "events that were accepted and are not kept",
)

MOST_TIMES = 5
"""So many times as long as it may stand still it may take in all."""


async def until_settled(ground: Ground, senders: Senders, *, seconds: float) -> float:
    """Wait until all is read, told and delivered; after how long.

    What is missing when nothing has gone on for `seconds` counts as lost.
    """
    ends = {topic.name: await ground.ends(topic) for topic in (TOUCHPOINTS, EVALUATIONS)}
    kept = f"select count(*) from events where store like '{senders.store}%'"

    def left() -> Iterator[int]:
        """What is left to do, step by step; the later steps are not looked at before the earlier ones are done."""
        yield _unread(ground, "experience", ends[TOUCHPOINTS.name])
        yield ground.value("experience", "select count(*) from journeys where put_off_at is not null")
        yield ground.value("experience", "select count(*) from outgoing")
        yield _unread(ground, "alerts", ends[EVALUATIONS.name])
        yield ground.value("alerts", "select count(*) from outgoing")
        yield ground.value("alerts", "select count(*) from deliveries where state not in ('sent', 'failed')")
        yield len(senders.accepted) - min(ground.value("experience", kept), len(senders.accepted))

    def first_left() -> tuple[int, int]:
        return next(((step, count) for step, count in enumerate(left()) if count), (-1, 0))

    began = went_on_at = time.monotonic()
    before = None
    twice = False
    while True:
        stands = await asyncio.to_thread(first_left)
        now = time.monotonic()
        if not stands[1]:
            if twice:
                return now - began
            twice = True
            ends[EVALUATIONS.name] = await ground.ends(EVALUATIONS)  # what came of it was put into Kafka since
        elif stands != before:
            before, went_on_at = stands, now
        elif now - went_on_at > seconds or now - began > MOST_TIMES * seconds:
            say(f"  after {now - began:.0f} s there are still {STEPS[stands[0]]}: {stands[1]:,}")
            say(ground.ends_of_logs(["experience", "alerts"]))
            return now - began
        await asyncio.sleep(LOOK_SECONDS)


def _unread(ground: Ground, store: str, ends: Mapping[int, int]) -> int:
    stands: dict[int, int] = {}
    for partition, offset in ground.rows(store, "select partition, next from offsets"):
        stands[partition] = max(stands.get(partition, 0), offset)
    return sum(max(end - stands.get(partition, 0), 0) for partition, end in ends.items())
