"""The work without what surrounds it: decode, fold and evaluate, in one thread, with no Kafka and no database.

Run as a process of its own, `python -m tests.bench.alone FILE`, so that nothing else is in its memory.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from services.experience.domain.assessment import assess
from services.experience.domain.happening import Happening, in_order
from services.experience.entrypoints.translation import happening_from
from tests.bench.traffic import concepts_by_store
from touchline_contracts import parse_event

RUNS = 3
SAMPLE = 2_000
"""Journeys that are evaluated after each of their events: ten times the work of all the rest."""
MICROSECONDS = 1e6


@dataclass(frozen=True, kw_only=True)
class Alone:
    """Microseconds of CPU for an event, each the median of three runs."""

    decode: float
    """The contract's event, and the domain's happening, from an event's bytes."""
    once: float
    """Decode every event, fold it into its journey; evaluate each journey once, at its end."""
    each_time: float
    """The same, but evaluate the journey after each of its events. For the events of some journeys."""


async def measure_alone(bodies: Path) -> Alone:
    """Measure with the events of a file, one to a line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.alone", str(bodies), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"tests.bench.alone has ended with code {process.returncode}")
    return Alone(**json.loads(output))


def _decode(bodies: Sequence[bytes]) -> None:
    for body in bodies:
        happening_from(parse_event(body))


def _once(bodies: Sequence[bytes]) -> None:
    concepts, now = concepts_by_store(), datetime.now(UTC)
    journeys: defaultdict[tuple[str, str | None], list[Happening]] = defaultdict(list)
    for body in bodies:
        happening = happening_from(parse_event(body))
        journeys[happening.store, happening.journey].append(happening)
    for (store, _), own in journeys.items():
        assess(in_order(own), [], concepts[store], now=now)


def _each_time(bodies: Sequence[bytes]) -> None:
    concepts, now = concepts_by_store(), datetime.now(UTC)
    journeys: defaultdict[tuple[str, str | None], list[Happening]] = defaultdict(list)
    for body in bodies:
        happening = happening_from(parse_event(body))
        own = journeys[happening.store, happening.journey]
        own.append(happening)
        assess(in_order(own), [], concepts[happening.store], now=now)


def _microseconds(work: Callable[[Sequence[bytes]], None], bodies: Sequence[bytes]) -> float:
    began = time.process_time()
    work(bodies)
    return (time.process_time() - began) / len(bodies) * MICROSECONDS


def main(file: Path) -> None:
    """Measure, and print the result as JSON."""
    bodies = file.read_bytes().splitlines()
    works = {"decode": (_decode, bodies), "once": (_once, bodies), "each_time": (_each_time, _sample(bodies))}
    # Interleaved, so that whatever else the machine does meets all of them.
    runs = [{name: _microseconds(*work) for name, work in works.items()} for _ in range(RUNS)]
    print(json.dumps({name: median(run[name] for run in runs) for name in works}))  # noqa: T201  # its result


def _sample(bodies: Sequence[bytes]) -> Sequence[bytes]:
    """The events of some whole journeys, in their order."""
    journeys = [(event.store, event.subject) for event in map(parse_event, bodies)]
    some = set(list(dict.fromkeys(journeys))[:SAMPLE])
    return [body for body, journey in zip(bodies, journeys, strict=True) if journey in some]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
