"""The spool: what was kept is on disk, what does not fit is refused at once, and what was sent is forgotten."""

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis import outbox
from services.chassis import spool as spool_module
from services.chassis.clock import SteppedClock
from services.chassis.producing import Message
from services.chassis.spool import Spool
from services.chassis.spool_disk import MEBIBYTE, Disk, NotKept
from services.chassis.spool_file import InUse
from touchline_contracts import TOUCHPOINTS

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
PATIENCE_SECONDS = 10


class Away:
    """A Kafka that never comes."""

    up, trouble = False, "Kafka at shop:9092 cannot be used: no answer in time"

    async def wait_until_up(self):
        await asyncio.Event().wait()


def message(number: int, size: int = 300) -> Message:
    return Message(b"riga-1/visit-%d" % (number % 7), b"%08d" % number + b"x" * (size - 8), {})


@asynccontextmanager
async def running(file: Path, *, largest_bytes: int = 64 * MEBIBYTE, connection=None, clock=None):
    spool = Spool(
        file,
        topic=TOUCHPOINTS,
        headers={"content-type": "text/plain"},
        largest_bytes=largest_bytes,
        connection=connection or Away(),
        clock=clock or SteppedClock(NOW),
    )
    async with spool.running():
        yield spool


def on_disk(file: Path) -> list[bytes]:
    """What another process sees at this moment."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return [value for (value,) in connection.execute("select value from spooled order by number")]


async def sent(spool: Spool, count: int) -> None:
    """Have the first messages sent and forgotten, as the outbox does."""
    found = await spool.unsent(count, 0)
    await spool.forget([number for number, _ in found])


async def test_what_was_kept_is_on_disk(tmp_path):
    async with running(tmp_path / "spool.db") as spool:
        await spool.keep([message(1), message(2)])
        assert on_disk(tmp_path / "spool.db") == [message(1).value, message(2).value]
        await spool.keep([message(3)])
        assert len(on_disk(tmp_path / "spool.db")) == spool.events == 3


async def test_what_many_keep_at_the_same_time_is_few_transactions_and_each_stays_in_order(tmp_path, monkeypatch):
    groups = []
    add = Disk.add

    async def counted(disk, rows):
        groups.append(len(rows))
        await add(disk, rows)

    monkeypatch.setattr(Disk, "add", counted)
    async with running(tmp_path / "spool.db") as spool:
        await asyncio.gather(*[spool.keep([message(number), message(number + 1)]) for number in range(0, 400, 2)])
        found = on_disk(tmp_path / "spool.db")

    assert found == [message(number).value for number in range(400)]
    assert sum(groups) == 400
    assert len(groups) <= 3, "the first, those that came while it was written, and no more"


async def test_what_does_not_fit_is_refused_at_once_and_fits_when_something_was_sent(tmp_path):
    async with running(tmp_path / "spool.db", largest_bytes=MEBIBYTE) as spool:
        number, refused = 0, None
        while refused is None:
            assert number < 10_000, "nothing is refused"
            try:
                await spool.keep([message(number + each) for each in range(100)])
                number += 100
            except NotKept as error:
                refused = str(error)
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(NotKept):
                await spool.keep([message(0, size=100_000)])
        seconds = time.monotonic() - began

        assert spool.events == len(on_disk(tmp_path / "spool.db")) == number
        assert 0.7 * MEBIBYTE < spool.used_bytes <= MEBIBYTE
        assert f"{number:,} events wait in the spool for Kafka" in refused
        assert "shop:9092" in refused
        assert "TOUCHLINE_SPOOL_MEBIBYTES" in refused
        assert await spool.not_ready() == [refused]
        assert seconds < 1, "nobody asks the disk"

        await sent(spool, number // 2)
        await spool.keep([message(number)])
        assert await spool.not_ready() == []
        assert spool.events == number // 2 + 1


async def test_room_is_used_again_and_numbers_are_not(tmp_path):
    file = tmp_path / "spool.db"
    for first in range(0, 3_000, 1_000):
        async with running(file, largest_bytes=MEBIBYTE) as spool:
            for number in range(first, first + 1_000, 100):
                await spool.keep([message(number + each) for each in range(100)])
            await sent(spool, 1_000)
            assert (spool.events, spool.age_seconds) == (0, 0)
            assert spool.used_bytes < MEBIBYTE / 10

    async with running(file) as spool:
        await spool.keep([message(1)])
        ((number, _),) = await spool.unsent(10, 0)
    assert number == 3_001


async def test_the_age_is_that_of_the_oldest(tmp_path):
    clock = SteppedClock(NOW)
    async with running(tmp_path / "spool.db", clock=clock) as spool:
        await spool.keep([message(1)])
        clock.advance(timedelta(seconds=30))
        await spool.keep([message(2)])
        clock.advance(timedelta(seconds=10))
        assert spool.age_seconds == 40
        assert spool.notes() == [Away.trouble, "2 events wait in the spool for Kafka, the oldest for 40 s"]
        await sent(spool, 1)
        assert spool.age_seconds == 10

    async with running(tmp_path / "spool.db", clock=clock) as spool:
        assert (spool.events, spool.age_seconds) == (1, 10)


async def test_a_second_one_on_the_same_file_is_refused(tmp_path):
    async with running(tmp_path / "spool.db") as first:
        with pytest.raises(InUse, match=r"spool\.db is in use by another process.*TOUCHLINE_SPOOL_FILE"):
            async with running(tmp_path / "spool.db"):
                pass
        await first.keep([message(1)])

    async with running(tmp_path / "spool.db") as next_one:
        assert next_one.events == 1


async def test_a_file_that_somebody_holds_is_waited_for(tmp_path):
    file = tmp_path / "spool.db"
    async with running(file) as spool:
        await spool.keep([message(1)])
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("begin immediate")
            with pytest.raises(NotKept, match="database is locked"):
                await spool.keep([message(2)])
            assert "cannot be written" in (await spool.not_ready())[0]

        await spool.keep([message(3)])
        assert await spool.not_ready() == []
        assert spool.dead() == []
        assert on_disk(file) == [message(1).value, message(3).value]


async def test_a_disk_that_hangs_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(spool_module, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(spool_module, "LONGEST_QUEUE_BYTES", 100_000)
    file = tmp_path / "spool.db"
    async with running(file) as spool:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("begin immediate")
            outcomes = await asyncio.gather(
                *[spool.keep([message(number, size=1_000)]) for number in range(200)], return_exceptions=True
            )
            assert {type(each) for each in outcomes} == {NotKept}
            assert any("100,000 bytes wait" in str(each) for each in outcomes), "what is too much does not even wait"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await spool.not_ready():
                await asyncio.sleep(0.02)
        await spool.keep([message(1)])


async def test_damage_that_is_found_while_it_runs_makes_the_process_dead(tmp_path):
    file = tmp_path / "spool.db"
    async with running(file) as spool:
        await spool.keep([message(number, size=3_000) for number in range(1_000)])
        with closing(sqlite3.connect(file)) as other:
            other.execute("pragma wal_checkpoint(truncate)")
        with file.open("r+b") as opened:
            opened.seek(4096)
            opened.write(b"\xff" * 3_000_000)
        with pytest.raises(NotKept):
            await spool.unsent(1_000, 500)
        assert "malformed" in spool.dead()[0]

    async with running(file) as spool:
        assert spool.set_aside == 1
        assert spool.dead() == []


async def test_large_messages_are_neither_held_nor_read_all_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox, "HELD_BYTES", 1_000_000)
    monkeypatch.setattr(outbox, "LARGEST_BATCH_BYTES", 500_000)
    async with running(tmp_path / "spool.db") as spool:
        for number in range(60):
            await spool.keep([message(number, size=100_000)])
        assert 1 <= len(await spool.unsent(5_000, 0)) <= 6

        # The first is on its way to a Kafka that does not come.
        box, found = spool.outbox, []
        while batch := await box._next():  # noqa: SLF001
            found += [number for number, _ in batch]
            assert sum(len(each.value) for _, each in batch) <= 1_000_000
        assert found == list(range(2, 61))
        assert box._waiting_bytes == 0  # noqa: SLF001
