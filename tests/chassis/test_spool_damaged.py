"""A spool whose file is damaged is set aside, and what can be read of it is rescued."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from services.chassis.salvage import records
from services.chassis.spool_file import damage, set_aside, take
from tests.chassis.left_spool import NOW, PAGE, all_of, fill, kept, message, overwrite, spool

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("change", ["number = 5000", "number = -5", "waiting_from = 900", "at = 1"])
async def test_an_event_with_another_place_in_the_order_is_not_rescued(tmp_path, change):
    file = tmp_path / "spool.db"
    waiting = fill(file, in_log=False)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"update spooled set {change} where value = ?", (waiting[100],))

    async with spool(file) as started:
        assert started.set_aside == 1
        assert all_of([*waiting[:100], *waiting[101:]], file)


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
