"""`touchline keys`, and what a service that runs makes of it."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx
import pytest
from typer.testing import CliRunner

from services.chassis.embedded_broker import free_port
from services.commands.keys import app
from services.commands.whole import whole
from services.keys.file import load
from tests.processes import ends_with_us
from touchline_contracts import new_event
from touchline_contracts.greeting import CustomerArrived

START_SECONDS = 60
REVOKED_SECONDS = 5


@pytest.fixture
def keys(tmp_path):
    """Runs the command on a keys file of this test."""
    file = tmp_path / "keys.json"

    def run(*arguments):
        return CliRunner().invoke(app, arguments, env={"TOUCHLINE_KEYS_FILE": str(file), "COLUMNS": "200"})

    run.file = file
    return run


def added(keys, *arguments) -> tuple[str, str]:
    """A new key: its id, and the whole of it."""
    done = keys(*(arguments or ("add", "--store", "riga-1", "--for", "till system")))
    assert done.exit_code == 0, done.stderr
    (token,) = done.stdout.split()
    return token.partition(".")[0], token


def test_a_key_is_printed_once_alone_and_lets_its_system_in(keys):
    id_, token = added(keys)

    key = load(keys.file).admit(token, "events")

    assert (key.id, key.system, key.stores) == (id_, "till system", {"riga-1"})
    assert len(token.partition(".")[2]) >= 43, "256 bits"
    assert token.partition(".")[2] not in keys.file.read_text()


def test_every_key_is_another(keys):
    assert len({added(keys, "add", "--store", f"riga-{each}", "--for", "till")[1] for each in range(10)}) == 10


def test_the_list_says_what_is_in_use_and_never_a_secret(keys):
    assert "There are no keys" in keys_of_nobody(keys).stdout
    first, token = added(keys)
    second, _ = added(keys, "add", "--all-stores", "--for", "central", "--scope", "read")
    third, _ = added(keys, "add", "--store", "riga-1", "--store", "riga-2", "--for", "door")
    assert keys("revoke", first).exit_code == 0

    listed = keys("list").stdout

    assert [line.split()[0] for line in listed.splitlines()] == ["id", second, third, first]
    assert "riga-1, riga-2" in listed
    assert " all " in listed
    for hidden in (token.partition(".")[2], *(each["sha256"] for each in json.loads(keys.file.read_text())["keys"])):
        assert hidden not in listed


def keys_of_nobody(keys):
    keys.file.write_text('{"version": 1, "keys": []}')
    return keys("list")


def test_a_key_is_exchanged_and_the_old_one_goes_on_until_it_is_revoked(keys):
    old, old_token = added(keys)

    new, new_token = added(keys, "rotate", old)
    third = keys("rotate", new)

    assert load(keys.file).admit(old_token, "events").id == old
    assert load(keys.file).admit(new_token, "events").id == new
    assert (third.exit_code, third.stdout) == (1, "")
    assert f"{old} and {new}: revoke the one" in third.stderr
    keys("revoke", old)
    assert load(keys.file).admit(old_token, "events") == "revoked"
    assert load(keys.file).admit(new_token, "events").stores == {"riga-1"}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("add", "--for", "till"), "name the stores with --store"),
        (("add", "--for", "till", "--store", "riga-1", "--all-stores"), "one of the two"),
        (("add", "--for", "till", "--store", "*"), "--all-stores"),
        (("add", "--for", "till", "--store", "Riga, main street"), "got 'Riga, main street'"),
        (("add", "--for", " ", "--store", "riga-1"), "--for must be 1 to 60 characters"),
        (("add", "--for", "x" * 61, "--store", "riga-1"), "--for must be 1 to 60 characters"),
        (("add", "--for", "a\nb", "--store", "riga-1"), "--for must be 1 to 60 characters"),
        (("add", "--for", "till", "--store", "riga-1", "--scope", "write"), "events"),
        (("revoke", "touchline_nobody"), "no key has the id 'touchline_nobody'"),
        (("rotate", "touchline_nobody"), "no key has the id 'touchline_nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(keys, arguments, what):
    keys.file.write_text('{"version": 1, "keys": []}')

    done = keys(*arguments)

    assert done.exit_code in {1, 2}
    assert what in done.stderr
    assert keys.file.read_text() == '{"version": 1, "keys": []}'


def test_a_file_that_is_broken_is_left_as_it_is(keys):
    keys.file.write_text("{")

    done = keys("add", "--for", "till", "--store", "riga-1")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "was left as it is: it is broken: line 1" in done.stderr
    assert keys.file.read_text() == "{"


def test_a_folder_that_is_not_there_is_named(keys):
    done = keys("add", "--for", "till", "--store", "riga-1", "--file", str(keys.file.parent / "nowhere" / "keys.json"))

    assert done.exit_code == 1
    assert "cannot be written (No such file or directory)" in done.stderr


def start(keys, **environment):
    """The greeting service as a process, without Kafka: what it takes waits in its spool."""
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "TOUCHLINE_SPOOL_FILE": str(keys.file.parent / "spool.db"),
        "TOUCHLINE_PORT": str(free_port()),
    }
    command = [*ends_with_us(), sys.executable, "-m", "services.touchpoints.greeting"]
    process = subprocess.Popen(command, env=os.environ | told | environment, stderr=subprocess.PIPE)
    return process, f"http://127.0.0.1:{told['TOUCHLINE_PORT']}"


def test_a_key_that_is_revoked_opens_nothing_five_seconds_later_at_a_service_that_runs(keys):
    id_, token = added(keys)
    event = {
        "specversion": "1.0", "id": "door-1", "source": "/riga-1/door", "type": "touchline.customer.arrived.v1",
        "subject": "visit-1", "time": "2026-11-21T14:00:00+02:00", "data": {"channel": "door"},
    }  # fmt: skip
    headers = {"content-type": "application/cloudevents+json", "authorization": f"Bearer {token}"}
    process, address = start(keys, TOUCHLINE_KEYS_FILE=str(keys.file))
    try:

        def answered() -> int | None:
            try:
                return httpx.post(f"{address}/v1/events", json=event, headers=headers).status_code
            except httpx.TransportError:
                return None

        assert within(START_SECONDS, lambda: answered() == 202)

        assert keys("revoke", id_).exit_code == 0

        assert within(REVOKED_SECONDS, lambda: answered() == 401)
    finally:
        process.terminate()
        _, logged = process.communicate(timeout=START_SECONDS)
    assert b"the keys were read" in logged
    assert token.encode() not in logged
    assert token.partition(".")[2].encode() not in logged


def within(seconds: float, condition) -> bool:
    ends = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < ends:
        time.sleep(0.05)
    return done


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({"TOUCHLINE_HOST": "0.0.0.0"}, "name a keys file here (`touchline keys add` makes it)"),  # noqa: S104
        ({"TOUCHLINE_KEYS_FILE": "/nowhere/keys.json"}, "TOUCHLINE_KEYS_FILE: Value error, it cannot be read"),
    ],
)
def test_a_service_that_would_be_open_by_mistake_does_not_start(keys, environment, what):
    process, _ = start(keys, **environment)

    _, printed = process.communicate(timeout=START_SECONDS)

    assert process.returncode == 1
    assert what in printed.decode()
    assert "Traceback" not in printed.decode()


@pytest.mark.anyio
async def test_a_story_is_played_whatever_keys_and_address_the_services_of_this_machine_have(keys, monkeypatch):
    added(keys)
    monkeypatch.setenv("TOUCHLINE_KEYS_FILE", str(keys.file))
    monkeypatch.setenv("TOUCHLINE_HOST", "0.0.0.0")  # noqa: S104
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    arrived = new_event(
        CustomerArrived(channel="door"), id="1", source="/riga-2/door", store="riga-2", subject="visit-1", time=at
    )

    async with whole(start=at) as services:
        await services.post(arrived)
