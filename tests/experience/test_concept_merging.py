"""Putting a concept over what it extends: section by section, name by name."""

from hypothesis import given
from hypothesis import strategies as st

from services.experience.adapters.concept_merging import inherited, leaves, merged, spelled_out, without_dropped

NAMES = st.sampled_from(["cutting", "checkout", "*"])
SECTIONS = {
    "adequate": st.floats(0.1, 1),
    "units": st.lists(st.sampled_from(["till", "door"]), max_size=2, unique=True),
    "greeting": st.one_of(
        st.just("60s"), st.fixed_dictionaries({}, optional={"within": st.just("5m"), "call": st.just("till")})
    ),
    "stages": st.dictionaries(
        NAMES,
        st.one_of(st.just("90s"), st.fixed_dictionaries({}, optional={"within": st.just("5m"), "weight": st.just(1)})),
    ),
    "delivery": st.fixed_dictionaries(
        {}, optional={"conditions": st.just({"wrong": 0.1}), "tidy": st.just({"untidy": 0.2})}
    ),
}
DOCUMENTS = st.fixed_dictionaries({}, optional=SECTIONS).map(spelled_out)
DROPPING = st.fixed_dictionaries({}, optional={key: st.none() for key in SECTIONS})


def test_a_section_in_short_is_spelled_out_wherever_it_may_stand():
    written = {"greeting": "60s", "stages": {"x": "90s"}, "delivery": {"within": "2h"}, "conduct": {"courtesy": 3}}

    assert spelled_out(written) == {
        "greeting": {"within": "60s"},
        "stages": {"x": {"within": "90s"}},
        "delivery": {"within": {"within": "2h"}},
        "conduct": {"courtesy": {"expected": 3}},
    }


def test_what_is_no_concept_stays_as_it_is():
    for value in ([], "shop", {"stages": ["x"], "greeting": [1], "unknown": {"a": "b"}}):
        assert spelled_out(value) == value


def test_names_versions_and_stores_are_not_inherited():
    brand = {
        "concept": "brand",
        "version": 3,
        "title": "B",
        "stores": ["a"],
        "holds_from": "2026-01-01",
        "extends": "x",
    }

    assert inherited([brand, {"concept": "shop", "version": 1}]) == {"concept": "shop", "version": 1, "title": "B"}


@given(DOCUMENTS)
def test_spelled_out_once_is_spelled_out(document):
    assert spelled_out(document) == document


@given(DOCUMENTS)
def test_a_document_over_nothing_or_itself_and_nothing_over_it_is_the_document(document):
    assert merged(document, {}) == merged({}, document) == merged(document, document) == document


@given(DOCUMENTS, DOCUMENTS)
def test_everything_that_the_later_says_holds_and_of_the_earlier_what_the_later_does_not_say(earlier, later):
    whole, said = dict(leaves(merged(earlier, later))), dict(leaves(later))

    assert whole == {**dict(leaves(earlier)), **said}


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_it_does_not_matter_which_two_of_three_are_put_together_first(brand, region, store):
    assert merged(merged(brand, region), store) == merged(brand, merged(region, store))


@given(DOCUMENTS, DROPPING, DOCUMENTS)
def test_nor_where_something_is_dropped_and_not_given_again(brand, dropping, region):
    store = {key: value for key, value in region.items() if key not in dropping}
    left, right = merged(merged(brand, dropping), store), merged(brand, merged(dropping, store))

    assert without_dropped(left) == without_dropped(right)
    assert not set(dropping) & set(without_dropped(left))
