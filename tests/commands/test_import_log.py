"""Importing event logs: which events come of which rows, by a mapping alone."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from services.commands.evaluate import evaluate
from tests.commands.event_logs import (
    CAME,
    EXAMPLES,
    HEADER,
    LOG,
    MAPPING,
    NOTED,
    PROMISED,
    RATED,
    ROOT,
    mapping_for,
    run_files,
    run_import,
)
from touchline_contracts import parse_event

EXPECTED = [
    ("riga-1", "c-1", "customer.arrived", "2026-03-02T09:00:00+02:00", {"channel": "phone"}),
    ("riga-1", "c-1", "promise.made", "2026-03-02T09:05:00+02:00",
     {"promise_id": "answer", "what": "answer", "due": "2026-03-02T12:00:00+02:00", "fulfilled_by": "network"}),
    ("riga-1", "c-1", "feedback.given", "2026-03-03T09:00:00+02:00",
     {"score": 4.0, "scale_min": 1.0, "scale_max": 5.0}),
]  # fmt: skip


def test_each_row_becomes_the_event_that_the_mapping_says(tmp_path):
    run = run_import(tmp_path, LOG)

    assert run.exit_code == 0
    assert run.told == EXPECTED


def test_every_line_is_an_event_of_the_contract_and_marked_as_history(tmp_path):
    events = [parse_event(line) for line in run_import(tmp_path, LOG).written.splitlines()]

    assert len(events) == len(EXPECTED)
    assert all(event.replay and event.source == "/logs/desk" for event in events)
    assert len({event.identity for event in events}) == len(events)


def test_rows_that_are_no_event_are_counted_by_their_activity(tmp_path):
    run = run_import(tmp_path, LOG + NOTED + "\n")

    assert run.exit_code == 0
    assert run.errors[-2] == "Rows that are no event by this mapping, 2: 'Noted' 2."
    assert run.errors[-1].startswith("5 rows, 3 events, 0 problems in 0 rows, in ")


def test_an_entry_that_no_row_is_about_is_named(tmp_path):
    run = run_import(tmp_path, LOG, MAPPING.replace("activity: Rated", "activity: Scored"))

    assert run.exit_code == 0
    assert f"{tmp_path}/mapping.yaml:17: no row of the log is a feedback.given by these conditions." in run.errors


def test_the_same_log_makes_the_same_bytes(tmp_path):
    assert run_import(tmp_path, LOG).written == run_import(tmp_path, LOG).written


def test_a_log_that_is_exported_anew_makes_the_same_events(tmp_path):
    before = run_import(tmp_path, LOG)

    # Other rows, in another order, with other columns, other delimiters, and a cell filled in that no event uses.
    header, *rows = ["\t".join(["new", *line.split(",")]) for line in (HEADER, RATED, CAME, PROMISED + "5", NOTED)]
    after = run_import(tmp_path, "\n".join([header, *rows]))

    ids = {event["type"]: event["id"] for event in before.events}
    assert {event["type"]: event["id"] for event in after.events} == ids


@pytest.mark.parametrize(
    "change", [("09:05", "09:06"), ("12:00", "12:01"), ("network", "devices"), ("c-1", "c-2")]
)  # fmt: skip
def test_an_event_that_says_something_else_is_another_one(tmp_path, change):
    before = run_import(tmp_path, f"{HEADER}\n{PROMISED}\n")
    after = run_import(tmp_path, f"{HEADER}\n{PROMISED.replace(*change)}\n")

    assert before.events[0]["id"] != after.events[0]["id"]


def test_rows_that_say_the_same_are_one_event_and_said_to_be(tmp_path):
    run = run_import(tmp_path, LOG + PROMISED + "\n")

    assert len({event["id"] for event in run.events}) == 3
    assert any(
        line.startswith("Events that say the same as an earlier one, 1: they count once.") for line in run.errors
    )


def test_a_column_tells_rows_apart_that_say_the_same(tmp_path):
    log = f"number,{HEADER}\n1,{PROMISED}\n2,{PROMISED}\n"

    run = run_import(tmp_path, log, MAPPING + "tell_apart: {column: number}\n")

    assert len({event["id"] for event in run.events}) == 2
    assert "say the same" not in run.result.stderr


WIDE = mapping_for(
    "{event: customer.arrived, time: {column: ordered}, data: {channel: web}}",
    """{event: promise.made, time: {column: ordered}, data: {promise_id: d, what: delivery, fulfilled_by: carrier,
       due: {column: day, format: "%Y-%m-%d", at: "20:00", zone: Europe/Riga}}}""",
    """{event: handoff.offered, time: {column: paid}, data: {handoff_id: h, from_unit: us, to_unit: carrier,
       customer_visible: false, due: {plus: 36h}}}""",
    "{event: delivery.completed, time: {column: came}, data: {promise_id: d, condition: as_ordered}}",
    time="",
)


def test_a_row_of_a_wide_table_is_as_many_events_as_it_has_moments(tmp_path):
    log = "case,ordered,paid,day,came\no-1,2026-03-02T09:00+02:00,2026-03-02T10:00+02:00,2026-03-05,2026-03-04T12:00Z\n"

    run = run_import(tmp_path, log, WIDE)

    assert [(kind, at) for _, _, kind, at, _ in run.told] == [
        ("customer.arrived", "2026-03-02T09:00:00+02:00"),
        ("promise.made", "2026-03-02T09:00:00+02:00"),
        ("handoff.offered", "2026-03-02T10:00:00+02:00"),
        ("delivery.completed", "2026-03-04T12:00:00Z"),
    ]
    assert run.events[1]["data"]["due"] == "2026-03-05T20:00:00+02:00"
    assert run.events[2]["data"]["due"] == "2026-03-03T22:00:00+02:00"


def test_what_has_not_happened_yet_in_a_wide_table_is_no_problem(tmp_path):
    run = run_import(tmp_path, "case,ordered,paid,day,came\no-1,2026-03-02T09:00+02:00,,2026-03-05,\n", WIDE)

    assert run.exit_code == 0
    assert [kind for _, _, kind, _, _ in run.told] == ["customer.arrived", "promise.made"]


def test_a_delivery_that_is_filled_in_later_leaves_the_other_events_as_they_were(tmp_path):
    header, begin = "case,ordered,paid,day,came", "o-1,2026-03-02T09:00+02:00,,2026-03-05,"

    before = run_import(tmp_path, f"{header}\n{begin}\n", WIDE)
    after = run_import(tmp_path, f"{header}\n{begin}2026-03-04T12:00Z\n", WIDE)

    assert [event["id"] for event in after.events[:2]] == [event["id"] for event in before.events]


@pytest.mark.parametrize("journey", ["", "{column: case}"])
def test_what_holds_for_the_store_has_no_journey(tmp_path, journey):
    mapping = mapping_for(
        "{event: cleanliness.checked, store_wide: true, data: {area: toilet, score: {column: score}}}", journey=journey
    )

    run = run_import(tmp_path, "case,at,score\nc-1,2026-03-02T09:00Z,3.5\n", mapping)

    assert run.told == [
        ("riga-1", None, "cleanliness.checked", "2026-03-02T09:00:00Z", {"area": "toilet", "score": 3.5})
    ]


@pytest.mark.parametrize("name", ["log.csv.gz", "log.csv"])
def test_a_packed_log_is_unpacked_whatever_it_is_called(tmp_path, name):
    assert run_import(tmp_path, gzip.compress(LOG.encode()), name=name).told == EXPECTED


def test_with_output_the_events_go_to_a_file(tmp_path):
    run = run_import(tmp_path, LOG, MAPPING, "--output", str(tmp_path / "events.ndjson"))

    assert run.written == b""
    assert (tmp_path / "events.ndjson").read_bytes() == run_import(tmp_path, LOG).written
    assert not list(tmp_path.glob("*.part"))


def test_an_output_that_cannot_be_written_is_told_in_words(tmp_path):
    run = run_import(tmp_path, LOG, MAPPING, "--output", str(tmp_path / "nowhere" / "events.ndjson"))

    assert run.exit_code == 1
    assert run.errors[-1] == "The events cannot be written: No such file or directory."


def test_the_log_is_not_written_over(tmp_path):
    run = run_import(tmp_path, LOG, MAPPING, "--output", str(tmp_path / "log.csv"))

    assert run.exit_code == 2
    assert (tmp_path / "log.csv").read_text() == LOG


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    run_import(tmp_path, LOG, MAPPING, "--output", str(pipe))

    assert pipe.is_fifo()
    assert os.read(reader, 100_000) == run_import(tmp_path, LOG).written
    os.close(reader)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_is_full_is_told_without_a_traceback():
    code = "import typer; from services.commands.import_log import import_log; typer.run(import_log)"
    example = EXAMPLES / "help-desk"
    command = [
        sys.executable,
        "-c",
        code,
        str(example / "log.csv"),
        "--mapping",
        str(example / "mapping.yaml"),
    ]
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == "The events cannot be written: No space left on device."


@pytest.mark.parametrize(
    ("example", "concept", "kinds"),
    [
        ("help-desk", EXAMPLES / "help-desk" / "concept.yaml", {"HD-1001": True, "HD-1002": False, "HD-1006": False}),
        ("loan-applications", EXAMPLES / "loan-applications" / "concept.yaml", {"L-2001": True, "L-2002": False}),
        ("web-shop", ROOT / "deploy" / "concepts" / "marketplace.yaml", {"W-5001": True, "W-5002": False}),
    ],
)
def test_each_example_is_imported_without_a_problem_and_evaluated(tmp_path, example, concept, kinds):
    folder = EXAMPLES / example
    (log,) = folder.glob("log.*")
    events = tmp_path / "events.ndjson"

    run = run_files(log, "--mapping", folder / "mapping.yaml", "--output", events)
    app = typer.Typer()
    app.command()(evaluate)
    evaluated = CliRunner().invoke(app, [str(events), "--concept", str(concept), "--json"])

    assert run.exit_code == 0
    assert " 0 problems " in run.errors[-1]
    assert "no row of the log" not in run.result.stderr
    assert (evaluated.exit_code, evaluated.stderr) == (0, "")
    worth = {each["journey"]: each["kv"] for each in map(json.loads, evaluated.stdout.splitlines())}
    for journey, satisfied in kinds.items():
        assert worth[journey] >= 1 if satisfied else worth[journey] < 0.8
