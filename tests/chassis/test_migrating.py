"""Migrations make the tables and bring them up to date: under a lock, all of it or nothing, as the code has them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql

from services.alerts.adapters.database import MIGRATIONS as ALERTS
from services.alerts.adapters.tables import METADATA as ALERT_TABLES
from services.chassis.database import Address, Database, engine_for
from services.chassis.migrating import steps, upgrade
from services.chassis.store import Unavailable
from services.chassis.tables import BOOKKEEPING
from services.experience.adapters.database import MIGRATIONS as EXPERIENCE
from services.experience.adapters.tables import METADATA as EXPERIENCE_TABLES
from tests.databases import BOTH

SERVICES = [(EXPERIENCE, EXPERIENCE_TABLES), (ALERTS, ALERT_TABLES)]
NAMES = ["experience", "alerts"]


@pytest.fixture(params=BOTH)
def address(request, tmp_path) -> Address:
    """An empty database."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database()
    return tmp_path / "a.db"


@pytest.mark.parametrize(("migrations", "tables"), SERVICES, ids=NAMES)
def test_the_migrations_make_the_tables_that_the_code_knows(address, migrations, tables):
    engine = engine_for(address)
    upgrade(engine, migrations, where="here")

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, [BOOKKEEPING, tables])
        found = inspect(connection)
        indexes = {index["name"] for table in found.get_table_names() for index in found.get_indexes(table)}

    assert differences == []
    assert {
        index.name for each in (BOOKKEEPING, tables) for table in each.tables.values() for index in table.indexes
    } <= (indexes)


def test_no_name_is_a_word_of_postgresqls_own():
    """Statements that go to the driver as they are have no quotation marks around names."""
    names = {
        name
        for each in (BOOKKEEPING, EXPERIENCE_TABLES, ALERT_TABLES)
        for table in each.tables.values()
        for name in (table.name, *table.columns.keys())
    }

    quote = postgresql.dialect().identifier_preparer.quote
    assert [name for name in names if quote(name) != name] == []
    assert quote("only") == '"only"'


@pytest.mark.parametrize("migrations", [EXPERIENCE, ALERTS], ids=NAMES)
def test_the_steps_have_one_end(migrations):
    assert len(steps(migrations).get_heads()) == 1


def test_several_processes_start_at_once(address):
    def start(_: int) -> None:
        engine = engine_for(address)
        with suppress(Unavailable):  # one that has waited for too long tries again, as a service does
            upgrade(engine, EXPERIENCE, where="here")
        upgrade(engine, EXPERIENCE, where="here")
        engine.dispose()

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(start, range(4)))


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(address):
    engine = engine_for(address)
    upgrade(engine, EXPERIENCE, where="here")
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = 'later'")

    with pytest.raises(RuntimeError, match=r"here was made by a newer version of Touchline .*'?later'?.*: run that"):
        upgrade(engine, EXPERIENCE, where="here")


def test_tables_from_before_there_were_migrations_are_left_alone(address):
    engine = engine_for(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table offsets (a integer)")

    with pytest.raises(RuntimeError, match=r"before 0\.1: move it away"):
        upgrade(engine, EXPERIENCE, where="here")


def test_a_step_that_fails_leaves_nothing_behind(address, tmp_path, monkeypatch):
    folder = tmp_path / "broken_steps"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "first.py").write_text(
        "from alembic import op\nfrom sqlalchemy import Column, Integer\n"
        "revision = '1'\ndown_revision = None\n"
        "def upgrade():\n    op.create_table('made', Column('a', Integer))\n    raise ZeroDivisionError\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    engine = engine_for(address)

    with pytest.raises(ZeroDivisionError):
        upgrade(engine, "broken_steps", where="here")

    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []


@pytest.mark.anyio
async def test_who_may_not_make_tables_says_so_and_what_to_do(postgresql):
    address = postgresql.database("guarded")
    with closing(psycopg.connect(host=str(postgresql.folder), user="touchline", dbname="guarded")) as owner:
        owner.execute("create role worker login")
        owner.commit()
    database = Database(postgresql.address("guarded", "worker"), EXPERIENCE)
    await database.open()

    with pytest.raises(Unavailable, match=r"cannot be brought from nothing to .* run `touchline database upgrade`"):
        await database.transact(lambda rows: rows.connection)

    upgrade(engine_for(address), EXPERIENCE, where="here")
    with closing(psycopg.connect(host=str(postgresql.folder), user="touchline", dbname="guarded")) as owner:
        for grant in granted():
            owner.execute(grant)
        owner.commit()
    assert await database.transact(lambda rows: rows.connection.dialect.name) == "postgresql"
    await database.close()


def granted() -> list[str]:
    """What docs/operations.md has an owner grant to the role of a service."""
    docs = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    return [
        line.strip().rstrip(";").replace("touchline_experience", "worker")
        for line in docs.splitlines()
        if line.strip().startswith("grant ")
    ]
