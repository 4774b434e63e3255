"""Published versions of concepts: from when each holds, which counts of several, and what it builds on then."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from services.experience.domain.lineage import (
    NoLineage,
    Version,
    Versions,
    held_at,
    holds_since,
    instant_of,
    version_of,
)

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)


def day(number):
    return START + number * DAY


def version(name, published=0, number=1, store="riga-1", stores=("riga-1",), **more):
    document = {"concept": name, "version": number, **more}
    return version_of(store, day(published), document if stores is None else {**document, "stores": list(stores)})


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T06:00Z", datetime(2026, 12, 1, 6, tzinfo=UTC)),
        ("2026-12-01T06:00:00+02:00", datetime(2026, 12, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_date_begins_at_midnight_utc_and_an_instant_has_a_zone(written, instant):
    assert (instant_of(written), instant_of(written).tzinfo) == (instant, UTC)


def test_that_midnight_is_utcs_wherever_the_machine_is(monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # 14 hours ahead
    time.tzset()
    try:
        assert [instant_of(written).isoformat() for written in ("2026-12-01", "2026-12-01T06:00:00+02:00")] == [
            "2026-12-01T00:00:00+00:00",
            "2026-12-01T04:00:00+00:00",
        ]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "written", ["2026-02-30", "2026-12-01T06:00", "2026-12-1", "tomorrow", "0001-01-01T00:00+10:00", 20261201, None]
)
def test_anything_else_is_refused_with_what_to_write(written):
    expected = (
        "must be a date such as 2026-12-01, which begins at midnight UTC, "
        "or an instant with its zone such as 2026-12-01T06:00:00+02:00"
    )

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        instant_of(written)


def test_a_version_holds_from_when_it_says_and_never_before_it_was_published():
    assert holds_since({}, day(3)) == day(3)
    assert holds_since({"holds_from": "2026-03-02"}, day(3)) == day(3)
    assert holds_since({"holds_from": "2026-03-09"}, day(3)) == day(8)


def test_a_document_becomes_a_version_as_it_was_published():
    document = {
        "concept": "own",
        "version": 2,
        "extends": "brand",
        "stores": ["riga-1", "riga-2"],
        "holds_from": "2026-03-09",
    }

    found = version_of("riga-1", day(3), document)

    assert found == Version(
        store="riga-1",
        name="own",
        number=2,
        extends="brand",
        published_at=day(3),
        since=day(8),
        ahead=True,
        breadth=2,
        document=document,
        content=repr(document),
    )
    assert found.in_words == "own version 2"
    everywhere = version_of("*", day(8), {"concept": "all", "version": "3", "holds_from": "2026-03-09"})
    assert (everywhere.number, everywhere.extends, everywhere.ahead, everywhere.breadth) == (
        3,
        None,
        False,
        float("inf"),
    )


def test_of_versions_that_hold_from_the_same_instant_the_highest_counts_and_then_the_last_published():
    ahead = {"holds_from": "2026-03-09"}
    told = [
        version("own", 0, 2, title="a", **ahead),
        version("own", 1, 1, title="b", **ahead),
        version("own", 2, 2, title="c", **ahead),
        version("own", 3, 1, title="d"),
    ]

    for order in (told, told[::-1]):
        family = Versions(order).published_for("riga-1")["own"]
        assert [each.document["title"] for each in family] == ["d", "b", "a", "c"]
        assert held_at(family, day(8)).document["title"] == "c"
        assert held_at(family, day(8) - DAY / 2).document["title"] == "d"
        assert held_at(family, day(3)).document["title"] == "d"
        assert held_at(family, day(3) - DAY / 2) is None


def test_what_was_published_for_a_store_is_known_by_its_name_and_what_is_for_none_holds_nowhere():
    own, everybodys = version("own"), version("all", store="*", stores=None)
    regional, for_none = version("region", store="*", stores=("riga-1",)), version("brand", store="*", stores=())
    kept = version("kept", store="riga-2", stores=())

    found = Versions([own, everybodys, regional, for_none, kept])

    assert found.published_for("riga-1") == {"own": [own]}
    assert found.published_for("riga-2") == {"kept": [kept]}
    assert found.published_for("*") == {"all": [everybodys], "region": [regional]}
    assert found.published_for("tallinn-1") == {}


def test_a_version_is_known_by_its_content_for_whichever_store_it_was_published():
    found = Versions([version("own", title="a")])

    assert found.knows(version("own", 5, store="riga-2", title="a"))
    assert not found.knows(version("own", title="b"))
    assert not found.knows(version("other", title="a"))


OWN = version("own", extends="region")
REGION = version("region", store="*", extends="brand")
BRANDS = [version("brand", number, number + 1, store="*") for number in (0, 4)]


def test_a_version_builds_on_what_held_at_that_instant_the_eldest_first():
    found = Versions([OWN, REGION, *BRANDS])

    assert found.lineage(OWN, day(3)) == [BRANDS[0], REGION, OWN]
    assert found.lineage(OWN, day(4)) == [BRANDS[1], REGION, OWN]
    assert found.lineage(BRANDS[0], day(4)) == [BRANDS[0]]


def test_without_what_it_builds_on_there_is_no_lineage_and_what_to_publish_is_said():
    missing = "concept own version 1 extends region, and no concept of that name was published: until it is, what held before goes on. Publish region"  # noqa: E501
    with pytest.raises(NoLineage, match=f"^{re.escape(missing)}$"):
        Versions([OWN]).lineage(OWN, day(3))

    later = f"concept region version 1 extends brand, which holds only from {day(4).isoformat()} on: until then what held before it goes on"  # noqa: E501
    with pytest.raises(NoLineage, match=f"^{re.escape(later)}$"):
        Versions([OWN, REGION, BRANDS[1], version("brand", 6, 3)]).lineage(OWN, day(3))


def test_what_builds_on_itself_has_no_lineage_and_the_way_is_said():
    circle = version("brand", extends="own")
    said = "concept own version 1 builds on itself: own -> region -> brand -> own; publish one of them without extends"

    with pytest.raises(NoLineage, match=f"^{re.escape(said)}$"):
        Versions([OWN, REGION, circle]).lineage(OWN, day(3))

    itself = version("own", extends="own")
    with pytest.raises(NoLineage, match="builds on itself: own -> own;"):
        Versions([itself]).lineage(itself, day(3))


def test_a_concept_changes_whenever_anything_begins_to_hold_that_it_has_ever_built_on():
    before = version("region", 1, 2, store="*", extends="old-brand")
    old = version("old-brand", 2, store="*")
    found = Versions([OWN, version("own", 7, 2), REGION, before, old, *BRANDS, version("other", 9)])

    assert found.changes("own") == [day(number) for number in (0, 1, 2, 4, 7)]
    assert found.changes("brand") == [day(0), day(4)]
    assert found.changes("unheard-of") == []


def test_the_stores_are_known_for_which_something_was_published_that_builds_on_a_concept():
    here, there = OWN, version("there", store="riga-2", stores=("riga-2",), extends="brand")
    found = Versions([here, there, REGION, *BRANDS, version("else", store="vilnius-1", stores=("vilnius-1",))])

    assert found.descendants_in("brand") == {"riga-1", "riga-2", "*"}
    assert found.descendants_in("region") == {"riga-1"}
    assert found.descendants_in("own") == set()
