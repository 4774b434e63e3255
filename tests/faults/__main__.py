"""`make faults`: services, Kafka and databases are killed, hung and starved on purpose; what came of it is counted.

Promise by promise (docs/reliability.md): what was done how many times, and what was counted. The senders' ledger is the
only truth here: what was answered with 202, or acknowledged by Kafka, is accepted.
"""

import argparse
import asyncio
import random
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from tests.faults.ground import GROUNDS, Ground, on
from tests.faults.scenes import (
    deadlines,
    disk,
    fail_points,
    history,
    hostile,
    kills,
    network,
    overload,
    rebalances,
    shuffles,
)
from tests.faults.table import Line, as_markdown, as_text
from tests.faults.tiers import CI, SMOKE, Tier

TIERS = {"smoke": SMOKE, "ci": CI}
Scene = Callable[[Ground, Tier], Awaitable[list[Line]]]
SCENES: dict[str, Scene] = {
    "kills": kills.play,
    "fail-points": fail_points.play,
    "deadlines": deadlines.play,
    "rebalances": rebalances.play,
    "hostile": hostile.play,
    "shuffles": shuffles.play,
    "overload": overload.play,
    "history": history.play,
}
ALONE: dict[str, Callable[[Tier, int], Awaitable[list[Line]]]] = {"disk": disk.play, "network": network.play}
"""Scenes that are played once, on a ground of their own."""
ON_EMBEDDED = ("kills", "fail-points", "hostile")
"""What is tried on the embedded broker, and little of it: its own death loses what it held, which nobody promises."""


async def played(names: Sequence[str], grounds: Sequence[str], tier: Tier, *, seed: int, keep: bool) -> list[Line]:
    """Play scenes on grounds, one after the other. What was counted."""
    lines: list[Line] = []
    for scene in (each for each in names if each in ALONE):
        lines += await _counted(scene, "", partial(ALONE[scene], tier, seed))
    for name in grounds:
        scenes = [each for each in names if each in SCENES and (name != "embedded" or each in ON_EMBEDDED)]
        if not scenes:
            continue
        async with on(name, seed=seed, keep=keep) as ground:
            await ground.start_all()
            for scene in scenes:
                play = partial(SCENES[scene], ground, SMOKE if name == "embedded" else tier)
                lines += await _counted(scene, name, play)
                await ground.put_right()
    return lines


async def _counted(scene: str, name: str, play: Callable[[], Awaitable[list[Line]]]) -> list[Line]:
    title = f"{scene} on {name}" if name else scene
    _say(f"\n{title} ...")
    began = time.monotonic()
    try:
        lines = await play()
    except Exception as error:  # noqa: BLE001  # one that cannot be played to its end must not hide the others
        traceback.print_exc(file=sys.stdout)
        lines = [_unfinished(scene, name, error)]
    _say(f"{as_text(lines)}\n{title}: {time.monotonic() - began:.0f} s")
    return lines


def _unfinished(scene: str, name: str, error: Exception) -> Line:
    why = (str(error).splitlines() or [type(error).__name__])[0]
    return Line(promise=scene, on=name, what="not played to its end", times="", counted=why, allowed="", holds=False)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Play, and print the table; 1 when a promise was broken."""
    options = argparse.ArgumentParser(prog="make faults", description=__doc__)
    every = [*SCENES, *ALONE]
    options.add_argument("--only", nargs="+", choices=every, default=every, help="Play these alone.")
    options.add_argument("--on", nargs="+", choices=GROUNDS, default=list(GROUNDS), help="On these alone.")
    options.add_argument("--keep", action="store_true", help="Leave files and logs behind.")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options.add_argument("--tier", choices=TIERS, default="ci", help="How much of it.")
    options.add_argument("--markdown", type=Path, help="Write the table here as well.")
    given = options.parse_args()
    began = time.monotonic()
    _say(f"seed {given.seed}")
    lines = asyncio.run(played(given.only, given.on, TIERS[given.tier], seed=given.seed, keep=given.keep))
    _say(f"\n{as_text(lines)}\n\nseed {given.seed}, {time.monotonic() - began:.0f} s")
    if given.markdown is not None:
        given.markdown.write_text(as_markdown(lines) + "\n")
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
