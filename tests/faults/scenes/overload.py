"""R7: more than a service can take is refused at once; what it takes it keeps, and its memory stays as it is."""

import asyncio
import time
from pathlib import Path

import httpx

from tests.faults.ground import Ground
from tests.faults.sending import STRUCTURED, Senders
from tests.faults.settling import until_settled
from tests.faults.table import Line
from tests.faults.tiers import Tier
from touchline_contracts.greeting import CustomerArrived

CONNECTIONS = 256
"""Each sends as fast as it is answered: far more than one process can take."""
LOOK_SECONDS = 0.25
MOST_GROWTH_MEBIBYTES = 128
REFUSED_SECONDS = 0.05


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Storm one touchpoint service with all connections at once, for as long as the tier says."""
    store = f"overload-{ground.name}"
    service = ground.services["greeting"]
    memory = [_memory(service.pid)]
    refused: list[float] = []
    stop_at = time.monotonic() + tier.overload_seconds
    async with Senders(ground, store) as senders:

        async def storm(number: int) -> None:
            async with httpx.AsyncClient(base_url=service.url, timeout=30, headers=STRUCTURED) as http:
                count = 0
                while time.monotonic() < stop_at:
                    event = senders.event(CustomerArrived(channel="door"), f"{number}-{count}", 1)
                    count += 1
                    began = time.monotonic()
                    answer = await http.post("/v1/events", content=event.to_json())
                    if answer.status_code == httpx.codes.ACCEPTED:
                        senders.accepted[event.id] = event
                    else:
                        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
                        refused.append(time.monotonic() - began)
                        await asyncio.sleep(float(answer.headers["retry-after"]))

        storming = asyncio.gather(*[storm(number) for number in range(CONNECTIONS)])
        while not storming.done():
            memory.append(_memory(service.pid))
            await asyncio.sleep(LOOK_SECONDS)
        await storming
        await until_settled(ground, senders)
    kept = ground.value("experience", f"select count(*) from events where store = '{store}'")
    lost = len(senders.accepted) - kept
    refused.sort()
    p99 = refused[int(len(refused) * 0.99)] if refused else 0.0
    growth = (max(memory) - memory[0]) / 2**20
    return [
        Line(
            promise="R7",
            on=ground.name,
            what=f"{CONNECTIONS} connections, each as fast as it is answered, for {tier.overload_seconds:g} s",
            times=f"{len(senders.accepted):,} accepted, {len(refused):,} refused",
            counted=f"{lost} accepted and lost, memory + {growth:.0f} MiB, refusals p99 {1000 * p99:.0f} ms",
            allowed=f"0, + {MOST_GROWTH_MEBIBYTES} MiB, {1000 * REFUSED_SECONDS:.0f} ms",
            holds=lost == 0 and growth <= MOST_GROWTH_MEBIBYTES and p99 <= REFUSED_SECONDS,
        )
    ]


def _memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    raise AssertionError(f"process {pid} has ended")
