"""Service concepts as people write them: short, with the defaults of the domain for all they leave out."""

import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from services.commands.concept_reading import read_file
from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_file import concept_from_lineage, read_concept
from services.experience.adapters.concept_sections import StandardSection
from services.experience.adapters.concept_values import in_words
from services.experience.domain.concept import Importance, ServiceConcept, Standard, Unit
from tests.experience.builders import CONCEPTS, concept_file

HEAD = "concept: shop\nversion: 3\ntitle: A shop\n"
SHIPPED = sorted(path.stem for path in CONCEPTS.glob("*.yaml"))


def read(text):
    return read_concept(HEAD + text, name="shop.yaml")


def test_what_a_file_leaves_out_is_the_default_of_the_domain():
    assert read("") == replace(ServiceConcept(), name="shop", version=3, title="A shop", conduct=read("").conduct)
    assert read("").conduct == dict(ServiceConcept().conduct)


@pytest.mark.parametrize(
    ("section", "attribute"),
    [("costs", "costs"), ("parameters", "parameters"), ("outlook", "outlook"), ("problems", "problems")],
)
def test_every_number_of_the_domain_can_be_written(section, attribute):
    written = ConceptDocument.model_fields[section].annotation.model_fields

    assert set(written) == {field.name for field in fields(getattr(ServiceConcept(), attribute))}


def test_a_wait_may_be_written_as_its_duration_and_a_rating_as_its_number():
    short = read("greeting: 60s\nstages: {window: 90s}\nconduct: {courtesy: 3}\ncleanliness: {toilet: 4}\n")
    long = read(
        "greeting: {within: 60s}\nstages: {window: {within: 90s}}\n"
        "conduct: {courtesy: {expected: 3}}\ncleanliness: {toilet: {expected: 4}}\n"
    )

    assert short == long
    assert (short.greeting.expected, short.stages["window"].expected) == (60, 90)
    assert (short.conduct["courtesy"].expected, short.cleanliness["toilet"].expected) == (3, 4)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1.5h", timedelta(minutes=90)),
        ("90", timedelta(seconds=90)),
        ("'90'", timedelta(seconds=90)),
    ],
)
def test_durations_are_written_with_a_unit_or_in_seconds(written, span):
    assert read(f"quiet_time: {written}\n").quiet_time == span


def test_a_standard_says_of_itself_what_differs():
    stage = read(
        "stages:\n  cutting:\n    within: 15m\n    label: cutting to size\n    kind: must_be\n    weight: 0.5\n"
        "    remedy: >\n      Open\n      the second saw.\n    call: saw_desk\n"
    ).stages["cutting"]

    assert (stage.touchpoint, stage.label, stage.unit) == ("stage:cutting", "cutting to size", Unit.SECONDS)
    assert (stage.expected, stage.kind, stage.weight) == (900, Importance.MUST_BE, 0.5)
    assert (stage.remedy, stage.call) == ("Open the second saw.", "saw_desk")


def test_what_is_no_standard_yet_gets_a_label_and_a_remedy():
    concept = read("greeting: {within: 60s, manner: 4}\nstages: {car_wash: 5m}\ncleanliness: {fitting_room: 4}\n")

    found = [concept.greeting, concept.manner, concept.stages["car_wash"], concept.cleanliness["fitting_room"]]
    labels = ["a greeting", "a friendly manner", "car wash", "a clean fitting room"]
    assert [in_words(each.label) for each in found] == labels
    assert all(each.remedy for each in found)


def test_the_budget_among_the_stages_is_for_all_of_them():
    concept = read("stages: {attend: 3m, budget: {within: 15m, label: everything}}\n")

    assert list(concept.stages) == ["attend"]
    assert (concept.journey_budget.expected, concept.journey_budget.label) == (900, "everything")


def test_conduct_changes_one_aspect_and_keeps_the_others():
    conduct = read("conduct:\n  courtesy: {expected: 2, polarity: -1}\n  till.competence: {weight: 1}\n").conduct

    defaults = ServiceConcept().conduct
    assert conduct["courtesy"] == defaults["courtesy"]._replace(expected=2, polarity=-1)
    assert conduct["competence"] == defaults["competence"]
    till = conduct["till.competence"]
    assert till == defaults["competence"]._replace(weight=1, label=till.label)
    assert in_words(till.label) == "a competent answer at till"


def test_deliveries_hand_offs_defects_and_recognition():
    concept = read(
        "delivery:\n  label: the goods\n  conditions: {wrong: 0}\n  within: {within: 2h, remedy: Hurry.}\n"
        "  tidy: {untidy: 0.7}\nhandoffs: {within: 90s, without_context: 0.5}\n"
        "defects: {minor: 0.9, weight: 0.2}\nrecognition: {ratio: 1.1}\n"
    )

    assert (concept.delivery.label, concept.delivery.kind) == ("the goods", Importance.MUST_BE)
    assert concept.conditions == {"as_ordered": 1.0, "damaged": 0.5, "incomplete": 0.5, "wrong": 0}
    assert (concept.delivery_wait.expected, concept.delivery_wait.remedy) == (7200, "Hurry.")
    assert concept.tidiness.missed == 0.7
    assert (concept.handoff.expected, concept.handoff_without_context) == (90, 0.5)
    assert (concept.defects.missed, concept.defects.weight) == (0.9, 0.2)
    assert concept.beyond == 1.1


def test_promises_are_looked_after_by_what_was_promised():
    promise = read("promises:\n  call_back: {confirm_within: 0.5, kept_before: 3}\n").promise("call_back")

    assert (promise.label, promise.confirm_within, promise.kept_before) == ("call back", 0.5, 3)
    assert promise.broken_before == ServiceConcept().promise("x").broken_before


def test_names_are_not_taken_for_other_values():
    concept = read_concept(
        "concept: no\nversion: 1\ntitle: Yes\nstores: [no, on-1]\nstages: {1: 90s, off: 5m}\n", name="x"
    )

    assert (concept.name, concept.title, concept.stores) == ("no", "Yes", ("no", "on-1"))
    assert list(concept.stages) == ["1", "off"]


def test_anchors_save_writing_a_remedy_twice():
    stages = read("stages:\n  a: {within: 5m, remedy: &open Open a till.}\n  b: {within: 9m, remedy: *open}\n").stages

    assert stages["a"].remedy == stages["b"].remedy == "Open a till."


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_concept_reads_and_is_the_same_after_it_was_published_as_json(name):
    whole = read_file(CONCEPTS / f"{name}.yaml").whole

    published = [json.loads(json.dumps(source.written.value)) for source in whole.lineage]

    assert concept_from_lineage(published) == concept_file(name)
    assert concept_file(name).name == name


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_concept_says_whom_it_is_for_and_what_to_do(name):
    text = (CONCEPTS / f"{name}.yaml").read_text(encoding="utf-8")
    concept = concept_file(name)
    standards = [
        *concept.stages.values(),
        *concept.conduct.values(),
        *concept.cleanliness.values(),
        *[each for each in (concept.greeting, concept.journey_budget, concept.delivery_wait) if each],
        *[concept.delivery, concept.tidiness, concept.handoff, concept.defects],
    ]

    assert text.startswith("# For ")
    assert all(each.remedy for each in [*standards, concept.problems, *concept.promises.values()])
    assert all(len(each.remedy) <= 160 for each in standards)


def test_the_shipped_concepts_share_no_store_but_with_what_they_build_on():
    shipped = [concept_file(name) for name in SHIPPED]
    brands = [concept for concept in shipped if not concept.builds_on]
    stores = [store for concept in brands for store in concept.stores or ()]

    assert len(brands) >= 6
    assert len(set(stores)) == len(stores)
    assert [concept.name for concept in shipped if concept.stores is None] == ["marketplace"]
    for concept in shipped:
        for name, _ in concept.builds_on:
            assert set(concept.stores) <= set(concept_file(name).stores)


def test_every_key_of_a_standard_is_one_of_the_domain():
    assert set(StandardSection.model_fields) <= set(Standard._fields)
