"""Whatever becomes of a spool's file: it is begun anew, with what can be read and nothing that was never kept."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chassis.left_spool import EVENTS, SIZES, fill, kept, message, overwrite, spool

pytestmark = pytest.mark.anyio

CORRUPTIONS = 100
START_SECONDS = 5.0


def corrupt(file: Path, dice: random.Random) -> str:
    """Damage a file, or its log, in one of the ways in which files are damaged; which, in words."""
    log = file.with_name(f"{file.name}-wal")
    target = dice.choice([file, log]) if log.exists() and log.stat().st_size else file
    size = target.stat().st_size
    ways: dict[str, Callable[[], None]] = {
        "one byte": lambda: overwrite(target, dice.randrange(size), bytes([dice.randrange(256)])),
        "many bytes": lambda: [overwrite(target, dice.randrange(size), dice.randbytes(1)) for _ in range(200)],
        "a stretch": lambda: overwrite(target, dice.randrange(size), dice.randbytes(dice.choice([64, 4096, 100_000]))),
        "zeros": lambda: overwrite(target, dice.randrange(size), bytes(20_000)),
        "truncated": lambda: target.open("r+b").truncate(dice.randrange(size)),
        "no header": lambda: overwrite(target, 0, bytes(100)),
        "garbage behind": lambda: target.open("ab").write(dice.randbytes(50_000)),
        "nothing but garbage": lambda: target.write_bytes(dice.randbytes(dice.randrange(1, size))),
        "empty": lambda: target.write_bytes(b""),
        "gone": target.unlink,
    }
    way = dice.choice(list(ways))
    ways[way]()
    return f"{way} in {'log' if target == log else 'file'}"


async def test_it_starts_whatever_has_become_of_its_file(tmp_path, record_property):
    seed = random.randrange(1 << 32)  # noqa: S311 - nobody is to be kept from guessing it
    print(f"seed {seed}")  # noqa: T201  # to try it again with the same
    dice = random.Random(seed)  # noqa: S311
    slowest, saved = 0.0, Counter()
    ever_kept = {message(number, SIZES[number % len(SIZES)]).value for number in range(EVENTS)}
    originals = []
    for in_log in (True, False):
        folder = tmp_path / f"original-{in_log}"
        folder.mkdir()
        originals.append((folder, fill(folder / "spool.db", in_log=in_log)))
    for number in range(CORRUPTIONS):
        original, waiting = originals[number % 2]
        file = tmp_path / f"{number}" / "spool.db"
        file.parent.mkdir()
        for each in original.glob("spool.db*"):
            shutil.copy(each, file.parent)
        how = corrupt(file, dice)

        began = time.monotonic()
        async with spool(file) as started:
            slowest = max(slowest, time.monotonic() - began)
            assert await started.not_ready() == [], how
            await started.keep([message(EVENTS)])
            found = kept(file)
        assert found[-1] == message(EVENTS).value, how
        assert set(found[:-1]) <= ever_kept, f"{how}: something that was never kept"
        places = {value: place for place, value in enumerate(waiting)}
        order = [places[each] for each in found if each in places]
        assert order == sorted(set(order)), f"{how}: out of order, or twice"
        saved[how] += len(order)
        shutil.rmtree(file.parent)

    record_property(f"damaged files it started with, within {slowest:.2f} s", CORRUPTIONS)
    record_property(f"of {CORRUPTIONS * len(waiting):,} events in them saved", sum(saved.values()))
    assert slowest < START_SECONDS
    assert sum(saved.values()) > 0.4 * CORRUPTIONS * len(waiting)
