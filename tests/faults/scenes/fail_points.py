"""R3: the alert service dies at each of the places where a delivery can be cut off."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter

from tests.faults.checking import TopicReader, notified
from tests.faults.failing import PLACES
from tests.faults.ground import Ground, eventually
from tests.faults.sending import Senders, incident
from tests.faults.table import Line
from tests.faults.tiers import Tier
from tests.processes import ends_with_us
from touchline_contracts import EVALUATIONS

LIFE_SECONDS = 45.0
"""A life may have to wait until what an earlier one had begun is given up."""
TOLD_SECONDS = 90.0


async def play(ground: Ground, tier: Tier) -> list[Line]:
    """Let the alert service live a short life for each place, again and again; then let it finish."""
    store = f"fail-points-{ground.name}"
    alerts = ground.services["alerts"]
    async with Senders(ground, store) as senders, TopicReader(ground, EVALUATIONS) as told:
        await told.skip()
        await alerts.end()
        places = list(PLACES) * tier.fail_points
        ground.chance.shuffle(places)
        await senders.send_all([each for number in range(3 * len(places)) for each in incident(senders, str(number))])
        await eventually(
            lambda: (
                ground.rows("experience", "select count(*) from outgoing")[0][0] == 0
                and _evaluated(ground, store) == 3 * len(places)
            ),
            seconds=TOLD_SECONDS,
            what="all incidents are evaluated",
        )
        died = await _lives(ground, alerts.environment, places)
        alerts.start()
        await alerts.until(ready=True)
        await eventually(
            lambda: (
                ground.rows("alerts", f"select count(*) from alerts where store = '{store}'")[0][0] == 3 * len(places)
                and not _waiting(ground)
            ),
            seconds=TOLD_SECONDS,
            what="all is delivered",
        )
        phone = notified(ground, await told.evaluations(store), store)
    counts = Counter(place for place, _ in died)
    again = Counter(each.id for each in ground.phone.received if each.data.get("store") == store)
    again.subtract(set(again))
    unexplained = sum((again - Counter(delivery for place, delivery in died if place == PLACES[1])).values())
    return [
        Line(
            promise="R3",
            on=ground.name,
            what="the alert service dies " + ", ".join(PLACES),
            times=f"{' + '.join(str(counts[each]) for each in PLACES)} deaths, {phone.incidents} incidents",
            counted=f"{phone.undelivered} undelivered, {phone.strangers} second ids, "
            f"{phone.repeats} repeats, {unexplained} of them not of a death in between",
            allowed=f"0, 0, {counts[PLACES[1]]}, 0",
            holds=(phone.undelivered, phone.strangers, unexplained) == (0, 0, 0)
            and phone.incidents == 3 * len(places)
            and min(counts[place] for place in PLACES) >= tier.fail_points,
        )
    ]


async def _lives(ground: Ground, environment: dict[str, str], places: list[str]) -> list[tuple[str, str]]:
    """One life after the other. Where each died, and with which delivery."""
    process = await asyncio.create_subprocess_exec(
        *ends_with_us(),
        sys.executable,
        "-m",
        "tests.faults.failing",
        str(ground.folder / "alerts.log"),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    died = []
    try:
        for place in places:
            process.stdin.write(f"{place}\n".encode())
            async with asyncio.timeout(LIFE_SECONDS):
                said = (await process.stdout.readline()).decode().strip()
                assert said.startswith(place), f"it was to die {place}: {said}"
                died.append((place, said.removeprefix(f"{place}: ")))
                assert await process.stdout.readline() == b"ended\n"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return died


def _evaluated(ground: Ground, store: str) -> int:
    query = f"select count(*) from journeys where store = '{store}' and evaluated_events = 2"
    return int(ground.rows("experience", query)[0][0])


def _waiting(ground: Ground) -> bool:
    return bool(ground.rows("alerts", "select 1 from deliveries where state not in ('sent', 'failed') limit 1"))
