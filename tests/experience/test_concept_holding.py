"""Which concept holds for a journey: the most specific, in the version that held when it began, and so its ancestors.

What cannot be put together never stands in the way of what held before.
"""

from itertools import permutations

import pytest
from structlog.testing import capture_logs

from services.experience.adapters.concept_file import concept_from_lineage
from services.experience.concepts import Concepts
from tests.experience.concepts_published import Kept, concepts, day, holding, published

BRAND = {"stores": ["riga-1", "riga-2", "vilnius-1"], "greeting": "60s", "stages": {"checkout": "5m"}}
BALTIC = {"extends": "brand", "stores": ["riga-1", "riga-2"], "greeting": {"call": "door"}}
OWN = {"extends": "baltic", "stores": ["riga-1"], "stages": {"checkout": "4m"}}


def test_the_most_specific_holds_its_own_else_its_regions_else_its_brands_else_everybodys():
    found = concepts(
        published(0, "own", **OWN),
        published(1, "baltic", **BALTIC),
        published(2, "brand", **BRAND),
        published(3, "all"),
    )

    assert [holding(found, store, 4)[0] for store in ("riga-1", "riga-2", "vilnius-1", "tallinn-1")] == [
        "own",
        "baltic",
        "brand",
        "all",
    ]


def test_a_brand_that_is_published_later_does_not_take_the_place_of_what_builds_on_it():
    found = concepts(
        published(0, "brand", stores=["riga-1"]),
        published(0, "baltic", extends="brand", stores=["riga-1", "riga-2"]),
        published(1, "brand", 2, stores=["riga-1"]),
    )

    assert holding(found, "riga-1", 2) == ("baltic", 1)
    assert found.of("riga-1", day(2)).builds_on == (("brand", 2),)


def test_a_concept_is_put_together_from_all_that_it_builds_on():
    own = concepts(published(0, "brand", **BRAND), published(0, "baltic", **BALTIC), published(0, "own", **OWN)).of(
        "riga-1", day(1)
    )

    assert (own.greeting.expected, own.greeting.call, own.stages["checkout"].expected) == (60, "door", 240)
    assert own.builds_on == (("baltic", 1), ("brand", 1))


def test_a_new_version_of_the_brand_comes_through_for_journeys_that_begin_from_then_on():
    found = concepts(
        published(0, "brand", **BRAND),
        published(0, "baltic", **BALTIC),
        published(0, "own", **OWN),
        published(5, "brand", 2, **BRAND | {"greeting": "30s", "stages": {"checkout": "1m"}}),
    )

    before, after = found.of("riga-1", day(4.9)), found.of("riga-1", day(5))
    assert (before.greeting.expected, after.greeting.expected) == (60, 30)
    assert (before.stages["checkout"].expected, after.stages["checkout"].expected) == (240, 240)
    assert (before.builds_on[-1], after.builds_on[-1]) == (("brand", 1), ("brand", 2))


def test_a_store_of_its_own_keeps_it_when_a_region_that_it_does_not_build_on_is_published_later():
    found = concepts(published(0, "old-house", stores=["riga-1"]), published(1, "baltic", stores=["riga-1", "riga-2"]))

    assert [holding(found, store, 2)[0] for store in ("riga-1", "riga-2")] == ["old-house", "baltic"]


def test_of_concepts_for_as_many_stores_that_do_not_know_each_other_the_later_holds():
    found = concepts(published(0, "first", stores=["riga-1"]), published(1, "second", stores=["riga-1"]))

    assert [holding(found, "riga-1", on)[0] for on in (0.5, 1)] == ["first", "second"]


def test_what_is_for_no_store_by_itself_holds_nowhere():
    found = concepts(published(0, "brand", stores=[]), published(0, "baltic", extends="brand", stores=["riga-1"]))

    assert holding(found, "riga-1", 1)[0] == "baltic"
    assert holding(found, "vilnius-1", 1)[0] == "no-concept"


def test_a_version_holds_from_the_date_that_it_says():
    found = concepts(
        published(0, "shop", 1, stores=["riga-1"]),
        published(1, "shop", 2, stores=["riga-1"], holds_from="2026-03-11"),
        published(2, "shop", 3, stores=["riga-1"], holds_from="2026-03-15T06:00:00+02:00"),
    )

    four_in_utc = 14 + 4 / 24
    assert [holding(found, "riga-1", on)[1] for on in (9.99, 10, four_in_utc - 0.01, four_in_utc)] == [1, 2, 2, 3]


def test_a_date_that_is_past_takes_no_journey_its_concept():
    found = concepts(
        published(0, "shop", 1, stores=["riga-1"]), published(5, "shop", 2, stores=["riga-1"], holds_from="2026-03-02")
    )

    assert [holding(found, "riga-1", on)[1] for on in (4, 5)] == [1, 2]


def test_what_does_not_hold_yet_says_nothing_about_journeys_before():
    ahead = published(0, "shop", 1, stores=["riga-1"], holds_from="2026-03-11")

    assert holding(concepts(ahead), "riga-1", 5)[0] == "no-concept"
    assert holding(concepts(ahead, published(0, "all")), "riga-1", 5)[0] == "all"


def test_one_that_does_not_hold_yet_is_replaced_by_one_for_the_same_day():
    found = concepts(
        published(0, "shop", 1, stores=["riga-1"]),
        published(1, "shop", 2, stores=["riga-1"], holds_from="2026-03-11"),
        published(2, "shop", 3, stores=["riga-1"], holds_from="2026-03-11"),
    )

    assert [holding(found, "riga-1", on)[1] for on in (5, 10, 20)] == [1, 3, 3]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_documents_with_one_number_for_the_same_day_the_last_published_counts(order):
    twice = [
        published(1, "shop", 2, stores=["riga-1"], title="First", holds_from="2026-03-11"),
        published(2, "shop", 2, stores=["riga-1"], title="Second", holds_from="2026-03-11"),
    ]

    assert concepts(*twice[::order]).of("riga-1", day(10)).title == "Second"


def test_a_store_goes_back_to_its_regions_by_a_version_that_says_nothing():
    found = concepts(
        published(0, "brand", **BRAND),
        published(0, "baltic", **BALTIC),
        published(0, "own", **OWN),
        published(1, "own", 2, extends="baltic", stores=["riga-1"]),
    )

    assert [found.of("riga-1", day(on)).stages["checkout"].expected for on in (0, 1)] == [240, 300]


def test_until_what_it_builds_on_is_published_what_held_before_goes_on_and_that_is_said_once():
    kept = Kept([*published(0, "baltic", stores=["riga-1", "riga-2"]), *published(5, "brand", **BRAND)])
    kept.published.extend(published(1, "own", extends="brand", stores=["riga-1"]))
    found = Concepts(concept_from_lineage)
    with capture_logs() as logs:
        for name in ("elsewhere", "and-there"):
            found.refresh(kept)
            before, after = found.of("riga-1", day(4)), found.of("riga-1", day(5))
            kept.published.extend(published(6, name, stores=["tallinn-1"]))

    assert (before.name, after.name) == ("baltic", "own")
    (said,) = logs
    assert said["why"] == (
        "concept own version 1 extends brand, which holds only from 2026-03-06T00:00:00+00:00 on: "
        "until then what held before it goes on"
    )


def test_what_builds_on_something_that_nobody_published_says_what_to_publish():
    with capture_logs() as logs:
        assert (
            holding(concepts(published(0, "own", extends="brand", stores=["riga-1"])), "riga-1", 1)[0] == "no-concept"
        )

    assert logs[0]["why"] == (
        "concept own version 1 extends brand, and no concept of that name was published: "
        "until it is, what held before goes on. Publish brand"
    )


def test_concepts_that_extend_each_other_leave_what_held_before():
    with capture_logs() as logs:
        found = concepts(
            published(0, "a", 1, stores=["riga-1"]),
            published(1, "b", 1, extends="a", stores=["riga-2"]),
            published(2, "a", 2, extends="b", stores=["riga-1"]),
            published(3, "a", 3, stores=["riga-1"]),
        )
        assert [holding(found, "riga-1", on) for on in (1, 2, 3)] == [("a", 1), ("a", 1), ("a", 3)]
        assert [found.of("riga-2", day(on)).builds_on for on in (1, 2, 3)] == [(("a", 1),), (("a", 1),), (("a", 3),)]

    assert "builds on itself: a -> b -> a; publish one of them without extends" in logs[0]["why"]


def test_a_brand_that_takes_away_what_a_store_needs_does_not_reach_that_store():
    poor = {key: value for key, value in BRAND.items() if key != "stages"}
    with capture_logs() as logs:
        found = concepts(
            published(0, "brand", **BRAND),
            published(0, "own", extends="brand", stores=["riga-1"], stages={"checkout": {"call": "till"}}),
            published(1, "brand", 2, **poor),
            published(2, "brand", 3, **BRAND),
        )
        assert [found.of("riga-1", day(on)).builds_on for on in (0, 1, 2)] == [(("brand", n),) for n in (1, 1, 3)]
        assert holding(found, "vilnius-1", 1) == ("brand", 2)

    assert logs[0]["why"] == "concept own: stages.checkout.within: is missing"


def test_a_version_reigns_from_when_it_began_to_hold_whatever_becomes_of_what_it_builds_on():
    found = concepts(
        published(0, "brand", **BRAND),
        published(1, "own", extends="brand", stores=["riga-1"]),
        published(2, "brand", 2, **BRAND),
        published(3, "own", 2, extends="brand", stores=["riga-1"]),
    )

    assert [found.reign("riga-1", day(on)) for on in (0, 1, 2, 3)] == [
        (day(0), day(1)),
        (day(1), day(2)),
        (day(1), day(3)),
        (day(3), None),
    ]


def test_everybodys_concept_reigns_until_the_store_has_its_own():
    found = concepts(published(0, "all"), published(2, "own", stores=["riga-1"], holds_from="2026-03-06"))

    assert [found.reign("riga-1", day(on)) for on in (-1, 1, 5)] == [(None, day(0)), (day(0), day(5)), (day(5), None)]


def test_the_same_versions_are_the_same_object_whatever_is_published_elsewhere():
    kept = Kept([*published(0, "brand", **BRAND), *published(0, "baltic", **BALTIC)])
    found = Concepts(concept_from_lineage)
    found.refresh(kept)
    first = found.of("riga-1", day(1))

    kept.published.extend(published(2, "elsewhere", stores=["tallinn-1"]))
    found.refresh(kept)
    assert found.of("riga-1", day(3)) is found.of("riga-2", day(1)) is first

    kept.published.extend(published(4, "brand", 2, **BRAND))
    found.refresh(kept)
    assert found.of("riga-1", day(3)) is first
    assert found.of("riga-1", day(4)) is not first


def test_whoever_builds_on_what_is_published_is_concerned_by_it():
    found = concepts(
        published(0, "brand", **BRAND),
        published(0, "baltic", **BALTIC),
        published(0, "elsewhere", stores=["tallinn-1"], extends="baltic"),
        published(0, "waits", stores=["tartu-1"], extends="nobody"),
    )
    (new, *_) = published(5, "brand", 2, **BRAND)

    assert found.concerned_by("vilnius-1", new.from_, new.document) == dict.fromkeys(
        ["vilnius-1", "riga-1", "riga-2", "tallinn-1"], day(5)
    )
    nobody = {"concept": "nobody", "version": 1, "title": "n", "stores": []}
    assert list(found.concerned_by("*", day(5), nobody)) == ["tartu-1"]
    assert found.concerned_by("*", day(5), nobody)["tartu-1"] < day(-9999)


def test_a_publication_for_many_stores_concerns_those_that_build_on_it_only_once():
    first, second, _ = published(5, "brand", 2, **BRAND)
    found = concepts(published(0, "brand", **BRAND), published(0, "own", **OWN | {"extends": "brand"}), [first])

    assert list(found.concerned_by(second.store, second.from_, second.document)) == [second.store]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_which_order_publications_become_known_does_not_matter(order):
    publications = [
        published(0, "brand", **BRAND),
        published(0, "baltic", **BALTIC),
        published(0, "own", **OWN),
        published(3, "brand", 2, **BRAND | {"greeting": "30s"}),
    ]
    found = concepts(*(publications[number] for number in order))

    assert [found.of("riga-1", day(on)).greeting.expected for on in (1, 3)] == [60, 30]
    assert [found.of("riga-1", day(on)).stages["checkout"].expected for on in (1, 3)] == [240, 240]
