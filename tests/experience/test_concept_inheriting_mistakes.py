"""Mistakes in concepts that extend others: found in the whole, told with the file and line where they were made."""

from datetime import UTC, datetime

import pytest

from services.commands.concept_reading import read_file
from services.experience.adapters.concept_file import ConceptError, concept_from_document, concept_from_lineage
from services.experience.adapters.concept_lineage import UnfinishedConcept
from tests.experience.concept_folder import BRAND, SHOP, Folder

NOW = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        (
            "stages: {sawing: {call: saw}}",
            ["shop.yaml:5: stages.sawing.within: is missing"],
        ),
        (
            "stages:\n  cuting: null",
            [
                ("shop.yaml:6: stages.cuting: is null, which drops what is inherited, and brand says nothing of it; "
                "did you mean cutting?")
            ],
        ),
        (
            "units: null",
            ["shop.yaml:5: units: is null, which drops what is inherited, and brand says nothing of it; leave the"],
        ),
        (
            "costs:\n  effectiveness: 0.01",
            [
                ("shop.yaml:5: costs: no alert would ever pay: intervention / (effectiveness x bad_outcome) must be "
                "below 1, it is 1.25")
            ],
        ),
        ("stages:", ["shop.yaml:5: stages: has no value: give one, or leave the key out; null drops what is"]),
        ("holds_from: 1.12.", ["shop.yaml:5: holds_from: must be a date such as 2026-12-01, which begins at midnight"]),
        ("holds_from: 2026-02-30", ["shop.yaml:5: holds_from: must be a date"]),
        ("holds_from: 2026-12-01T06:00:00", ["shop.yaml:5: holds_from: must be a date"]),
        ("version: null", ["shop.yaml:5: version: is given twice"]),
        ("greeting: {within: 90x}\nadequate: 2", ["shop.yaml:5: greeting.within: must be", "shop.yaml:6: adequate: "]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_whole_is_told_where_it_was_written(folder, text, mistakes):
    found = folder.mistakes(text)

    assert len(found) == len(mistakes)
    assert all(each.startswith(start) for each, start in zip(found, mistakes, strict=True))


def test_the_mistakes_of_what_it_builds_on_come_after_its_own_with_their_file_and_line(folder):
    folder.write("brand", BRAND.replace("900", "900").replace("15m", "15x") + "adequat: 1\n")

    assert folder.mistakes("greeting: 90x\n") == [
        'shop.yaml:5: greeting: must be a duration such as 90s, 5m, 2h or 3d, got "90x"',
        'brand.yaml:7: stages.cutting: must be a duration such as 90s, 5m, 2h or 3d, got "15x"',
        "brand.yaml:10: adequat: is not a key of a concept; did you mean adequate?",
    ]


def test_a_concept_that_nobody_beside_it_has_is_told_with_a_name_that_is_near(folder):
    for name, what_next in (("brant", "did you mean brand?"), ("xyz", "put it into the same folder")):
        folder.write("shop", SHOP.replace("extends: brand", f"extends: {name}"))

        with pytest.raises(ConceptError) as caught:
            read_file(folder.path / "shop.yaml")

        assert str(caught.value) == (
            f"{folder.path}/shop.yaml:3: extends: no file beside this one has a concept of the name {name}; {what_next}"
        )


def test_concepts_that_extend_each_other_are_told_the_whole_circle(folder):
    folder.write("brand", BRAND + "extends: shop\n")

    assert folder.mistakes("") == [
        (
            "shop.yaml:3: extends: a concept cannot build on itself: shop (shop.yaml) -> brand (brand.yaml) -> "
            "shop (shop.yaml); take extends out of one of these files"
        )
    ]


def test_one_that_extends_itself_is_told_so(folder):
    with pytest.raises(ConceptError, match=r"cannot build on itself: brand \(brand.yaml\) -> brand \(brand.yaml\)"):
        read_file(folder.write("brand", BRAND + "extends: brand\n"))


def test_what_holds_only_later_than_what_builds_on_it_cannot_be_published(folder):
    folder.write("brand", BRAND + "holds_from: 2026-12-01\n")

    assert folder.mistakes("holds_from: 2026-11-01\n", at=NOW) == [
        (
            "shop.yaml:3: extends: brand (brand.yaml) holds only from 2026-12-01T00:00:00+00:00 on, and what builds "
            "on it from 2026-11-01T00:00:00+00:00; choose a later holds_from, or put the version of brand that holds "
            "until then into the same folder"
        )
    ]
    assert read_file(folder.shop("holds_from: 2026-12-01\n"), at=NOW).concept.builds_on == (("brand", 1),)


def test_of_several_versions_the_highest_counts_and_to_publish_the_one_that_will_hold(folder):
    folder.write("brand-2", BRAND.replace("version: 1", "version: 2") + "holds_from: 2026-12-01\n")

    assert read_file(folder.shop()).concept.builds_on == (("brand", 2),)
    assert read_file(folder.shop(), at=NOW).concept.builds_on == (("brand", 1),)
    assert read_file(folder.shop("holds_from: 2027-01-01\n"), at=NOW).concept.builds_on == (("brand", 2),)


def test_two_files_of_one_version_are_refused(folder):
    folder.write("copy", BRAND)

    assert folder.mistakes("") == [
        "shop.yaml:3: extends: brand.yaml and copy.yaml are both brand version 1; keep one of them"
    ]


def test_files_beside_it_that_are_no_concepts_do_not_matter(folder):
    folder.write("other", "a: b: c")
    folder.write("list", "- a")
    folder.write("half", "concept: brand\nversion: one\n")
    (folder.path / "latin.yaml").write_bytes(b"title: caf\xe9")

    assert read_file(folder.shop()).concept.builds_on == (("brand", 1),)


def test_a_published_document_lacks_what_it_builds_on_or_is_wrong_whatever_that_is():
    shop = {"concept": "shop", "version": 1, "extends": "brand", "stages": {"checkout": {"call": "till"}}}

    with pytest.raises(UnfinishedConcept, match=r"concept shop: stages.checkout.within: is missing"):
        concept_from_document(shop)
    for wrong in ({"adequate": 2}, {"stages": {"checkout": "9x"}}, {"adequat": 1}, {"version": "one"}):
        with pytest.raises(ConceptError) as caught:
            concept_from_document({**shop, **wrong})
        assert not isinstance(caught.value, UnfinishedConcept)


def test_to_drop_what_is_gone_already_is_no_mistake_among_published_concepts():
    brand = {"concept": "brand", "version": 1, "title": "Brand"}
    shop = {"concept": "shop", "version": 1, "extends": "brand", "stages": {"cutting": None}}

    assert concept_from_lineage([brand, shop]).stages == {}
