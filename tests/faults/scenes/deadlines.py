"""R4: what falls due is told once and in time, though workers are killed and the machine's clock jumps by an hour."""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.faults.checking import Message, TopicReader, journeys
from tests.faults.ground import Ground
from tests.faults.sending import Senders, promise
from tests.faults.table import Line
from tests.faults.tiers import Tier
from touchline_contracts import EVALUATIONS, AnyEvent
from touchline_contracts.promises import PromiseConfirmed, PromiseKept

LEAD = timedelta(seconds=30)
"""From the first promise that is made until the first is due."""
CANCELLED_WITHIN = timedelta(milliseconds=50)
"""Before or after its due time a promise of every other journey is kept."""
ALLOWED_SECONDS = 5.0
JUMPS = ("+3600", "-3600")
JUMP_SECONDS = 5.0
AT_WORK_SECONDS = 4.0
"""So long a worker has been back when the next one is killed: each has the time to do something."""
RESTARTED_SECONDS = 5.0
"""After this a worker that was killed is at work again."""
CALM_SECONDS = RESTARTED_SECONDS + 2 * len(JUMPS) * JUMP_SECONDS
"""At the end nobody is killed; the clocks jump."""
AFTERWARDS_SECONDS = 15.0
TICK_SECONDS = 0.02
PREFIX = Path("/usr/lib")
HOW_TO_INSTALL = "libfaketime is missing: apt-get install faketime"


class Due(NamedTuple):
    """A promise, and when it is kept; None: never."""

    due: datetime
    kept_at: datetime | None

    @property
    def kept(self) -> bool:
        return self.kept_at is not None and self.kept_at <= self.due


class Down(NamedTuple):
    """From when until when a worker was down."""

    since: datetime
    until: datetime


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Promises fall due all the time; workers are killed, then both their clocks jump forth and back."""
    store, clock = f"deadlines-{ground.name}", ground.folder / "clock"
    _set(clock, "+0")
    before = [dict(each.environment) for each in ground.workers]
    for worker in ground.workers:
        await worker.end()
        worker.environment |= _clock_from(clock)
        worker.start()
    await ground.until_ready()
    try:
        return [await _played(ground, tier, store, clock)]
    finally:
        _set(clock, "+0")
        for worker, environment in zip(ground.workers, before, strict=True):
            await worker.end()
            worker.environment = environment
            worker.start()
        await ground.until_ready()


async def _played(ground: Ground, tier: Tier, store: str, clock: Path) -> Line:
    begin = datetime.now(UTC) + LEAD
    promises = _promises(ground, tier, begin)
    async with Senders(ground, store) as senders, TopicReader(ground, EVALUATIONS) as reader:
        await reader.skip()
        listening = asyncio.create_task(_listen(reader, begin + _span(tier)))
        await senders.send_all([each for name, one in promises.items() for each in _made(senders, name, one)])
        late = (datetime.now(UTC) - begin).total_seconds()
        assert late < 0, f"the promises were made {late:.0f} s too late: a slow machine needs a longer lead"
        keeping = asyncio.create_task(_keep(senders, promises))
        await asyncio.sleep(-(datetime.now(UTC) - begin).total_seconds())
        downs = await _kill_in_turns(ground, begin + _span(tier) - timedelta(seconds=CALM_SECONDS))
        calm_from = datetime.now(UTC) + timedelta(seconds=RESTARTED_SECONDS)
        await asyncio.sleep(RESTARTED_SECONDS)
        for jump in JUMPS:
            for offset in (jump, "+0"):
                _set(clock, offset)
                await asyncio.sleep(JUMP_SECONDS)
        await keeping
        told = journeys(await listening, store)
    return _line(ground, promises, told, downs, calm_from)


def _span(tier: Tier) -> timedelta:
    return timedelta(seconds=tier.deadline_seconds)


def _promises(ground: Ground, tier: Tier, begin: datetime) -> dict[str, Due]:
    found = {}
    for number in range(tier.deadlines):
        due = begin + _span(tier) * ground.chance.random()
        kept_at = due + CANCELLED_WITHIN * ground.chance.uniform(-1, 1) if number % 2 else None
        found[f"j{number}"] = Due(due, kept_at)
    return found


def _made(senders: Senders, journey: str, one: Due) -> list[AnyEvent]:
    return [
        senders.event(promise("p", one.due), journey, 1),
        senders.event(PromiseConfirmed(promise_id="p", by_unit="warehouse"), journey, 2),
    ]


async def _keep(senders: Senders, promises: Mapping[str, Due]) -> None:
    """Keep each promise at its moment."""
    rest = sorted((one.kept_at, name) for name, one in promises.items() if one.kept_at is not None)
    while rest:
        now = datetime.now(UTC)
        count = next((number for number, (at, _) in enumerate(rest) if at > now), len(rest))
        if count:
            kept = PromiseKept(promise_id="p")
            await senders.send_all([senders.event(kept, name, 3, at) for at, name in rest[:count]])
            del rest[:count]
        await asyncio.sleep(TICK_SECONDS)


async def _kill_in_turns(ground: Ground, until: datetime) -> list[Down]:
    """Kill workers in turns, each as soon as the one before has been at work again for a moment. When each was down."""
    found: list[Down] = []
    while (killed_at := datetime.now(UTC)) < until:
        worker = ground.workers[len(found) % len(ground.workers)]
        await ground.kill(worker)
        await worker.until_answering()
        found.append(Down(killed_at, datetime.now(UTC)))
        await asyncio.sleep(AT_WORK_SECONDS)
    return found


async def _listen(reader: TopicReader, until: datetime) -> list[Message]:
    """All that arrives, each with the true time of its arrival: the writers' clocks are not to be believed here."""
    found: list[Message] = []
    while datetime.now(UTC) < until + timedelta(seconds=AFTERWARDS_SECONDS):
        fresh = await reader.rest()
        now = datetime.now(UTC)
        found += [each._replace(at=now) for each in fresh]
        await asyncio.sleep(TICK_SECONDS)
    return found


def _line(
    ground: Ground,
    promises: Mapping[str, Due],
    told: Mapping[str, Sequence[Message]],
    downs: Sequence[Down],
    calm_from: datetime,
) -> Line:
    missed = doubled = wrong = early = 0
    late: dict[datetime, float] = {}
    for name, one in promises.items():
        course = _course(told.get(name, ()))
        broken = [number for number, (_, state, _) in enumerate(course) if state == "broken"]
        begun = [number for number in broken if number == 0 or course[number - 1][1] != "broken"]
        if one.kept:
            wrong += any(events == 3 for events, state, _ in course if state == "broken")  # all there are
            missed += not course or course[-1][1] != "kept"
        else:
            missed += not broken or course[-1][1] != "broken"
            doubled += len(begun) > 1
            if begun and one.kept_at is None:
                told_at = course[begun[0]][2]
                early += told_at < one.due
                late[one.due] = (told_at - _could_be_told(one.due, downs)).total_seconds()
    calm = sorted(seconds for due, seconds in late.items() if due >= calm_from)
    p99, longest = calm[int(len(calm) * 0.99)], max(late.values())
    if _latest(late):
        sys.stdout.write(f"  by the second in which they fell due: {_latest(late)}\n")
    return Line(
        promise="R4",
        on=ground.name,
        what="promises fall due, half are kept within 50 ms of it; workers killed, clock +-1 h",
        times=f"{len(promises):,} deadlines, {len(downs)} kills, {2 * len(JUMPS)} jumps",
        counted=f"{missed} missed, {doubled} doubled, {wrong + early} wrong; late p99 {p99:.2f} s, "
        f"max {longest:.2f} s after a restart",
        allowed="0, 0, 0; 1 s, 5 s",
        holds=(missed, doubled, wrong, early) == (0, 0, 0, 0),
        in_time=p99 <= 1 and longest <= ALLOWED_SECONDS,
    )


def _could_be_told(due: datetime, downs: Sequence[Down]) -> datetime:
    """When it could be told first: what falls due while a worker is down waits for its return."""
    return max([due, *(each.until for each in downs if each.since <= due <= each.until)])


def _latest(late: Mapping[datetime, float]) -> str:
    """In which seconds the latest fell due, and how late they were."""
    first, worst = min(late), dict[int, float]()
    for due, seconds in late.items():
        second = int((due - first).total_seconds())
        worst[second] = max(worst.get(second, 0.0), seconds)
    return ", ".join(f"{second} s: {seconds:.1f} s" for second, seconds in sorted(worst.items()) if seconds > 1)


def _course(messages: Sequence[Message]) -> list[tuple[int, str, datetime]]:
    """Each version once, in order: how many events it knows, how the promise stands, and when it was first heard."""
    first: dict[tuple[int, int], Message] = {}
    for each in messages:
        if each.place not in first:
            first[each.place] = each
    found: defaultdict[tuple[int, int], tuple[int, str, datetime]] = defaultdict()
    for place, each in first.items():
        data = each.event["data"]
        state = next(line["state"] for line in data["lines"] if line["line"] == "promise/p")
        found[place] = data["events"], state, each.at
    return [found[place] for place in sorted(found)]


def _set(clock: Path, offset: str) -> None:
    """Have the workers' clocks be off by so many seconds from now on."""
    clock.write_text(f"{offset}\n")


def _clock_from(file: Path) -> dict[str, str]:
    """What has a process ask a file for how far its clock is off; its monotonic clock stays right."""
    library = next(PREFIX.glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library is not None, HOW_TO_INSTALL
    return {
        "LD_PRELOAD": f"{os.environ.get('LD_PRELOAD', '')} {library}".strip(),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # It takes the waits of Python's threads for each other, by the monotonic clock, for ones by the other clock.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
