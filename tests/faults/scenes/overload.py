"""R7: more than a service can take is refused at once; what it takes it keeps, and its memory stays as it is."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.overload import HEEDED, hammered
from tests.faults.ground import Ground, eventually
from tests.faults.sending import Senders
from tests.faults.table import Line
from tests.faults.tiers import Tier
from touchline_contracts import TOUCHPOINTS
from touchline_contracts.greeting import CustomerArrived

CONNECTIONS = 200
"""Each sends as fast as it is answered, and pauses when it is asked to; 64 at once are let in."""
MOST_EVENTS = 60_000
LOOK_SECONDS = 0.25
HANDED_ON_SECONDS = 60.0
MOST_GROWTH_MEBIBYTES = 128
REFUSED_SECONDS = 0.05


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Storm one touchpoint service with all connections at once, for as long as the tier says."""
    service, events = ground.services["greeting"], ground.folder / "storm.ndjson"
    async with Senders(ground, f"overload-{ground.name}") as senders:
        _write(events, senders)
    before, memory = sum((await ground.ends(TOUCHPOINTS)).values()), [_memory(service.pid)]
    storming = asyncio.create_task(
        hammered(
            f"{service.url}/v1/events",
            events,
            connections=CONNECTIONS,
            seconds=tier.overload_seconds,
            pause_seconds=HEEDED,
        )
    )
    while not storming.done():
        memory.append(_memory(service.pid))
        await asyncio.sleep(LOOK_SECONDS)
    came = await storming
    held = 0

    async def handed_on() -> bool:
        nonlocal held
        held = sum((await ground.ends(TOUCHPOINTS)).values()) - before
        return held >= len(came.accepted)

    await eventually(handed_on, seconds=HANDED_ON_SECONDS, what="Kafka has all that was accepted")
    refused = sorted(came.refused)
    p99 = refused[int(len(refused) * 0.99)] if refused else 0.0
    growth = (max(memory) - memory[0]) / 2**20
    lost = max(len(came.accepted) - held, 0)
    return [
        Line(
            promise="R7",
            on=ground.name,
            what=f"{CONNECTIONS} connections, each as fast as it is answered, for {tier.overload_seconds:g} s",
            times=f"{len(came.accepted):,} accepted, {len(refused):,} refused",
            counted=f"{lost} accepted and lost, {came.others} answered otherwise, memory + {growth:.0f} MiB, "
            f"refusals p99 {1000 * p99:.0f} ms",
            allowed=f"0, 0, + {MOST_GROWTH_MEBIBYTES} MiB, {1000 * REFUSED_SECONDS:.0f} ms",
            holds=lost == came.others == 0 and growth <= MOST_GROWTH_MEBIBYTES,
            in_time=p99 <= REFUSED_SECONDS,
        )
    ]


def _write(file: Path, senders: Senders) -> None:
    now = datetime.now(UTC)
    arrived = CustomerArrived(channel="door")
    lines = (senders.event(arrived, str(number), 1, now).to_json() for number in range(MOST_EVENTS))
    file.write_bytes(b"\n".join(lines))


def _memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    raise AssertionError(f"process {pid} has ended")
