"""`touchline database upgrade` makes the tables of a service, in either database, and says what keeps it from that."""

import pytest
from typer.testing import CliRunner

from services.alerts.adapters.database import MIGRATIONS as OF_ALERTS
from services.chassis.database import engine_for
from services.chassis.migrating import steps, upgrade
from services.commands.main import app
from services.experience.adapters.database import MIGRATIONS
from tests.databases import BOTH


def run(*arguments: str, database: str):
    return CliRunner().invoke(app, ["database", "upgrade", *arguments], env={"TOUCHLINE_DATABASE": database})


@pytest.fixture(params=BOTH)
def database(request, tmp_path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database().get_secret_value()
    return str(tmp_path / "a.db")


@pytest.mark.parametrize(("service", "migrations"), [("experience", MIGRATIONS), ("alerts", OF_ALERTS)])
def test_tables_are_made_once_however_often_it_is_asked_for(database, service, migrations):
    first, again = run(service, database=database), run(service, database=database)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert f"the tables are as {steps(migrations).get_current_head()} has them" in again.stdout


def test_a_newer_database_is_left_alone_with_what_to_do(tmp_path):
    file = tmp_path / "a.db"
    engine = engine_for(file)
    upgrade(engine, MIGRATIONS, where="here")
    with engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = 'later'")

    refused = run("experience", database=str(file))

    assert refused.exit_code == 1
    assert "was made by a newer version of Touchline" in refused.stderr


@pytest.mark.parametrize(
    ("database", "why"),
    [
        ("mysql://a:secret@b/c", "expected the path of a SQLite file, or postgresql://USER@HOST/DATABASE"),
        ("postgresql://a:secret@127.0.0.1", "expected the path of a SQLite file"),
        ("postgresql://a:secret@127.0.0.1:1/b", "connection refused"),
    ],
)
def test_what_cannot_be_reached_is_said_without_the_password(database, why):
    refused = run("experience", database=database)

    assert refused.exit_code == 1
    assert why.lower() in refused.stderr.lower()
    assert "secret" not in refused.output
