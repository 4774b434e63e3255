"""`make faults`: services, Kafka and databases are killed, hung and starved on purpose; what came of it is counted.

Promise by promise (docs/reliability.md): what was done how many times, and what was counted. The senders' ledger is the
only truth here: what was answered with 202, or acknowledged by Kafka, is accepted. `make soak` is the same for an hour.
"""

import argparse
import asyncio
import itertools
import logging
import random
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from tests.faults.ground import GROUNDS, Ground, on
from tests.faults.scenes import (
    deadlines,
    fail_points,
    history,
    hostile,
    kills,
    network,
    overload,
    rebalances,
    shuffles,
    tested,
)
from tests.faults.screen import say
from tests.faults.table import Line, as_markdown, as_text
from tests.faults.tiers import CI, REHEARSAL, SMOKE, SOAK, Tier

TIERS = {"smoke": SMOKE, "ci": CI, "rehearsal": REHEARSAL, "soak": SOAK}
Scene = Callable[[Ground, Tier], Awaitable[list[Line]]]
SCENES: dict[str, Scene] = {
    "kills": kills.play,
    "fail-points": fail_points.play,
    "deadlines": deadlines.play,
    "rebalances": rebalances.play,
    "history": history.play,
    "hostile": hostile.play,
    "shuffles": shuffles.play,
    "overload": overload.play,
}
ALONE: dict[str, Callable[[Tier, int], Awaitable[list[Line]]]] = {
    "disk": tested.disk,
    "channels": tested.channels,
    "network": network.play,
}
"""Scenes that are played once, on a ground of their own."""
ON_EMBEDDED = ("kills", "fail-points", "hostile")
"""What is tried on the embedded broker, and little of it: its own death loses what it held, which nobody promises."""


class Playing:
    """Scenes on grounds, one after the other, and what was counted so far."""

    def __init__(self, tier: Tier, *, seed: int, keep: bool, report: Path | None) -> None:
        """`report`: where the table is written, anew after each scene."""
        self.lines: list[Line] = []
        self._tier, self._seed, self._keep, self._report = tier, seed, keep, report
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    async def play(self, names: Sequence[str], grounds: Sequence[str]) -> None:
        """Play all of them; what cannot be played to its end does not keep the others from it."""
        for scene in (each for each in names if each in ALONE and not self._tier.fresh):
            await self._count(scene, "", partial(ALONE[scene], self._tier, self._seed))
        if self._tier.fresh:
            for scene in names:
                if scene in ALONE:
                    await self._count(scene, "", partial(ALONE[scene], self._tier, self._seed))
                for name in grounds if scene in SCENES else ():
                    if name != "embedded" or scene in ON_EMBEDDED:
                        await self._count(scene, name, partial(self._on_its_own, scene, name))
            return
        for name in grounds:
            scenes = [each for each in names if each in SCENES and (name != "embedded" or each in ON_EMBEDDED)]
            if scenes:
                async with on(name, seed=self._seed, keep=self._keep) as ground:
                    await ground.start_all()
                    for scene in scenes:
                        await self._count(scene, name, partial(SCENES[scene], ground, self._tier_on(name)))
                        await ground.put_right()

    async def _on_its_own(self, scene: str, name: str) -> list[Line]:
        async with on(name, seed=self._seed, keep=self._keep) as ground:
            await ground.start_all()
            return await SCENES[scene](ground, self._tier_on(name))

    def _tier_on(self, name: str) -> Tier:
        return SMOKE if name == "embedded" else self._tier

    async def _count(self, scene: str, name: str, play: Callable[[], Awaitable[list[Line]]]) -> None:
        title = f"{scene} on {name}" if name else scene
        say(f"\n{title}, after {self.seconds / 60:.0f} min ...")
        began = time.monotonic()
        going_on = asyncio.create_task(_go_on_saying(title))
        lines: list[Line] = []
        try:
            async with asyncio.timeout(60 * self._tier.minutes - self.seconds) as bound:
                lines = await play()
        except asyncio.CancelledError:
            lines = [_unfinished(scene, name, "interrupted", played=False)]
            raise
        except Exception as error:  # noqa: BLE001  # one that cannot be played to its end must not hide the others
            if bound.expired():
                lines = [_unfinished(scene, name, f"the {self._tier.minutes:g} minutes were over", played=False)]
            else:
                traceback.print_exc(file=sys.stdout)
                why = (str(error).splitlines() or [type(error).__name__])[0]
                lines = [_unfinished(scene, name, why, played=True)]
        finally:
            going_on.cancel()
            self._note(lines)
            say(f"{as_text(lines)}\n{title}: {time.monotonic() - began:.0f} s")

    def _note(self, lines: Sequence[Line]) -> None:
        self.lines += lines
        if self._report is not None:
            self._report.write_text(as_markdown(self.lines) + "\n")


async def _go_on_saying(title: str) -> None:
    for minutes in itertools.count(1):
        await asyncio.sleep(60)
        say(f"  {title}: for {minutes} min")


def _unfinished(scene: str, name: str, why: str, *, played: bool) -> Line:
    what = "not played to its end"
    return Line(promise=scene, on=name, what=what, times="", counted=why, allowed="", holds=False, played=played)


def main() -> int:
    """Play, and print the table; 1 when a promise was broken."""
    options = argparse.ArgumentParser(prog="make faults", description=__doc__)
    every = [*ALONE, *SCENES]
    options.add_argument("--only", nargs="+", choices=every, default=every, help="Play these alone.")
    options.add_argument("--on", nargs="+", choices=GROUNDS, default=list(GROUNDS), help="On these alone.")
    options.add_argument("--keep", action="store_true", help="Leave files and logs behind.")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options.add_argument("--tier", choices=TIERS, default="ci", help="How much of it.")
    options.add_argument("--markdown", type=Path, help="Write the table here as well, after each scene.")
    given = options.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that Kafka is away is no news here
    say(f"seed {given.seed}")
    playing = Playing(TIERS[given.tier], seed=given.seed, keep=given.keep, report=given.markdown)
    # Told to end, it ends as with Ctrl-C, even where a shell has had that ignored: with the table.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    interrupted = False
    try:
        asyncio.run(playing.play(given.only, given.on))
    except KeyboardInterrupt:
        interrupted = True
    say(f"\n{as_text(playing.lines)}\n\nseed {given.seed}, {playing.seconds:.0f} s")
    return 0 if all(line.holds for line in playing.lines) and not interrupted else 1


if __name__ == "__main__":
    sys.exit(main())
