"""`touchline concept fit`: what customers said becomes a proposal, never a publication; it finds what was put in."""

import random
import re
import sys

import pytest
import yaml
from typer.testing import CliRunner

from services.commands.main import app
from services.experience.adapters.concept_file import read_concept
from tests.experience.builders import as_lines, at, told

CONCEPT = "concept: shop\nversion: 1\ntitle: A shop\npromises:\n  goods: {label: the goods}\n"
DAY = 24 * 60


def history(count, *, seed=1):
    """Promises that are kept in 95 of 100 cases when somebody has confirmed them, else in 40; the broken ones hurt."""
    chance = random.Random(seed)  # noqa: S311  # a made-up history, not a secret
    for number in range(count):
        journey, begin = f"j-{number}", number * DAY
        confirmed = chance.random() < 0.5
        kept = chance.random() < (0.95 if confirmed else 0.4)
        angry = chance.random() < (0.1 if kept else 0.8)
        yield told(
            "promise.made",
            begin,
            journey=journey,
            promise_id="p",
            what="goods",
            due=at(begin + 300),
            fulfilled_by="van",
        )
        if confirmed:
            yield told("promise.confirmed", begin + 10, journey=journey, promise_id="p", by_unit="van")
        if kept:
            yield told("promise.kept", begin + 290, journey=journey, promise_id="p")
        yield told("feedback.given", begin + 600, journey=journey, score=1 if angry else 5, scale_min=1, scale_max=5)


@pytest.fixture
def fit(tmp_path):
    def run(events, *options, concept=CONCEPT):
        (tmp_path / "shop.yaml").write_text(concept)
        (tmp_path / "events.ndjson").write_text(as_lines(events))
        files = [str(tmp_path / "events.ndjson"), "--concept", str(tmp_path / "shop.yaml")]
        return CliRunner(env={"COLUMNS": "120"}).invoke(app, ["concept", "fit", *files, *options])

    return run


def test_it_finds_what_is_in_the_history(fit):
    result = fit(history(600))

    assert result.exit_code == 0, result.output
    proposal = yaml.safe_load(result.stdout)
    # Confirmed 95 %, else 40 %: ln(.95 / .05) - ln(.4 / .6) = 3.35, of which `unconfirmed` may carry a part.
    assert proposal["outlook"]["confirmed"] - proposal["outlook"]["unconfirmed"] == pytest.approx(3.35, abs=0.6)
    at_one, slope = (proposal["outlook"][name] for name in ("dissatisfied_at_one", "dissatisfied_slope"))
    # Kept 10 %, broken 80 % at V = -1.47: ln(.1 / .9) = -2.2, and (ln(.8 / .2) + 2.2) / -1.47 = -2.4.
    assert at_one == pytest.approx(-2.2, abs=0.4)
    assert slope == pytest.approx(-2.4, abs=0.4)


def test_the_proposal_is_a_part_of_a_concept_and_surprises_less(fit):
    result = fit(history(600))

    written = yaml.safe_load(CONCEPT)
    for section, values in yaml.safe_load(result.stdout).items():
        for name, value in values.items():
            before = written.setdefault(section, {}).get(name)
            written[section][name] = {**before, **value} if isinstance(before, dict) else value
    concept = read_concept(yaml.safe_dump(written), name="shop.yaml")
    assert concept.outlook.dissatisfied_slope == yaml.safe_load(result.stdout)["outlook"]["dissatisfied_slope"]
    before, after = map(float, re.findall(r"(\d\.\d{4}) with", " ".join(result.stderr.split())))
    assert after < before


def test_weights_say_how_many_journeys_one_stands_for(fit, tmp_path):
    events = list(history(300))
    angry = [event["subject"] for event in events if event["data"].get("score") == 1]
    (tmp_path / "weights.csv").write_text("journey,weight\n" + "".join(f"{journey},20\n" for journey in angry))

    plain = yaml.safe_load(fit(events).stdout)["outlook"]["dissatisfied_at_one"]
    weighed = yaml.safe_load(fit(events, "--weights", str(tmp_path / "weights.csv")).stdout)["outlook"]

    assert weighed["dissatisfied_at_one"] > plain + 1


def test_what_it_has_not_learnt_from_does_not_bear_on_it(fit):
    events = list(history(300))
    first = [event for event in events if int(event["subject"].split("-")[1]) < 150]

    assert fit(events, "--first-share", "0.5").stdout == fit(first, "--first-share", "1").stdout


def test_too_little_is_said_and_nothing_is_proposed(fit):
    result = fit(history(10))

    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is too little to learn from" in result.stderr


def test_without_the_library_it_says_what_to_install(fit, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)

    result = fit(history(100))

    assert result.exit_code == 2
    assert "pip install 'touchline[grading]'" in result.stderr
