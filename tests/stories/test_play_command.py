"""`touchline play --all` plays what there is, ends with a table, and its exit code says whether everything came out."""

import json

import pytest
from typer.testing import CliRunner

from services.commands import play
from services.commands.main import app
from services.commands.stories import STORIES, Branch, Expected, Step, Story
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted

pytestmark = pytest.mark.live

STEPS = (
    Step("15:00", "A customer comes in.", CustomerArrived(channel="door")),
    Step("15:01", "Somebody greets them.", CustomerGreeted()),
)
FINE = Expected("all is as expected", lambda it: it["a"].kv == 1)
WRONG = Expected("somebody is warned", lambda it: it["a"].opened.time > it.at("15:00"))


def a_story(name: str, *expected: Expected) -> Story:
    return Story(
        name=name,
        title="A visit",
        concept="hardware-shop",
        store="riga-1",
        until="18:00",
        branches=(Branch(name="a", words="As it goes.", steps=STEPS),),
        expected=expected,
    )


def test_what_did_not_come_out_is_marked_and_the_exit_code_says_so(monkeypatch):
    monkeypatch.setattr(play, "STORIES", {each.name: each for each in (a_story("one", FINE), a_story("two", WRONG))})

    result = CliRunner().invoke(app, ["play", "--all"], env={"COLUMNS": "80"})

    assert result.exit_code == 1
    assert "✓ all is as expected" in result.stdout
    assert "✗ somebody is warned (two-a: no alert was" in result.stdout
    assert "1 of 2 came out, in 2 stories." in result.stdout


def test_one_story_in_json_says_what_came_out_of_each_journey(monkeypatch):
    monkeypatch.setattr(play, "STORIES", {"one": a_story("one", FINE)})

    result = CliRunner().invoke(app, ["play", "one", "--json"])

    assert result.exit_code == 0
    played = json.loads(result.stdout.splitlines()[-1])
    assert played["expected"] == [{"words": "all is as expected", "came_out": True}]
    assert [(each["journey"], each["kv"], each["alerts"]) for each in played["journeys"]] == [("one-a", 1.0, [])]


def test_what_alerts_say_is_printed_in_one_language_or_in_all(monkeypatch):
    monkeypatch.setattr(play, "STORIES", {"ignored": STORIES["ignored"]})

    one = CliRunner().invoke(app, ["play", "ignored", "--alerts", "--language", "lt"])
    every = CliRunner().invoke(app, ["play", "ignored", "--alerts"])

    assert (one.exit_code, every.exit_code) == (0, 0)
    assert "lt  Skubu. Laukiama per ilgai: pasisveikinimas" in one.stdout
    assert "en  Critical: " not in one.stdout
    for begins in ("en  Critical: ", "lt  Skubu. ", "lv  Steidzami. ", "ru  Срочно. "):
        assert begins in every.stdout
