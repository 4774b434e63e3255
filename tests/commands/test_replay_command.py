"""The command around a replay: what it reads, what it prints, and how it ends."""

import json

import pytest
import typer
from typer.testing import CliRunner

from services.commands.replay import replay
from tests.commands.histories import evaluation, lines, visit
from touchline_contracts import EVALUATIONS, TOUCHPOINTS

pytestmark = pytest.mark.live


def run_replay(kafka, *arguments, **options):
    app = typer.Typer()
    app.command()(replay)
    return CliRunner().invoke(app, [*map(str, arguments), "--servers", kafka.servers], **options)


def test_lines_that_are_no_events_are_named_and_end_in_exit_code_1(kafka, tmp_path):
    file = tmp_path / "history.ndjson"
    file.write_bytes(b"".join([*lines(*visit("a")), b"good \x1b[31mmorning\n"]))
    kafka.put(EVALUATIONS, evaluation("a", events=2))

    run = run_replay(kafka, file)

    assert run.exit_code == 1
    assert "line 3 is not sent: not JSON" in run.stderr
    assert run.stdout.startswith("2 events sent, of 1 journeys\n")


def test_events_are_read_from_stdin_and_the_summary_is_one_json_object(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=3))

    run = run_replay(kafka, "-", "--json", input=b"".join(lines(*visit("a", 2.0))))

    assert run.exit_code == 0
    summary = json.loads(run.stdout)
    assert (summary["events_sent"], summary["evaluated"], summary["alerts_paged"]) == (3, 1, 0)
    assert summary["delivered_kept"] == {"journeys": 1, "with_feedback": 1, "mean_score": 2.0}


def test_the_summary_tells_people_the_same(kafka, tmp_path):
    file = tmp_path / "history.ndjson"
    file.write_bytes(b"".join(lines(*visit("a", 5.0), *visit("b", 2.0))))
    kafka.put(EVALUATIONS, evaluation("a", events=3), evaluation("b", events=3, promises=["broken"]))

    told = run_replay(kafka, file).stdout.splitlines()

    assert told[:-1] == [
        "6 events sent, of 2 journeys",
        "all 2 journeys evaluated with all of their events",
        "none twice: no journey counts more events than the file holds, no two evaluations bear one version",
        "delivered, every promise kept: 1 journeys, mean score 5.00 of 5 (1 with feedback)",
        "delivered, a promise broken: 1 journeys, mean score 2.00 of 5 (1 with feedback)",
        "nobody was paged",
    ]


def test_a_file_that_is_not_there_is_named(kafka, tmp_path):
    run = run_replay(kafka, tmp_path / "nowhere.ndjson")

    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr == f"{tmp_path}/nowhere.ndjson cannot be read: No such file or directory\n"


def test_with_a_concept_that_has_mistakes_nothing_is_sent(kafka, tmp_path):
    (tmp_path / "wrong.yaml").write_text("concept: shop\n")
    (tmp_path / "history.ndjson").write_bytes(b"".join(lines(*visit("a"))))

    run = run_replay(kafka, tmp_path / "history.ndjson", "--concept", tmp_path / "wrong.yaml")

    assert (run.exit_code, run.stdout) == (2, "")
    assert f"{tmp_path}/wrong.yaml" in run.stderr
    assert kafka.held(TOUCHPOINTS.name) == []


def test_without_kafka_it_says_where_it_looked_and_how_to_start_one(tmp_path):
    (tmp_path / "history.ndjson").write_bytes(b"".join(lines(*visit("a"))))
    app = typer.Typer()
    app.command()(replay)

    run = CliRunner().invoke(app, [str(tmp_path / "history.ndjson"), "--servers", "127.0.0.1:1"])

    assert (run.exit_code, run.stdout) == (2, "")
    assert "No Kafka answers at 127.0.0.1:1 (nobody accepts the connection). `touchline up` starts one" in run.stderr
