"""Concepts that extend others, from files: what they are together, and what of them is published."""

from datetime import UTC, datetime

import pytest

from services.commands.concept import concept_events
from services.commands.concept_reading import read_file, read_files
from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.domain.concept import Importance, ServiceConcept
from tests.experience.builders import CONCEPTS
from tests.experience.concept_folder import BRAND, Folder
from touchline_contracts import parse_event

NOW = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_a_concept_says_only_what_differs(folder):
    concept = read_file(folder.shop("stages: {checkout: {within: 4m}}\ncosts: {intervention: 50}\n")).concept

    assert (concept.name, concept.title, concept.stores) == ("shop", "The brand", ("riga-1",))
    assert (concept.stages["checkout"].expected, concept.stages["checkout"].remedy) == (240, "Open a till.")
    assert concept.stages["cutting"].expected == 900
    assert (concept.costs.intervention, concept.costs.bad_outcome) == (50, 400)


@pytest.mark.parametrize("written", ["greeting: 90s\n", "greeting: {within: 90s}\n"])
def test_a_section_in_short_changes_its_one_value_and_keeps_the_others(folder, written):
    greeting = read_file(folder.shop(written)).concept.greeting

    assert (greeting.expected, greeting.kind) == (90, Importance.MUST_BE)


def test_a_section_in_short_can_be_added_to(folder):
    assert read_file(folder.shop("stages: {cutting: {call: saw}}\n")).concept.stages["cutting"].call == "saw"


def test_null_drops_what_is_inherited(folder):
    text = "greeting: null\nstages: {cutting: null, checkout: {remedy: null}}\ncosts: ~\n"
    concept = read_file(folder.shop(text)).concept

    assert concept.greeting is None
    assert list(concept.stages) == ["checkout"]
    assert concept.stages["checkout"].remedy.startswith("See what holds it up")
    assert concept.costs == ServiceConcept().costs


def test_what_was_dropped_can_be_given_anew_and_nothing_of_it_comes_back(folder):
    folder.write("region", "concept: region\nversion: 1\nextends: brand\nstages: {checkout: null}\n")
    shop = "concept: shop\nversion: 1\nextends: region\nstages: {checkout: 9m}\n"

    assert read_file(folder.write("shop", shop)).concept.stages["checkout"].remedy.startswith("See what holds it up")


def test_the_whole_concept_is_the_same_as_when_it_is_written_out(folder):
    inherited = read_file(folder.shop("greeting: 90s\nstages: {cutting: null}\n")).concept
    written_out = folder.write(
        "out",
        BRAND.replace("concept: brand", "concept: shop")
        .replace("stores: []", "stores: [riga-1]")
        .replace("60s", "90s")
        .replace("  cutting: 15m\n", ""),
    )

    assert inherited.builds_on == (("brand", 1),)
    assert {**vars(inherited), "builds_on": ()} == vars(read_file(written_out).concept)


def test_what_is_published_is_what_stands_in_the_file(folder):
    files = [folder.shop("greeting: 90s\nstages: {cutting: null}\n"), folder.path / "brand.yaml"]
    shop, brand = read_files(files, at=NOW)
    documents = [parse_event(concept_events(each, now=NOW)[0].to_json()).data.concept for each in (brand, shop)]

    assert documents[1]["stages"] == {"cutting": None}
    assert concept_from_lineage(documents) == shop.concept
    assert [event.store for event in concept_events(brand, now=NOW)] == ["*"]


def test_the_shipped_example_is_a_brand_a_region_and_a_store():
    concept = read_file(CONCEPTS / "hardware-shop-riga-1.yaml").concept

    assert concept.builds_on == (("hardware-shop-baltic", 1), ("hardware-shop", 1))
    assert list(concept.stages) == ["checkout"]
    assert (concept.stages["checkout"].expected, concept.stages["checkout"].remedy) == (240, "Open another till.")
    assert concept.promises["callback"].confirm_within == 0.15
    assert concept.greeting.kind is Importance.MUST_BE
