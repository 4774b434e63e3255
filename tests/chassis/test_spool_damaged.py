"""A spool whose file is damaged: it is begun anew each time, with what can be read, and nothing that was never kept.

What is damaged here is a copy of a file as a process that was killed leaves it: with a log that is not copied yet.
"""

import asyncio
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from services.chassis.clock import SteppedClock
from services.chassis.producing import Message
from services.chassis.salvage import records
from services.chassis.spool import Spool
from services.chassis.spool_file import damage, set_aside, take
from services.chassis.spool_rows import forget, insert, opened, rows_of
from touchline_contracts import TOUCHPOINTS

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
PAGE = 4096
EVENTS = 1_000
SIZES = (400, 400, 3_000, 20_000)
"""The last do not fit into a page."""
CORRUPTIONS = 100
START_SECONDS = 5.0


class Away:
    """A Kafka that never comes."""

    up, trouble = False, "Kafka is away"

    async def wait_until_up(self):
        await asyncio.Event().wait()


def message(number: int, size: int = 400) -> Message:
    return Message(b"riga-1/visit-%d" % (number % 50), b'{"id": "%d", "note": "%s"}' % (number, b"x" * (size - 30)), {})


@asynccontextmanager
async def spool(file: Path):
    made = Spool(file, topic=TOUCHPOINTS, headers={}, largest_bytes=1 << 30, connection=Away(), clock=SteppedClock(NOW))
    async with made.running():
        yield made


def kept(file: Path) -> list[bytes]:
    with closing(sqlite3.connect(file)) as connection:
        return [value for (value,) in connection.execute("select value from spooled order by number")]


def fill(file: Path, *, in_log: bool) -> list[bytes]:
    """A spool as a process leaves it that is killed; what waits in it. Its first events have been sent."""
    folder = file.parent / "filling"
    folder.mkdir()
    messages = [message(number, SIZES[number % len(SIZES)]) for number in range(EVENTS)]
    with closing(opened(folder / file.name)) as connection:
        sent = 0
        for first in range(0, EVENTS, 40):
            if first == 480:
                connection.execute("pragma wal_checkpoint(truncate)")
            connection.execute("begin immediate")
            few = messages[first : first + 40]
            insert(connection, rows_of(few, first=first + 1, waiting_from=sent + 1, at=NOW.timestamp()))
            if first >= 280:
                forget(connection, range(sent + 1, sent + 41))
                sent += 40
            connection.execute("commit")
        if not in_log:
            connection.execute("pragma wal_checkpoint(truncate)")
        for each in folder.iterdir():
            shutil.copy(each, file.parent)
    return kept(folder / file.name)


def overwrite(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened_file:
        opened_file.seek(at)
        opened_file.write(content)


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


async def test_it_starts_whatever_has_become_of_its_file(tmp_path):
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
        assert [each for each in found[:-1] if each in set(waiting)] == [each for each in waiting if each in set(found)]
        saved[how] += len(set(waiting) & set(found))
        shutil.rmtree(file.parent)

    print(f"slowest start {slowest:.2f} s, {sum(saved.values())} of {CORRUPTIONS * len(waiting)} events saved: {saved}")  # noqa: T201
    assert slowest < START_SECONDS
    assert sum(saved.values()) > 0.4 * CORRUPTIONS * len(waiting)


def all_of(waiting: list[bytes], file: Path) -> bool:
    """Whether all that waits is there, in order; before it may be what was sent last: it is sent once more."""
    return kept(file)[-len(waiting) :] == waiting


@pytest.fixture(params=[True, False], ids=["in the log", "in the file"])
def left(request, tmp_path) -> tuple[Path, list[bytes]]:
    """A spool whose process was killed, and what waits in it."""
    file = tmp_path / "spool.db"
    return file, fill(file, in_log=request.param)


async def test_what_a_killed_process_has_left_is_no_damage(left):
    file, waiting = left

    async with spool(file) as started:
        assert (started.events, started.set_aside) == (len(waiting), 0)
        assert kept(file) == waiting


async def test_a_transaction_that_was_interrupted_is_no_damage(tmp_path):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=True)
    log = file.with_name("spool.db-wal")
    # A process that is killed while it writes leaves a transaction without its last page, the one that commits it.
    log.open("r+b").truncate(log.stat().st_size - PAGE - 24)

    async with spool(file) as started:
        assert started.set_aside == 0
        assert all_of(waiting[:-40], file)


async def test_of_a_changed_event_all_others_are_rescued_and_it_is_told(left):
    file, waiting = left
    place = waiting[100]
    for each in (file, file.with_name("spool.db-wal")):
        content = each.read_bytes()
        each.write_bytes(content.replace(place, place.replace(b"id", b"iD")))

    with structlog.testing.capture_logs() as told:
        async with spool(file) as started:
            assert started.set_aside == 1
            assert all_of([*waiting[:100], *waiting[101:]], file)
            rescued = len(kept(file))

    (error,) = [each for each in told if each["log_level"] == "error"]
    assert error["rescued"] == rescued
    assert error["missing"] >= 1
    assert Path(error["set_aside"]) in set_aside(file)
    assert error["why"]


async def test_without_the_header_of_the_file_everything_is_rescued(left):
    file, waiting = left
    overwrite(file, 0, bytes(100))

    async with spool(file) as started:
        assert started.set_aside == 1
        assert all_of(waiting, file)


async def test_a_fault_that_cannot_even_be_said_is_damage(tmp_path):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=False)
    # SQLite quotes the name of a table that it does not understand, and Python does not understand the quotation.
    overwrite(file, file.read_bytes().index(b"spooledspooled"), b"\xff\xfe\xfd")

    async with spool(file) as started:
        assert started.set_aside == 1
        assert all_of(waiting, file)


async def test_without_the_page_that_leads_to_all_others_everything_is_rescued(tmp_path):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=False)
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("select rootpage from sqlite_master where name = 'spooled'").fetchone()
    overwrite(file, (root - 1) * PAGE, bytes(PAGE))

    async with spool(file) as started:
        assert started.set_aside == 1
        assert all_of(waiting, file)


async def test_what_follows_a_damaged_place_in_the_log_is_rescued(tmp_path):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=True)
    log = file.with_name("spool.db-wal")
    overwrite(log, 32 + 24 + 2_000, b"damaged")  # in its first page: SQLite leaves out all that comes after it

    async with spool(file) as started:
        assert started.set_aside == 1
        assert all_of(waiting, file)


async def test_without_the_file_itself_what_the_log_holds_is_rescued(tmp_path):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=True)
    file.unlink()

    async with spool(file) as started:
        assert started.set_aside == 1
        assert all_of(waiting, file)


async def test_a_file_of_something_else_is_set_aside(tmp_path):
    file = tmp_path / "spool.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table shopping (what text)")

    async with spool(file) as started:
        await started.keep([message(1)])
        assert (started.events, started.set_aside) == (1, 1)


@pytest.mark.parametrize("renamed", range(6))
async def test_a_rescue_that_is_interrupted_loses_nothing(left, monkeypatch, renamed):
    file, waiting = left
    overwrite(file, 0, bytes(100))
    times = 0
    rename = Path.rename

    def crash(self, target):
        nonlocal times
        times += 1
        if times > renamed:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", crash)
        try:
            lock, _ = take(file, NOW)
            lock.close()
        except KeyboardInterrupt:
            pass

    async with spool(file) as started:
        assert all_of(waiting, file)
        assert started.set_aside >= 1  # in two pieces, if that is where it was interrupted


async def test_a_disk_that_does_not_let_us_look_is_not_taken_for_damage(tmp_path, monkeypatch):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=True)
    holding = sqlite3.connect(file, isolation_level=None)
    holding.execute("pragma locking_mode = exclusive")
    holding.execute("begin exclusive")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        damage(file)
    holding.close()

    async with spool(file) as started:
        assert (started.set_aside, kept(file)) == (0, waiting)


def test_pages_of_garbage_are_read_to_their_end(tmp_path):
    dice = random.Random(7)  # noqa: S311
    file = tmp_path / "spool.db"
    for _ in range(200):
        page = bytearray(dice.randbytes(PAGE))
        page[0] = 0x0D
        file.write_bytes(page * 3)
        list(records(file))
