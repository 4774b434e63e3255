"""The command line imports what a command needs when it is called, and nothing for the others."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from services.commands.main import Commands, app
from tests.commands.olist_orders import ROOT

KAFKA = {"aiokafka", "faststream", "fastapi", "uvicorn"}


def imported(*arguments):
    """Which modules are imported after a command was called."""
    code = (
        "import sys; from typer.testing import CliRunner; from services.commands.main import app; "
        f"assert CliRunner().invoke(app, {list(arguments)!r}).exit_code == 0; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", Commands.places)
def test_each_command_is_there_and_has_help(name):
    result = CliRunner().invoke(app, [name, "--help"])

    assert result.exit_code == 0, result.output
    assert f"Usage: touchline {name}" in result.stdout


def test_all_are_listed_with_what_they_do():
    listed = CliRunner().invoke(app, []).output

    assert all(f"│ {name} " in listed for name in Commands.places)


def test_what_needs_no_kafka_does_not_wait_for_its_client():
    assert not KAFKA & imported("evaluate", "--help")
    assert not KAFKA & imported("import", "log", "--help")


def test_what_is_no_command_is_refused_by_name():
    result = CliRunner().invoke(app, ["nonsense"])

    assert result.exit_code == 2
    assert "No such command 'nonsense'" in result.output
