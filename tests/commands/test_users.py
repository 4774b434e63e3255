"""`touchline users` and `touchline audit` on a database of their own: who can sign in, and what was done."""

import json

import pytest
from typer.testing import CliRunner

from services.alerts.adapters import passwords
from services.commands.alert_database import opened
from services.commands.main import app
from tests.databases import BOTH

PASSWORD = "correct horse battery"


@pytest.fixture(params=BOTH)
def database(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "alerts.db")
    return request.getfixturevalue("postgresql").database().get_secret_value()


@pytest.fixture
def run(database):
    def run(*arguments, typed=None):
        environment = {"TOUCHLINE_DATABASE": database, "COLUMNS": "300"}
        return CliRunner().invoke(app, [*arguments], input=typed, env=environment)

    return run


def add(run, name, *scope):
    done = run("users", "add", name, *scope, "--password-stdin", typed=PASSWORD + "\n")
    assert done.exit_code == 0, done.output


def the_user(database, name):
    with opened(database) as store:
        return store.user(name)


def test_who_is_added_can_sign_in_and_sees_these_stores(run, database):
    add(run, "Ruta", "--stores", "riga-1, riga-2", "--language", "lt", "--may-look")
    add(run, "boss", "--all-stores")

    ruta, boss = the_user(database, "ruta"), the_user(database, "boss")
    assert (ruta.stores, ruta.language, ruta.may_act) == ({"riga-1", "riga-2"}, "lt", False)
    assert (boss.stores, boss.language, boss.may_act) == (None, None, True)
    assert passwords.matches(ruta.password, PASSWORD)
    assert run("users", "list").stdout.splitlines() == [
        "boss: Sees all stores; may act.",
        "ruta: Sees riga-1, riga-2, in lt; may only look.",
    ]
    assert json.loads(run("users", "list", "--json").stdout)[1]["stores"] == ["riga-1", "riga-2"]


def test_a_password_is_asked_for_twice_and_never_shown(run, database):
    done = run("users", "add", "ruta", "--all-stores", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert passwords.matches(the_user(database, "ruta").password, PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "typed", "why"),
    [
        (("add", "ruta"), PASSWORD, "name either --stores"),
        (("add", "ruta", "--stores", " , "), PASSWORD, "name either --stores"),
        (("add", "ruta", "--stores", "x", "--all-stores"), PASSWORD, "name either --stores"),
        (("add", "Rūta", "--all-stores"), PASSWORD, "small letters, digits"),
        (("add", "key:x", "--all-stores"), PASSWORD, "small letters, digits"),
        (("add", "ruta", "--all-stores"), "elevenchars", "this one has 11"),
        (("add", "ruta", "--all-stores"), "", "this one has 0"),
        (("add", "ruta", "--all-stores"), "x" * 201, "this one has 201"),
        (("add", "there", "--all-stores"), PASSWORD, "There is a user there already"),
        (("password", "ruta"), PASSWORD, "There is no user ruta"),
        (("remove", "ruta"), None, "There is no user ruta"),
        (("scope", "ruta", "--may-look"), None, "There is no user ruta"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(run, database, arguments, typed, why):
    add(run, "there", "--all-stores")
    stdin = ("--password-stdin",) if typed is not None else ()
    done = run("users", *arguments, *stdin, typed=typed)

    assert done.exit_code != 0
    assert why in done.output
    assert not typed or typed not in done.output
    assert the_user(database, "ruta") is None


def test_a_scope_changes_what_is_named_and_leaves_the_rest(run, database):
    add(run, "ruta", "--stores", "riga-1", "--language", "lt")
    assert run("users", "scope", "ruta", "--may-look").exit_code == 0
    before = the_user(database, "ruta")
    assert run("users", "scope", "ruta", "--all-stores").exit_code == 0

    after = the_user(database, "ruta")
    assert (before.stores, before.language, before.may_act) == ({"riga-1"}, "lt", False)
    assert (after.stores, after.language, after.may_act) == (None, "lt", False)


def test_the_trail_tells_what_was_changed_by_whom(run, monkeypatch):
    monkeypatch.setenv("LOGNAME", "admin")
    add(run, "ruta", "--stores", "riga-1")
    add(run, "boss", "--all-stores")
    run("users", "scope", "ruta", "--stores", "riga-1")  # so it was before
    run("users", "scope", "ruta", "--stores", "riga-2")
    run("users", "password", "ruta", "--password-stdin", typed=PASSWORD + "!\n")
    run("users", "remove", "ruta")

    told = [line.split("  ")[1:] for line in run("audit", "--user", "ruta").stdout.splitlines()]
    assert told == [
        ["command:admin", "user added", "ruta"],
        ["command:admin", "scope changed", "ruta"],
        ["command:admin", "password changed", "ruta"],
        ["command:admin", "user removed", "ruta"],
    ]
    lines = [json.loads(line) for line in run("audit", "--json").stdout.splitlines()]
    assert [each["which"] for each in lines] == ["ruta", "boss", "ruta", "ruta", "ruta"]
    assert run("audit", "--since", "2999-01-01T00:00:00Z").stdout == ""
    assert PASSWORD not in run("audit").stdout


@pytest.mark.parametrize("since", ["yesterday", "2026-11-21T12:00:00"])
def test_an_instant_that_is_none_is_refused(run, since):
    assert "with a zone" in run("audit", "--since", since).output
