"""What is said of journeys: all of it comes from the catalogue, and can be said in every language."""

import re
from dataclasses import fields, is_dataclass
from io import StringIO

import pytest
from hypothesis import given, settings
from pydantic_core import to_json
from rich.console import Console
from typer.testing import CliRunner

from services.commands.evaluate import as_published, attention_to
from services.commands.ledger_table import journey_in_words
from services.commands.main import app
from services.experience.adapters.concept_file import read_concept
from services.experience.adapters.wording import in_english, published
from services.experience.domain.good_news import good_news_of
from services.experience.domain.phrase import Phrase
from tests.experience.builders import CONCEPTS, as_lines, at, happened, promised, standing, told
from tests.experience.generated.concepts import concepts
from tests.experience.generated.histories import journeys, minutes, store_wide
from touchline_contracts import phrases
from touchline_contracts.words import catalogue, languages
from touchline_contracts.words.catalogue import Catalogue
from touchline_contracts.words.po import Entry, read_po

SOME = settings(max_examples=min(settings().max_examples, 500))
"""Every line is put into words four times."""
SHOP = """\
concept: SHOP
version: 3
title: A shop
greeting: {within: 60s, manner: 4}
stages: {CAR_WASH: 5m, budget: 10m}
cleanliness: {TOILET: 4}
delivery: {within: 1h}
promises: {GOODS: {label: GOODS}}
"""
"""A concept whose company writes all of its own words in capitals, and few of them."""


def goods(promise_id, *, due):
    """A promise of the company's."""
    said = {"what": "GOODS", "made_by": "MARKETING", "fulfilled_by": "BACK_ROOM"}
    return happened("promise.made", 16, promise_id=promise_id, due=at(due), **said)


VISIT = [
    happened("customer.arrived", 0, channel="door"),
    happened("customer.greeted", 4, manner=2.0),
    happened("stage.started", 5, stage="CAR_WASH"),
    happened("stage.finished", 15, stage="CAR_WASH"),
    goods("confirmed", due=60),
    happened("promise.confirmed", 17, promise_id="confirmed", by_unit="BACK_ROOM"),
    goods("declined", due=61),
    happened("promise.declined", 18, promise_id="declined", by_unit="BACK_ROOM"),
    goods("silent", due=62),
    goods("withdrawn", due=63),
    happened("promise.withdrawn", 19, promise_id="withdrawn"),
    happened("promise.kept", 70, promise_id="confirmed"),
    happened("handoff.offered", 20, handoff_id="a", from_unit="SALES", to_unit="DESK", customer_visible=True),
    happened("handoff.accepted", 22, handoff_id="a", context_passed=False),
    happened("handoff.offered", 23, handoff_id="b", from_unit="SALES", to_unit="DESK", customer_visible=True),
    happened("handoff.declined", 24, handoff_id="b", reason="BUSY"),
    happened("conduct.observed", 25, touchpoint="DESK", aspect="courtesy", score=2, observer="customer"),
    happened("cleanliness.checked", 26, area="TOILET", score=1.0),
    happened("defect.noticed", 27, defect_id="1", area="DOOR", severity="minor"),
    *(
        happened("problem.reported", 28 + n, problem_id=str(n), touchpoint="DESK", kind=kind, severity=severity)
        for n, (kind, severity) in enumerate([("complaint", "minor"), ("return", "major"), ("defect", "critical"),
                                              ("other", "minor"), ("complaint", "major")])
    ),
    happened("problem.resolved", 40, problem_id="0", outcome="restored"),
    happened("problem.resolved", 41, problem_id="1", outcome="compensated"),
    happened("problem.resolved", 42, problem_id="2", outcome="refused"),
    happened("problem.owned", 43, problem_id="3", by_unit="DESK"),
    happened("delivery.completed", 64, condition="damaged", tidy=False),
    happened("recognition.given", 65, touchpoint="DESK"),
]  # fmt: skip


def pseudo_catalogue():
    """A language in which every letter that comes from the catalogue has a circle around it."""
    template = read_po((CONCEPTS.parents[1] / "contracts/touchline_contracts/words/touchline.pot").read_text())

    def circled(entry, text):
        if entry.context is None:
            return "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
        if entry.context.startswith("instant."):
            return text
        return re.sub(
            r"{[^}]*}|[a-z]", lambda found: found[0] if len(found[0]) > 1 else chr(ord(found[0]) + 9327), text
        )

    return Catalogue(
        "pseudo",
        template,
        [Entry(*entry[:3], tuple(circled(entry, entry.text) for _ in entry.said)) for entry in template],
    )


def shown(assessment, words):
    """A journey as it is shown on a terminal of 80 columns."""
    console = Console(file=StringIO(), width=80)
    console.print(journey_in_words("STORE", "VISIT", as_published(assessment, attention_to(assessment)), words))
    return console.file.getvalue()


@pytest.mark.parametrize("minute", [2, 5, 17, 29, 45, 66, 10_000])
def test_every_word_of_touchlines_own_comes_from_the_catalogue(minute):
    shop = read_concept(SHOP, name="shop.yaml")
    assessment = standing(VISIT, shop, minutes=minute, store_wide=[])

    text = shown(assessment, pseudo_catalogue())

    assert "ⓣ" in text
    assert set(re.findall("[a-z]+", text)) <= {"ln"}


def test_a_word_that_does_not_come_from_the_catalogue_is_found():
    shop = read_concept(SHOP.replace("label: GOODS", "label: some goods"), name="shop.yaml")

    assert "some" in shown(standing(VISIT, shop, minutes=17), pseudo_catalogue())


def test_what_a_concept_leaves_out_is_said_in_every_language():
    template = read_po((CONCEPTS.parents[1] / "contracts/touchline_contracts/words/touchline.pot").read_text())
    known = {entry.text for entry in template if entry.context == "text"}

    own = {text for text in texts_in(read_concept(SHOP, name="shop.yaml")) if not text.isupper()}

    assert {"a greeting", "Go and greet the customer now.", "all stages together", "courtesy"} <= own
    assert own - known == set()


def texts_in(value, name=""):
    """The labels and remedies of a concept, however deep."""
    if isinstance(value, Phrase):
        return
    if isinstance(value, str):
        if name == "label" or name.endswith("remedy"):
            yield from [value] if value and value != "CAR WASH" else []
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_in(getattr(value, field.name), field.name)
    elif hasattr(value, "_asdict"):
        for key, each in value._asdict().items():
            yield from texts_in(each, key)
    elif hasattr(value, "values"):
        for each in value.values():
            yield from texts_in(each, name)


@SOME
@given(journeys(), concepts, minutes, store_wide)
def test_what_is_published_for_every_language_says_in_english_what_is_published_in_english(told, concept, at, seen):
    assessment = standing(
        [happened("customer.arrived", 0, channel="door"), *told], concept, minutes=at, store_wide=seen
    )
    english = catalogue()

    journey = as_published(assessment, attention_to(assessment))

    for line in journey.lines:
        assert english.say(line.expectation.phrase) == line.expectation.text
        if line.outcome is not None:
            assert english.say(line.outcome.phrase) == line.outcome.text
    for each in journey.attention:
        assert english.say(each.phrase) == each.headline


@SOME
@given(journeys(), concepts, minutes)
def test_every_journey_can_be_told_in_every_language(told, concept, at):
    assessment = standing([happened("customer.arrived", 0, channel="door"), *told], concept, minutes=at)

    texts = [shown(assessment, catalogue(language)) for language in languages()]

    assert len(set(texts)) == len(texts)


def test_where_more_than_ten_lines_would_have_to_be_put_right_none_is_named():
    def spoilt(problems):
        told = {"kind": "complaint", "severity": "major"}
        reported = [
            happened("problem.reported", n, problem_id=f"{n}", touchpoint=f"{n}", **told) for n in range(problems)
        ]
        return as_published(standing(reported, minutes=20), [])

    assert len(spoilt(10).to_restore) == 10
    assert spoilt(11).to_restore == []


def test_good_news_can_be_said_in_every_language():
    journey = [happened("customer.arrived", 0, channel="door"), happened("recognition.given", 1, touchpoint="parking")]

    news = good_news_of("riga-1", standing(journey, minutes=2))

    assert in_english(news.headline) == "More than was expected in riga-1: at parking"
    assert catalogue("lv").say(news.headline) == "Vairāk, nekā gaidīts (riga-1): parking"


def test_a_phrase_is_the_same_after_its_way_through_kafka():
    broken = standing([promised(0, due=60)], minutes=61).lines[0]

    there = published(broken.told)
    back = phrases.Phrase.model_validate_json(to_json(there.phrase))

    assert catalogue("ru").say(back) == "нарушено: не сделано"
    late = published(
        standing([promised(0, due=60), happened("promise.kept", 93, promise_id="p")], minutes=94).lines[0].told
    )
    assert (
        catalogue("lt").say(phrases.Phrase.model_validate_json(to_json(late.phrase)))
        == "neištesėta: padaryta 33 min. per vėlai"
    )


@pytest.fixture
def evaluate(tmp_path):
    def run(*options):
        file = tmp_path / "events.ndjson"
        promise = {"what": "goods_from_second_warehouse", "due": at(180), "fulfilled_by": "warehouse"}
        file.write_text(as_lines([told("customer.arrived", -8, channel="door"),
                                  told("promise.made", 0, promise_id="goods", **promise)]))  # fmt: skip
        arguments = ["evaluate", str(file), "--concept", str(CONCEPTS / "hardware-shop.yaml"), *options]
        return CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments)

    return run


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["broken: not done", "far below adequate", "takes 77% off"]),
        ("lt", ["neištesėta: nepadaryta", "gerokai žemiau priimtino", "tai atima 77 %", "-1,470 iš "]),
        ("lv", ["lauzts: nav izdarīts", "krietni zem pieņemamā", "tas atņem 77 %"]),
        ("ru", ["нарушено: не сделано", "намного ниже приемлемого", "это отнимает 77 %"]),
    ],
)
def test_evaluate_shows_a_ledger_in_the_language_that_is_asked_for(evaluate, language, words):
    result = evaluate("--language", language, "--at", "2026-03-07T14:00:00Z")

    text = " ".join(result.stdout.split())
    assert [each for each in words if each not in text] == []


def test_a_language_that_there_are_no_words_for_is_refused(evaluate):
    result = evaluate("--language", "xx")

    assert result.exit_code == 2
    assert f"must be one of {', '.join(languages())}, got 'xx'" in result.stderr


def test_the_language_changes_nothing_for_programs(evaluate):
    options = ["--json", "--at", "2026-03-07T14:00:00Z"]

    assert evaluate(*options, "--language", "lt").stdout == evaluate(*options).stdout
