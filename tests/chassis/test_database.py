"""A database of a service: whole transactions, in SQLite and PostgreSQL; one that is away is waited for."""

import asyncio
import signal
import threading
import time

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from services.chassis.clock import SystemClock
from services.chassis.database import Database
from services.chassis.durable import Durable
from services.chassis.settings import ProcessSettings
from services.chassis.store import Unreachable
from services.chassis.stored_bookkeeping import StoredBookkeeping
from services.chassis.tables import CHECKED
from services.experience.adapters.database import MIGRATIONS
from tests.databases import BOTH
from tests.postgresql import PostgreSQL, running
from touchline_contracts import TOUCHPOINTS

pytestmark = pytest.mark.anyio


@pytest.fixture(params=BOTH)
def address(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database()
    return tmp_path / "folder" / "a.db"


@pytest.fixture
async def database(address):
    database = Database(address, MIGRATIONS)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="module")
def alone(missing):
    """A PostgreSQL of this module's own, to be stopped and started; what it commits is on disk."""
    with running(missing, quick=False) as cluster:
        yield cluster


def times(rows) -> int:
    return rows.value(select(CHECKED.c.times))


def write(rows) -> None:
    StoredBookkeeping(rows).check_writable()


def write_and_fail(rows) -> None:
    write(rows)
    raise KeyError("on purpose")


async def test_a_transaction_is_kept_as_a_whole_or_not_at_all(address):
    undone = []
    database = Database(address, MIGRATIONS, rolled_back=lambda: undone.append(1))
    await database.open()

    await database.transact(write)
    with pytest.raises(KeyError):
        await database.transact(write_and_fail)

    assert await database.transact(times) == 1
    assert undone == [1]
    await database.close()


async def test_a_file_may_have_any_name(tmp_path):
    file = tmp_path / "50 % of? it#.db"
    database = Database(file, MIGRATIONS)
    await database.open()
    await database.close()

    assert [each.name for each in tmp_path.iterdir()] == [file.name]


async def test_an_address_may_say_more_than_where_it_is(postgresql):
    address = postgresql.database().get_secret_value()
    database = Database(SecretStr(f"{address}&application_name=ours&options=-c%20work_mem%3D7MB"), MIGRATIONS)
    settings = (
        "select current_setting('application_name'), current_setting('work_mem'), current_setting('lock_timeout')"
    )

    found = await database.transact(lambda rows: tuple(rows.connection.exec_driver_sql(settings).one()))

    assert found == ("ours", "7MB", "10s")
    await database.close()


async def test_what_was_kept_is_there_after_a_restart(address):
    for _ in range(2):
        database = Database(address, MIGRATIONS)
        await database.open()
        await database.transact(write)
        await database.close()

    database = Database(address, MIGRATIONS)
    assert await database.transact(times) == 2
    await database.close()


async def test_who_waits_no_more_hears_of_no_commit_but_others_do(database):
    """What is to be sent is handed on in the order of the commits, whatever became of whoever had asked for it."""
    begun, go_on, committed = threading.Event(), threading.Event(), []

    def slowly(rows) -> str:
        write(rows)
        begun.set()
        go_on.wait(10)
        return "kept"

    asking = asyncio.create_task(database.transact(slowly, committed=committed.append))
    await asyncio.to_thread(begun.wait, 10)
    asking.cancel()
    await asyncio.wait([asking])
    go_on.set()

    assert await database.transact(times) == 1
    assert committed == ["kept"]


async def test_nothing_is_begun_after_the_end(address):
    database = Database(address, MIGRATIONS)
    await database.open()
    await database.close()

    with pytest.raises(RuntimeError):
        await database.transact(write)


async def test_a_server_that_is_away_is_waited_for(alone: PostgreSQL):
    address = alone.database()
    alone.stop()
    database = Database(address, MIGRATIONS)
    await database.open()  # a service starts all the same
    with pytest.raises(Unreachable):
        await database.transact(write)

    alone.start()
    await database.transact(write)
    alone.stop(signal.SIGQUIT)
    with pytest.raises(Unreachable):
        await database.transact(write)
    alone.start()

    assert await until_kept(database) == 2
    await database.close()


async def until_kept(database: Database) -> int:
    until = time.monotonic() + 20
    while True:
        try:
            await database.transact(write)
            return await database.transact(times)
        except Unreachable:  # a connection from before
            assert time.monotonic() < until
            await asyncio.sleep(0.05)


async def test_a_service_whose_database_is_away_says_so_and_hands_out_no_password(alone: PostgreSQL):
    name = alone.database().get_secret_value().rpartition("/")[2].partition("?")[0]
    secret = f"postgresql://touchline:hidden@/{name}?host={alone.folder}"
    durable = Durable(
        ProcessSettings(database=secret),
        SystemClock(),
        name="test",
        group="test",
        reads=TOUCHPOINTS,
        topics=[],
        migrations=MIGRATIONS,
        transaction=StoredBookkeeping,
        take_in=lambda *_: None,
        set_aside=lambda *_: None,
        committed=lambda _: None,
    )
    alone.stop()
    away = [each for each in await durable.not_ready() if "database" in each]
    alone.start()
    back = [each for each in await durable.not_ready() if "database" in each]
    await durable.database.close()

    assert len(away) == 1
    assert away[0].startswith("the database cannot be reached: ")
    assert "hidden" not in f"{away} {durable.database}"
    assert back == []
