"""What a journey can have met of its store: the short list must lead to the same assessment as everything ever seen."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.experience.domain.concept import Importance, ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.surroundings import Surroundings
from tests.experience.builders import at, happened, rated, standing

CONCEPT = ServiceConcept(cleanliness={"*": rated(4, kind=Importance.MUST_BE)}, expires_after=timedelta(minutes=60))
LATER = 1000

minutes = st.integers(0, 120)
defects = st.sampled_from(["lamp", "poster"])
areas = st.sampled_from(["toilet", "hall"])


def checked(draw, when):
    location = draw(st.sampled_from([None, "left", "right"]))
    place = {"area": draw(areas)} | ({"location": location} if location else {})
    return happened("cleanliness.checked", when, journey=None, score=draw(st.integers(0, 5)), **place)


@st.composite
def observations(draw):
    when = draw(minutes)
    severity = draw(st.sampled_from(["minor", "major"]))
    return draw(
        st.sampled_from(
            [
                checked(draw, when),
                happened("cleanliness.repaired", when, journey=None, area=draw(areas)),
                happened("defect.noticed", when, journey=None, defect_id=draw(defects), area="hall", severity=severity),
                happened("defect.repaired", when, journey=None, defect_id=draw(defects)),
            ]
        )
    )


@given(
    st.lists(observations(), max_size=12), st.lists(st.tuples(minutes, minutes, st.booleans()), min_size=1, max_size=4)
)
def test_what_a_journey_met_is_all_that_its_assessment_needs(seen, visits):
    seen = in_order(seen)
    surroundings = Surroundings(seen)

    for begin, length, leaves in sorted(visits):
        told = [happened("customer.arrived", begin, channel="door", journey=f"visit-{begin}")]
        told += [happened("customer.left", begin + length, outcome="served")] if leaves else []
        met = surroundings.met(at(begin), at(begin + length + 60))
        assert standing(told, CONCEPT, minutes=LATER, store_wide=met) == standing(
            told, CONCEPT, minutes=LATER, store_wide=seen
        )


def test_each_place_of_an_area_is_met_as_it_was_seen_last():
    seen = in_order(
        happened("cleanliness.checked", minute, journey=None, area="hall", score=minute, **place)
        for minute, place in [(1, {"location": "left"}), (2, {"location": "right"}), (3, {}), (4, {"location": "left"})]
    )

    assert [each.at for each in Surroundings(seen).met(at(10), at(20))] == [at(4), at(2), at(3)]


def test_journeys_must_be_asked_for_in_the_order_they_begin():
    surroundings = Surroundings([happened("cleanliness.repaired", 5, journey=None, area="hall")])
    surroundings.met(at(10), at(20))

    with pytest.raises(ValueError, match="in the order they begin"):
        surroundings.met(at(1), at(20))
