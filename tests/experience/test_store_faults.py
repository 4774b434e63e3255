"""What is left undone in a store: since when, how bad, until when, and what it adds to the neglect index."""

import pytest

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.store_care import StoreCare
from services.experience.domain.store_neglect import Fault, faults_left, neglect_index
from tests.experience.builders import at, happened, rated

HOUR = 60
CARE = StoreCare()
CONCEPT = ServiceConcept(cleanliness={"toilet": rated(4), "*": rated(2)})


def noticed(minute, name="torn-poster", severity="minor", **more):
    place = {"journey": None, "area": "window", **more}
    return happened("defect.noticed", minute, defect_id=name, severity=severity, **place)


def repaired(minute, name="torn-poster"):
    return happened("defect.repaired", minute, journey=None, defect_id=name)


def checked(minute, score, area="toilet", **more):
    return happened("cleanliness.checked", minute, journey=None, area=area, score=score, **more)


def cleaned(minute, area="toilet"):
    return happened("cleanliness.repaired", minute, journey=None, area=area)


def left(*happenings):
    return [tuple(fault) for fault in faults_left(in_order(happenings), CONCEPT)]


def test_what_is_left_undone_is_known_with_where_it_is_how_bad_and_since_when():
    assert left(
        noticed(5), checked(6, 3.9), checked(7, 1, "hall/left", location="front"), noticed(4, "lamp", "major")
    ) == [
        ("defect/lamp", "window", "major", at(4)),
        ("defect/torn-poster", "window", "minor", at(5)),
        ("cleanliness/toilet", "toilet", "minor", at(6)),
        ("cleanliness/hall%2Fleft/front", "hall/left", "major", at(7)),
    ]


@pytest.mark.parametrize(
    ("score", "severity"), [(4, None), (3.99, "minor"), (3.2, "minor"), (3.19, "major"), (0, "major")]
)
def test_a_place_is_a_minor_fault_below_its_standard_and_a_major_one_below_adequate(score, severity):
    found = left(checked(0, score))

    assert found == ([] if severity is None else [("cleanliness/toilet", "toilet", severity, at(0))])


def test_where_dirt_is_the_concept_and_where_there_is_no_standard_nothing_is_left():
    inverted = ServiceConcept(cleanliness={"toilet": rated(4, polarity=-1)})

    assert faults_left([checked(0, 1)], inverted) == faults_left([checked(0, 1)], ServiceConcept()) == []


@pytest.mark.parametrize(
    ("happenings", "found"),
    [
        ([noticed(0), repaired(1)], None),
        ([noticed(0), repaired(1, "lamp")], ("minor", 0)),
        ([repaired(0), noticed(1)], ("minor", 1)),
        ([noticed(0), repaired(1), noticed(2)], ("minor", 2)),
        # It counts from when it was first noticed, with the worst that was seen of it.
        ([noticed(0), noticed(1, severity="major"), noticed(2)], ("major", 0)),
        ([noticed(0, journey="a")], None),
        ([noticed(0, journey="a"), noticed(1)], ("minor", 1)),
        ([checked(0, 3.5), checked(1, 1), checked(2, 3.9)], ("major", 0)),
        ([checked(0, 1), checked(1, 4)], None),
        ([checked(0, 1), cleaned(1)], None),
        ([checked(0, 1), cleaned(1, "hall")], ("major", 0)),
        ([checked(0, 1), cleaned(1, "toi")], ("major", 0)),
        ([checked(0, 1, location="l"), checked(0, 1, location="r"), cleaned(1)], None),
        ([checked(0, 1, location="l"), checked(1, 4)], ("major", 0)),
    ],
)
def test_it_is_left_until_it_is_put_right(happenings, found):
    assert [(severity, since) for _, _, severity, since in left(*happenings)] == (
        [] if found is None else [(found[0], at(found[1]))]
    )


def test_the_index_is_severity_times_days_until_it_saturates():
    minor, major = Fault("a", "hall", "minor", at(0)), Fault("b", "hall", "major", at(0))

    assert [minor.neglect(CARE, at(hours * HOUR)) for hours in (-1, 0, 12, 96, 97)] == [0.0, 0.0, 0.5, 4.0, 4.0]
    assert major.neglect(CARE, at(12 * HOUR)) == 1.5
    assert neglect_index([minor, major], CARE, at(12 * HOUR)) == 2.0
