"""`touchline rota` with calendars: who is on call by them, and every mistake in them named with its event and date."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import CliRunner

from services.chassis.embedded_broker import free_port
from services.commands.rota import app
from tests.alerts.ics import calendar, duty

WRITTEN = """
rotas:
  riga:
    time_zone: Europe/Riga
    stores: [riga-1, "*"]
    last_resort: [owner]
    calendars: [riga.ics]
    called: {anna: [anna@example.org], boris: []}
"""
ALWAYS = duty("Anna", "20260101T000000", "20260101T120000", "RRULE:FREQ=DAILY")
ALWAYS += duty("boris", "20260101T120000", "20260102T000000", "RRULE:FREQ=DAILY", uid="2")


@pytest.fixture
def run(tmp_path):
    def run(*words: str, content: str = WRITTEN):
        file = tmp_path / "rotas.yaml"
        file.write_text(content)
        return CliRunner().invoke(app, [words[0], str(file), *words[1:]])

    return run


@pytest.fixture
def run_with(run, tmp_path):
    def run_with(said: bytes, *words: str):
        (tmp_path / "riga.ics").write_bytes(said)
        return run(*words)

    return run_with


def test_a_calendar_beside_the_file_says_who_is_on_call(run_with):
    checked = run_with(calendar(ALWAYS), "check", "--days", "400")
    asked = run_with(calendar(ALWAYS), "who", "riga-1", "--at", "2029-11-21 19:00")

    assert (checked.exit_code, checked.output) == (0, "riga (riga-1, *): no gap\n")
    assert asked.output == "Wed 21 Nov 2029 19:00, riga: boris, then owner\n"


def test_a_mistake_in_a_calendar_is_named_with_its_event_and_date_beside_the_gaps(run_with, tmp_path):
    zoe = duty("zoe", "20260101T080000", "20260101T120000", "RRULE:FREQ=DAILY", uid="3")

    result = run_with(calendar(ALWAYS, zoe), "check")

    assert result.exit_code == 1
    assert result.output.startswith(f"riga, {tmp_path}/riga.ics: 'zoe' on ")
    assert "08:00 and 29 times more: it names nobody who is known here\nriga (riga-1, *): no gap\n" in result.output


def test_a_calendar_that_is_not_there_is_named_and_the_last_resort_is_left(run, tmp_path):
    checked = run("check")
    asked = run("who", "riga-1")

    assert checked.exit_code == 1
    trouble = f"riga, {tmp_path}/riga.ics: there is no such file; nobody is on call by it\n"
    assert checked.output.startswith(f"{trouble}riga (riga-1, *): 1 gaps in 28 days\n")
    assert trouble in asked.output
    assert "owner (nobody by plan: the last resort)" in asked.output


@pytest.mark.parametrize(
    ("was", "is_", "place", "said"),
    [
        ("riga.ics", '"ftp://example.org/riga.ics"', "rotas.riga.calendars.0", "neither a file nor an address such as"),
        ("riga.ics", '"https://"', "rotas.riga.calendars.0", "neither a file nor an address such as"),
        ("riga.ics", '"https://a:b/"', "rotas.riga.calendars.0", "neither a file nor an address such as"),
        ("riga.ics", '"http://[::1"', "rotas.riga.calendars.0", "neither a file nor an address such as"),
        ("boris: []", "boris: [Anna@example.org]", "rotas.riga.called", "is anna and boris: a name is one person's"),
        ("boris: []", "boris: ['']", "rotas.riga.called.boris.0", ""),
        ("boris: []", "Boris B.: []", "rotas.riga.called", ""),
    ],
)
def test_what_is_wrong_about_calendars_in_a_file_is_said_with_its_place(run, was, is_, place, said):
    result = run("check", content=WRITTEN.replace(was, is_))

    assert result.exit_code == 1
    assert place in result.output
    assert said in result.output


def test_a_calendar_at_an_address_is_fetched_where_that_is_allowed(run, monkeypatch):
    port = free_port()
    written = WRITTEN.replace("riga.ics", f'"http://127.0.0.1:{port}/riga.ics"')
    refused = run("check", content=written)
    monkeypatch.setenv("TOUCHLINE_OUTGOING_ALLOW", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(calendar(ALWAYS))

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        fetched = run("check", content=written)
        serving.join()

    assert "its address has to begin with https://" in refused.output
    assert fetched.output == "riga (riga-1, *): no gap\n"
