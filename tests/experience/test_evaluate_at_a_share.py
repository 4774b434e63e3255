"""`touchline evaluate --at 80%`: each journey as it stood then, knowing only what had happened by then, in all."""

import json

import pytest
from typer.testing import CliRunner

from services.commands.main import app
from tests.experience.builders import as_lines, at, told

CONCEPT = "concept: shop\nversion: 1\ntitle: A shop\n"
DAY = 24 * 60


def promise(journey, begin, due, promise_id="p"):
    return told(
        "promise.made", begin, journey=journey, promise_id=promise_id, what="goods", due=at(due), fulfilled_by="unit"
    )


def kept(journey, when):
    return told("promise.kept", when, journey=journey, promise_id="p")


@pytest.fixture
def evaluate(tmp_path):
    """Runs the command on events; answers with the journeys by name, and with what was said beside them."""

    def run(events, share):
        (tmp_path / "shop.yaml").write_text(CONCEPT)
        (tmp_path / "events.ndjson").write_text(as_lines(events))
        files = [str(tmp_path / "events.ndjson"), "--concept", str(tmp_path / "shop.yaml")]
        result = CliRunner().invoke(app, ["evaluate", *files, "--json", "--at", share])
        assert result.exit_code == 0, result.output
        return {each["journey"]: each for each in map(json.loads, result.stdout.splitlines())}, result.stderr

    return run


def test_each_journey_is_shown_at_that_share_of_its_longest_promise(evaluate):
    events = [promise("a", 0, 100), promise("a", 0, 50, "short"), promise("b", 1000, 1200), kept("b", 1170)]

    journeys, _ = evaluate(events, "80%")

    assert journeys["a"]["as_of"] == at(80).isoformat().replace("+00:00", "Z")
    assert [(line["line"], line["state"]) for line in journeys["a"]["lines"]] == [
        ("promise/p", "made"),
        ("promise/short", "broken"),
    ]
    assert journeys["b"]["as_of"] == at(1160).isoformat().replace("+00:00", "Z")
    assert journeys["b"]["lines"][0]["state"] == "made"


def test_a_journey_knows_what_others_had_settled_before_and_nothing_that_came_later(evaluate):
    asked = promise("asked", 10 * DAY, 10 * DAY + 100)
    before = [promise(f"before-{number}", DAY, DAY + 60) for number in range(20)]
    after = [promise(f"after-{number}", 12 * DAY, 12 * DAY + 60) for number in range(20)]
    itself = told("feedback.given", 11 * DAY, journey="asked", score=1, scale_min=1, scale_max=5)

    def risk(*others):
        return evaluate([asked, *others], "50%")[0]["asked"]["risk"]

    assert risk(*before) > risk()
    assert risk(*after) == risk(itself) == risk()


def test_journeys_without_a_promise_are_left_out_and_counted(evaluate):
    journeys, said = evaluate([promise("a", 0, 100), told("customer.arrived", 0, journey="b", channel="door")], "10 %")

    assert set(journeys) == {"a"}
    assert said == "1 journey without a promise is left out: --at 10 % is a share of a promise.\n"
