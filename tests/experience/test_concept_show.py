"""`touchline concept`: what a concept is together with what it extends, and who said each value of it."""

import json
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from services.commands.concept import app, notes_on
from services.commands.concept_reading import read_files
from services.commands.evaluate import evaluate
from tests.experience.builders import as_lines, told
from tests.experience.concept_folder import Folder

NOW = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def say(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_check_says_what_a_concept_builds_on_and_from_when_it_holds(folder):
    shop = folder.shop("holds_from: 2026-12-01\n")

    assert say("check", shop, folder.path / "brand.yaml").stdout.splitlines() == [
        f"{shop}: ok: shop version 1, on brand version 1, from 2026-12-01 on, for riga-1; 12 standards",
        f"{folder.path}/brand.yaml: ok: brand version 1, for no store by itself: others build on it; 12 standards",
    ]


def test_show_tells_each_value_and_who_said_it(folder):
    shown = say("show", folder.shop("stages: {checkout: 4m}\nconduct: {till.courtesy: {weight: 1}, courtesy: 5}\n"))
    rows = {line.split("  ")[0]: line.split()[1:] for line in shown.stdout.splitlines()[2:]}

    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[0] == "shop version 1, on brand version 1, for riga-1"
    assert rows["stages.checkout.within"] == ["shop.yaml:5", "4m"]
    assert rows["stages.checkout.remedy"] == ["brand.yaml:8", "Open", "a", "till."]
    assert rows["stages.checkout.weight"] == ["default", "0.3"]
    assert rows["stages.cutting.within"] == ["brand.yaml:7", "15m"]
    assert rows["costs.bad_outcome"] == ["brand.yaml:9", "400"]
    assert rows["parameters.cap"] == ["default", "1.25"]
    assert rows["conduct.competence.kind"] == ["default", "must_be"]
    # What is expected of courtesy at the till is what is expected of it anywhere in this shop.
    assert rows["conduct.till.courtesy.expected"] == ["shop.yaml:6", "5"]
    assert rows["conduct.till.courtesy.weight"] == ["shop.yaml:6", "1"]


def test_show_leaves_out_defaults_and_writes_json_when_asked(folder):
    shown = say("show", "--said", "--json", folder.shop("adequate: 0.7\n"))

    values = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {"key": "adequate", "value": "0.7", "from": f"{folder.path}/shop.yaml:5"} in values
    assert all(each["from"] != "default" for each in values)


def test_show_tells_mistakes_as_check_does(folder):
    shown = say("show", folder.shop("adequate: 2\n"))

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == f"{folder.path}/shop.yaml:5: adequate: must be above 0, at most 1, got 2\n"


def test_whoever_publishes_is_told_what_else_it_takes_and_that_a_past_date_means_now(folder):
    shop, brand = read_files([folder.shop("holds_from: 2026-01-01\n"), folder.path / "brand.yaml"], at=NOW)

    past = "holds from now on: holds_from 2026-01-01 is past, and journeys keep the version they began with"
    assert notes_on(shop, [shop, brand], now=NOW) == [past]
    assert notes_on(shop, [shop], now=NOW) == [
        "holds only together with brand version 1: publish that, too, if it is not yet",
        past,
    ]
    assert notes_on(brand, [brand], now=NOW) == []


def test_evaluate_takes_what_a_concept_extends_from_beside_it(folder):
    command = typer.Typer()
    command.command()(evaluate)
    events = as_lines([told("customer.arrived", 0, channel="door"), told("customer.greeted", 1)])

    result = CliRunner().invoke(
        command, ["-", "--concept", str(folder.shop("greeting: 30s\n")), "--json"], input=events
    )

    (line,) = json.loads(result.stdout)["lines"]
    # Half a minute is the shop's, that nobody may be overlooked is the brand's.
    assert (line["line"], line["kind"], line["ratio"]) == ("greeting", "must_be", 0.5)
