"""Alerts on the command line, asked of a real service over HTTP: the table, one alert, and doing something about it."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from typer.testing import CliRunner

from services.alerts.app import create_app
from services.alerts.settings import AlertSettings
from services.chassis.clock import SystemClock
from services.chassis.embedded_broker import free_port
from services.commands.alerts import alerts_app
from tests.alerts.builders import alert, broken, entry, finding, standing

KEY = "a-key-that-nobody-can-guess"
NOW = datetime.now(UTC)
SOON = NOW + timedelta(minutes=20)
GOODS, GREETING = alert(finding=finding(until=SOON), opened_at=NOW), alert(finding=broken("greeting"), opened_at=NOW)


class Service:
    """An alert service that listens, without Kafka, in a thread of its own."""

    def __init__(self, directory: Path) -> None:
        (directory / "key").write_text(KEY)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        settings = AlertSettings(
            kafka_bootstrap_servers=f"127.0.0.1:{free_port()}",
            database=directory / "alerts.db",
            actions_key_file=directory / "key",
            promises_url=f"http://127.0.0.1:{free_port()}",  # nobody is there
        )
        self.app = create_app(settings, SystemClock())
        self.server = uvicorn.Server(uvicorn.Config(self.app, port=self.port, log_config=None))
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(self.server.serve()))

    def has(self, *alerts) -> None:
        def work(transaction) -> None:
            transaction.save_alerts(alerts)
            transaction.save_journeys([standing(each.journey) for each in alerts])
            transaction.save_ledgers({(each.store, each.journey): (entry(),) for each in alerts})

        asyncio.run_coroutine_threadsafe(self.app.state.alerts.durable.transact(work), self.loop).result(10)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    running = Service(tmp_path_factory.mktemp("alerts"))
    running.thread.start()
    while not running.server.started:  # it has bound its port, or its thread has ended
        running.thread.join(0.05)
        assert running.thread.is_alive()
    yield running
    running.server.should_exit = True
    running.thread.join(20)


@pytest.fixture
def run(service, tmp_path):
    """Run a command against the service, in which these two alerts are as new."""
    service.has(GOODS, GREETING)
    (tmp_path / "key").write_text(KEY + "\n")

    def run(*arguments, key=tmp_path / "key", address=service.address):
        environment = {
            "TOUCHLINE_ALERTS_URL": address,
            "TOUCHLINE_ACTIONS_KEY_FILE": key and str(key),
            "COLUMNS": "200",
        }
        return CliRunner().invoke(alerts_app, [*arguments], env=environment)

    return run


def shown(run, which=GOODS):
    return json.loads(run("show", which.alert_id, "--json").stdout)["alert"]


def test_the_list_says_what_is_wrong_and_who_has_it_in_a_hundred_columns(run):
    run("ack", GREETING.alert_id, "--by", "duty-7")
    listed = run("list")

    lines = listed.stdout.splitlines()
    assert listed.exit_code == 0
    assert max(map(len, lines)) <= 100
    assert lines[0].split() == ["id", "severity", "store", "what", "is", "wrong", "until", "who", "has", "it"]
    assert lines[1].startswith(GOODS.alert_id[:6])
    assert "nobody" in lines[1]
    assert any("duty-7 since" in line for line in lines[2:])


def test_lists_are_there_for_programs(run):
    listed = json.loads(run("list", "--json").stdout)

    assert {each["alert_id"] for each in listed} == {GOODS.alert_id, GREETING.alert_id}
    assert run("list", "--state", "retracted").stdout == "No alert is retracted.\n"


def test_one_alert_is_shown_with_what_to_do(run):
    told = run("show", GOODS.alert_id[:5]).stdout

    assert "what to do:    Call the second warehouse and have it confirmed." in told
    assert "who has it:    nobody" in told


def test_an_alert_is_acknowledged_by_the_beginning_of_its_id(run):
    done = run("ack", GOODS.alert_id[:4], "--by", "duty-7", "--comment", "on my way")

    assert done.exit_code == 0
    assert done.stdout.startswith(GOODS.alert_id[:8])
    assert "duty-7 since" in done.stdout
    acknowledged = shown(run)["acknowledged"]
    assert (acknowledged["by"], acknowledged["comment"]) == ("duty-7", "on my way")


def test_an_acknowledgement_is_taken_back(run):
    run("ack", GOODS.alert_id, "--by", "duty-7")
    done = run("release", GOODS.alert_id, "--by", "duty-7")

    assert (done.exit_code, done.stdout.endswith(": nobody\n")) == (0, True)


def test_an_alert_is_put_off_for_a_span(run):
    before = datetime.now(UTC)
    done = run("snooze", GOODS.alert_id, "--for", "30m", "--by", "duty-7")

    until = datetime.fromisoformat(shown(run)["snoozed"]["until"])
    assert (done.exit_code, "snoozed by duty-7 until" in done.stdout) == (0, True)
    assert before + timedelta(minutes=30) <= until <= datetime.now(UTC) + timedelta(minutes=30)


def test_what_can_be_reported_is_named_and_what_was_not_taken_is_said(run):
    refused = run("report", GOODS.alert_id[:4], "greeted", "--by", "duty-7")
    away = run("report", GOODS.alert_id[:4], "confirmed", "--by", "duty-7")

    assert "to report:     confirmed, rescheduled, kept, declined, withdrawn" in run("show", GOODS.alert_id).stdout
    assert (refused.exit_code, away.exit_code) == (1, 1)
    assert "There are confirmed, rescheduled, kept" in refused.stderr
    assert "nothing was reported. Try again" in away.stderr


def test_an_alert_is_closed_with_a_reason(run):
    done = run("close", GOODS.alert_id, "--because", "The customer does not mind.", "--by", "duty-7", "--json")

    assert json.loads(done.stdout)["closed"]["comment"] == "The customer does not mind."
    assert GOODS.alert_id[:6] not in run("list").stdout
    assert "closed by duty-7" in run("show", GOODS.alert_id).stdout


def refusal(result, code=1):
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr
    return result.stderr


def test_an_id_that_several_alerts_begin_with_is_refused_and_they_are_named(run, service):
    alike = [alert(journey=f"visit-{number}", finding=finding(until=SOON), opened_at=NOW) for number in range(40)]
    service.has(*alike)
    beginning = next(
        one.alert_id[0] for one in alike for other in alike if one != other and one.alert_id[0] == other.alert_id[0]
    )

    refused = refusal(run("ack", beginning, "--by", "duty-7"))
    assert refused.startswith(f"Several alerts begin with {beginning}: ")
    assert sum(each.alert_id in refused for each in alike) >= 2


@pytest.mark.parametrize("which", ["zzz", "f" * 32])
def test_an_id_that_no_alert_has_is_refused(run, which):
    assert refusal(run("ack", which, "--by", "duty-7")).startswith(
        ("No alert begins with zzz", "There is no alert 'ff")
    )


@pytest.mark.parametrize("which", ["../stores", "a/b", "a?b", ""])
def test_what_is_no_id_is_asked_of_nobody(run, which):
    assert "is no id of an alert" in refusal(run("show", which))


def test_what_the_service_refuses_is_said_in_its_words(run):
    run("close", GOODS.alert_id, "--because", "no matter", "--by", "duty-7")

    assert refusal(run("ack", GOODS.alert_id, "--by", "duty-7")).startswith("The alert is closed since ")


def test_without_a_key_or_with_another_it_says_what_to_do(run, tmp_path):
    (tmp_path / "other").write_text("another-key-than-the-right-one")
    (tmp_path / "odd").write_bytes("grüße-an-alle-die-das-lesen".encode())
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    assert "--key-file" in refusal(run("ack", GOODS.alert_id, "--by", "duty-7", key=None))
    assert "TOUCHLINE_ACTIONS_KEY_FILE" in refusal(run("ack", GOODS.alert_id, "--by", "x", key=tmp_path / "other"))
    assert "no letter, digit or sign" in refusal(run("ack", GOODS.alert_id, "--by", "x", key=tmp_path / "odd"))
    assert "no text" in refusal(run("ack", GOODS.alert_id, "--by", "x", key=tmp_path / "binary"))
    assert "No such file" in refusal(run("ack", GOODS.alert_id, "--by", "x", key=tmp_path / "none"))


def test_who_does_it_has_to_be_said(run):
    assert "--by" in refusal(run("ack", GOODS.alert_id), code=2)


def test_a_service_that_is_not_there_is_said_in_words(run):
    nowhere = f"http://127.0.0.1:{free_port()}"

    assert refusal(run("list", address=nowhere)).startswith(f"The alert service at {nowhere} does not answer")


def test_another_service_at_the_address_is_said_in_words(run):
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>Hello")

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever).start()
        told = refusal(run("list", address=f"http://127.0.0.1:{other.server_port}"))
        other.shutdown()

    assert told.endswith("is no alert service: 200 for /v1/alerts.\n")


@pytest.mark.parametrize("address", ["127.0.0.1:8120", "ftp://x", "http://x:99999999"])
def test_an_address_that_is_none_is_said_in_words(run, address):
    assert address in refusal(run("list", address=address))


def test_nothing_that_was_sent_reaches_the_terminal_but_as_text(run, service):
    service.has(alert(finding=finding(headline="\x1b[31mred\r\nnews", until=SOON), opened_at=NOW))

    for told in (
        run("list").stdout,
        run("show", GOODS.alert_id).stdout,
        run("ack", GOODS.alert_id, "--by", "x").stdout,
    ):
        assert "\x1b" not in told
        assert "\\x1b[31mred" in told
