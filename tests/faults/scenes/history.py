"""R12: what happened last year pages nobody, however it comes in again; and what happens meanwhile is told in time."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from datetime import UTC, datetime, timedelta

from tests.faults.ground import Ground
from tests.faults.sending import Senders, course, incident, promise
from tests.faults.settling import until_settled
from tests.faults.table import Line
from tests.faults.tiers import Tier
from tests.live.outages.services import Service
from touchline_contracts import AnyEvent
from touchline_contracts.promises import PromiseConfirmed

LAST_YEAR = timedelta(days=365)
STILL_OPEN = timedelta(days=20_000)
"""Another promise is far from due, so the journey is open: nothing but its age says that what is broken is history."""
EVENTS_PER_JOURNEY = 8
LIVE_SECONDS = 0.5
"""Between two incidents that somebody has to be told of."""
IN_TIME_SECONDS = 10.0
"""What happens while everything is read again waits its turn behind it."""
WORKED_OFF_SECONDS = 240.0
REBUILT = ("offsets", "alerts", "journeys", "ledgers", "stores", "notices", "outgoing")
"""The tables of the alert service that may be lost; its deliveries say what was told."""


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Tell last year's events; read everything again; lose the databases but for what was told."""
    lines = []
    async with Senders(ground, f"old-{ground.name}") as old:
        for way, again in (
            ("told through the API, half of it without a mark", _tell),
            ("both services read everything from the beginning", _read_again),
            ("databases lost, but for what was told", _rebuild),
        ):
            before = len(ground.phone.received)
            back_at = 0.0
            known = set(ground.phone.ids)
            async with _live(ground, way) as live:
                back_at = await again(ground, old, tier)
                await until_settled(ground, old, seconds=WORKED_OFF_SECONDS + tier.settled_seconds)
            fresh = ground.phone.received[before:]
            pages = [each.data for each in fresh if each.data["store"].startswith(old.store)]
            if pages:
                sys.stdout.write(f"  one of the pages: {pages[0]}\n")
            repeats = sum(each.id in known for each in fresh)
            told = {each.data["journey"]: each.at for each in reversed(fresh) if each.data["store"] == live.store}
            late = sorted(told[name] - max(at, back_at) for name, at in live.sent.items() if name in told)
            missing = len(live.sent) - len(late)
            p99 = late[int(len(late) * 0.99)] if late else 0.0
            lines.append(
                Line(
                    promise="R12",
                    on=ground.name,
                    what=f"last year's events: {way}",
                    times=f"{len(old.accepted):,} old events, {len(live.sent)} live incidents",
                    counted=f"{len(pages)} pages of the old, {repeats} told again, {missing} live untold, "
                    f"late p99 {p99:.1f} s after a restart",
                    allowed=f"0, 0, 0, {IN_TIME_SECONDS:g} s",
                    holds=bool(late) and len(pages) == repeats == missing == 0,
                    in_time=p99 <= IN_TIME_SECONDS,
                )
            )
    return lines


class _Live(Senders):
    """A store in which something goes wrong every moment."""

    def __init__(self, ground: Ground, way: str) -> None:
        super().__init__(ground, f"live-{ground.name}-{len(way)}")
        self.sent: dict[str, float] = {}
        """By journey, when it was accepted that somebody has to be told."""


@asynccontextmanager
async def _live(ground: Ground, way: str) -> AsyncIterator[_Live]:
    async with _Live(ground, way) as live:
        ending = asyncio.Event()

        async def go_on() -> None:
            while not ending.is_set():
                name = f"live-{len(live.sent)}"
                for event in incident(live, name):
                    await live.send(event)
                live.sent[name] = time.monotonic()
                await asyncio.sleep(LIVE_SECONDS)

        going_on = asyncio.create_task(go_on())
        try:
            yield live
        finally:
            ending.set()
            await going_on
        await until_settled(ground, live, seconds=WORKED_OFF_SECONDS)


async def _tell(ground: Ground, old: Senders, tier: Tier) -> float:
    at = datetime.now(UTC) - LAST_YEAR
    for number in range(0, tier.old_events // EVENTS_PER_JOURNEY, 500):
        events = []
        for each in range(number, number + 500):
            began, marked = at + timedelta(seconds=each), each % 2 == 0
            shop = copy(old)
            shop.store = f"{old.store}-{each}"  # one of its own: nothing is known of how it keeps its promises
            journey = [*course(shop, str(each), at=began, troubled=True), *_still_open(shop, str(each), began)]
            events += [event.model_copy(update={"replay": marked}) for event in journey]
        await old.send_all(events)
    return 0.0


def _still_open(old: Senders, journey: str, began: datetime) -> list[AnyEvent]:
    return [
        old.event(promise("garden", began + STILL_OPEN), journey, "promised", began),
        old.event(PromiseConfirmed(promise_id="garden", by_unit="warehouse"), journey, "confirmed", began),
    ]


async def _read_again(ground: Ground, _: Senders, __: Tier) -> float:
    services = [*ground.workers, ground.services["alerts"]]
    for each in services:
        await each.end()
    for store in ("experience", "alerts"):
        ground.change(store, "delete from offsets")
    for each in services:
        each.start()
    return await _back(services)


async def _back(services: Sequence[Service]) -> float:
    """When the last of them answers again."""
    for each in services:
        await each.until_answering()
    return time.monotonic()


async def _rebuild(ground: Ground, _: Senders, __: Tier) -> float:
    services = [*ground.workers, ground.services["alerts"]]
    for each in services:
        await each.end()
    ground.another_database("experience")
    ground.change("alerts", *(f"delete from {table}" for table in REBUILT))
    for each in services:
        each.environment["TOUCHLINE_DATABASE"] = ground.address(each.name.partition("-")[0])
        each.start()
    return await _back(services)
