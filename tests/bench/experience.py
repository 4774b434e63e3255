"""How fast the experience service works off what has piled up while it was away.

The events lie in the topic before the service starts. Its work is done when the database holds all of them and Kafka
has acknowledged every evaluation. The clock starts with the first progress that is seen: starting and joining the
consumer group are not measured. What the evaluations say is read from Kafka afterwards.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.bench.alone import measure_alone
from tests.bench.figures import Figure, Target
from tests.bench.journeys import EVENTS_PER_JOURNEY
from tests.bench.kafka import Kafka, kafka
from tests.bench.processes import Service, service
from tests.bench.screen import say, show
from tests.bench.traffic import Traffic, concepts, traffic
from touchline_contracts import EVALUATIONS, TOUCHPOINTS

NAME = "experience"
DATABASE = "experience.db"
POLL_SECONDS = 0.02
STANDSTILL_SECONDS = 60.0
"""A service that makes no progress for so long is given up."""
MICROSECONDS = 1e6
MEBIBYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """What is to be seen from outside at one moment."""

    at: float
    events: int
    """Counted in the database, published concepts among them."""
    all_sent: bool
    cpu_seconds: float
    broker_cpu_seconds: float


async def measure(directory: Path, *, events: int, shuffled: bool) -> Sequence[Figure]:
    """The figures of the experience service, beside the same work alone."""
    say(f"making {events:,} events")
    sent = traffic(events, shuffled=shuffled)
    bodies = directory / "events.ndjson"
    bodies.write_bytes(b"\n".join(body for _, body in sent.bodies))
    say("decode, fold and evaluate alone, three times")
    alone = await measure_alone(bodies)
    async with kafka() as running:
        begin, end, peak_bytes = await _work_off(running, directory, sent)
        evaluations, sizes = await _check(running, sent)
    counted = end.events - begin.events
    if counted == 0:
        raise RuntimeError(f"{events:,} events were counted all at once: measure with more")
    seconds = end.at - begin.at
    cpu = (end.cpu_seconds - begin.cpu_seconds) / counted * MICROSECONDS
    broker = (end.broker_cpu_seconds - begin.broker_cpu_seconds) / counted * MICROSECONDS

    def figure(name: str, value: float, unit: str, target: Target | None = None) -> Figure:
        return Figure(measurement=NAME, name=name, value=value, unit=unit, target=target)

    return [
        figure(
            "events counted, evaluations acknowledged",
            counted / seconds,
            "events/s",
            Target(bound=15_000, side="at least"),
        ),
        figure("CPU of the service", cpu, "us/event"),
        figure("CPU of the broker", broker, "us/event"),
        figure("decode alone", alone.decode, "us/event"),
        figure("decode + fold + evaluate each journey once, alone", alone.once, "us/event"),
        figure("decode + fold + evaluate after each event, alone", alone.each_time, "us/event"),
        figure("CPU of the service / evaluate once, alone", cpu / alone.once, "", Target(bound=10, side="at most")),
        figure("CPU of the service / evaluate after each event, alone", cpu / alone.each_time, ""),
        figure("evaluations sent", evaluations / len(sent.events), "per event"),
        figure("size of an evaluation", sizes / evaluations, "bytes"),
        figure("peak memory of the service", peak_bytes / MEBIBYTE, "MiB"),
    ]


async def _work_off(running: Kafka, directory: Path, sent: Traffic) -> tuple[_Sight, _Sight, int]:
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": running.bootstrap_servers,
        "TOUCHLINE_DATABASE": str(directory / DATABASE),
        "TOUCHLINE_LOG_LEVEL": "warning",
    }
    log = directory / "experience.log"
    published = [(event.key.encode(), event.to_json()) for event in concepts()]
    await running.fill(TOUCHPOINTS, published)
    say("the service takes in the concepts of its stores, and stops")
    async with service("services.experience", log=log, environment=environment) as process:
        await _until(running, process, directory, len(published))
    say("filling the topic")
    await running.fill(TOUCHPOINTS, sent.bodies)
    say("the service starts again and works off what lies there")
    async with service("services.experience", log=log, environment=environment) as process:
        begin, end = await _until(running, process, directory, len(published) + len(sent.events))
        return begin, end, process.peak_bytes


async def _until(running: Kafka, process: Service, directory: Path, events: int) -> tuple[_Sight, _Sight]:
    """What is seen at the first progress, and once so many events are counted and all that came of them is sent."""
    first = begin = progress = sight = _look(running, process, directory)
    while sight.events < events or not sight.all_sent:
        await asyncio.sleep(POLL_SECONDS)
        sight = _look(running, process, directory)
        if sight.events > progress.events:
            progress = sight
            begin = sight if begin is first else begin
            show(f"{sight.events:,} of {events:,} events")
        elif sight.at - progress.at > STANDSTILL_SECONDS:
            raise RuntimeError(f"{process.module} stands still at {sight.events:,} of {events:,} events")
    return begin, sight


def _look(running: Kafka, process: Service, directory: Path) -> _Sight:
    with closing(sqlite3.connect(f"file:{directory / DATABASE}?mode=ro", uri=True)) as connection:
        # One statement sees one moment: what is committed together is seen together.
        events, all_sent = connection.execute(
            "select (select coalesce(sum(next), 0) from offsets), not exists (select 1 from outgoing) "
            "and not exists (select 1 from journeys where put_off_at is not null)"
        ).fetchone()
    return _Sight(
        at=time.perf_counter(),
        events=events,
        all_sent=bool(all_sent),
        cpu_seconds=process.cpu_seconds,
        broker_cpu_seconds=running.process.cpu_seconds,
    )


async def _check(running: Kafka, sent: Traffic) -> tuple[int, int]:
    """How many evaluations there are, and their bytes. RuntimeError when one does not count all of its journey."""
    say("reading the evaluations")
    last: dict[bytes, bytes] = {}
    count = size = 0
    async for record in running.read_all(EVALUATIONS):
        if b"/" not in record.key:
            continue  # how a store as a whole stands
        last[record.key] = record.value
        count += 1
        size += len(record.value)
    short = [key for key, value in last.items() if json.loads(value)["data"]["events"] != EVENTS_PER_JOURNEY]
    if short or len(last) != sent.journeys:
        raise RuntimeError(
            f"{len(last):,} of {sent.journeys:,} journeys were evaluated, {len(short):,} of these without all of "
            f"their {EVENTS_PER_JOURNEY} events, such as {short[:3]}"
        )
    return count, size
