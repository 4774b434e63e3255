"""R11: in whatever order events come, whatever store clocks show within bounds, the same comes of them."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from tests.faults.checking import TopicReader, wrongly_told
from tests.faults.ground import Ground
from tests.faults.sending import Senders, course
from tests.faults.settling import until_settled
from tests.faults.table import Line, none_of
from tests.faults.tiers import Tier
from touchline_contracts import EVALUATIONS, AnyEvent

JOURNEYS = 40
MOST_SKEW = timedelta(hours=24)
"""A store's clock is slow by at most this: one that runs ahead is not believed beyond a little, see docs/import.md."""


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Tell the same journeys in many stores: each in another order, with repeats, by a clock that is off."""
    store = f"shuffles-{ground.name}"
    began = datetime.now(UTC) - timedelta(hours=1)
    async with Senders(ground, store) as senders, TopicReader(ground, EVALUATIONS) as told:
        await told.skip()
        sent: list[AnyEvent] = []
        for shuffle in range(tier.shuffles):
            skew = MOST_SKEW * ground.chance.random()
            events = [
                event
                for journey in range(JOURNEYS)
                for event in course(senders, f"{shuffle}/{journey}", at=began - skew, troubled=journey % 4 == 0)
            ]
            sent += events
            events += ground.chance.sample(events, len(events) // 5)
            ground.chance.shuffle(events)
            await senders.send_all(events)
        await until_settled(ground, senders, seconds=tier.settled_seconds)
        evaluations = await told.evaluations(store)
    wrong = wrongly_told(evaluations, senders.accepted.values())
    states = defaultdict(set)
    for name in evaluations.last:
        data = evaluations.data(name)
        states[name.partition("/")[2]].add(
            tuple(sorted((each["line"], each["state"], round(each["contribution"], 9)) for each in data["lines"]))
        )
    return [
        none_of(
            "R11",
            f"{JOURNEYS} journeys, in any order, a fifth twice, clocks slow by up to 24 h",
            f"{tier.shuffles} shuffles, {len(sent):,} events",
            {
                "journeys not as the reference": len(wrong),
                "that differ between shuffles": sum(len(each) > 1 for each in states.values()),
            },
            on=ground.name,
        )
    ]
