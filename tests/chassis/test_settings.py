"""Where a service's database is: a SQLite file or a PostgreSQL database; what is neither stops the process, by name."""

from pathlib import Path

import pytest

from services.chassis.database import shown
from services.chassis.settings import ProcessSettings, read_settings


def settings(monkeypatch, database: str) -> ProcessSettings:
    monkeypatch.setenv("TOUCHLINE_DATABASE", database)
    return read_settings(ProcessSettings)


@pytest.mark.parametrize("file", ["touchline.db", "/var/lib/touchline/experience.db", "postgresql.db"])
def test_a_path_is_a_sqlite_file(monkeypatch, file):
    assert settings(monkeypatch, file).database == Path(file)


def test_without_any_it_is_a_file_in_this_folder(monkeypatch):
    assert settings(monkeypatch, "").database == Path("touchline.db")


def test_an_address_is_shown_without_its_password(monkeypatch):
    told = settings(monkeypatch, "postgresql://experience:hidden@db.example:5433/touchline?sslmode=verify-full")

    assert shown(told.database) == "postgresql://experience:***@db.example:5433/touchline"
    assert "hidden" not in f"{told!r} {told.model_dump()}"


@pytest.mark.parametrize("wrong", ["mysql://a:hidden@b/c", "postgresql://a:hidden@b", "postgres://a:hidden@b/c"])
def test_what_is_neither_stops_the_process_and_says_what_would_be_right(monkeypatch, wrong):
    with pytest.raises(SystemExit) as stopped:
        settings(monkeypatch, wrong)

    said = str(stopped.value)
    assert "TOUCHLINE_DATABASE: " in said
    assert "expected the path of a SQLite file, or postgresql://USER@HOST/DATABASE" in said
    assert "hidden" not in said
