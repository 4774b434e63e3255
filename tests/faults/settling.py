"""When everything that was accepted has been worked off."""

import sys

from tests.faults.ground import Ground, eventually
from tests.faults.sending import Senders
from touchline_contracts import EVALUATIONS, TOUCHPOINTS


async def until_settled(ground: Ground, senders: Senders, *, seconds: float) -> float:
    """Wait until all is read, told and delivered; after how long. What is missing after `seconds` counts as lost."""
    ends = {topic.name: await ground.ends(topic) for topic in (TOUCHPOINTS, EVALUATIONS)}

    def settled() -> bool:
        kept = f"select count(*) from events where store like '{senders.store}%'"
        return (
            _read(ground, "experience", ends[TOUCHPOINTS.name])
            and not ground.value("experience", "select count(*) from journeys where put_off_at is not null")
            and not ground.value("experience", "select count(*) from outgoing")
            and _read(ground, "alerts", ends[EVALUATIONS.name])
            and not ground.value("alerts", "select count(*) from outgoing")
            and not ground.value("alerts", "select count(*) from deliveries where state not in ('sent', 'failed')")
            and ground.value("experience", kept) >= len(senders.accepted)  # last: of a million it takes a moment
        )

    try:
        waited = await eventually(settled, seconds=seconds, what="everything that was accepted is told")
        # What came of it was put into Kafka since.
        ends[EVALUATIONS.name] = await ground.ends(EVALUATIONS)
        return waited + await eventually(settled, seconds=seconds, what="everything that was told is read")
    except AssertionError as late:
        sys.stdout.write(f"  {late}\n{ground.ends_of_logs(['experience', 'alerts'])}\n")
        return seconds


def _read(ground: Ground, store: str, ends: dict[int, int]) -> bool:
    stands: dict[int, int] = {}
    for partition, offset in ground.rows(store, "select partition, next from offsets"):
        stands[partition] = max(stands.get(partition, 0), offset)
    return all(stands.get(partition, 0) >= end for partition, end in ends.items())
