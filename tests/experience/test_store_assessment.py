"""How a store as a whole is judged: what is left undone, what repeats, who has read the concept. Numbers by hand."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.experience.adapters.wording import in_english
from services.experience.domain.concept import ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.store_assessment import assess_store
from services.experience.domain.store_attention import needs_of, next_look
from services.experience.domain.store_care import StoreCare
from tests.experience.builders import STORE, at, happened, rated

HOUR, DAY = 60, 60 * 24
UNITS = ("booking", "fleet", "desk")
ASKED = ServiceConcept(name="c", version=2, units=UNITS, acknowledge_within=timedelta(days=2))


def noticed(minutes, name="poster", severity="minor"):
    return happened("defect.noticed", minutes, journey=None, defect_id=name, area="window", severity=severity)


def repaired(minutes, name="poster"):
    return happened("defect.repaired", minutes, journey=None, defect_id=name)


def checked(minutes, score, area="toilet", **more):
    return happened("cleanliness.checked", minutes, journey=None, area=area, score=score, **more)


def slip(minutes, journey, touchpoint="breakfast", kind="defect", severity="minor", problem="p"):
    return happened(
        "problem.reported",
        minutes,
        journey=journey,
        problem_id=problem,
        touchpoint=touchpoint,
        kind=kind,
        severity=severity,
    )


def read(minutes, unit, version=2):
    return happened("concept.acknowledged", minutes, journey=None, concept="c", version=version, unit=unit)


def stands(*happenings, minutes, concept=None, held_from=None):
    return assess_store(
        STORE,
        in_order(happenings),
        concept or ServiceConcept(),
        held_from=None if held_from is None else at(held_from),
        now=at(minutes),
    )


def named(assessment, before=()):
    return {line: need.severity for line, need in needs_of(assessment, before).items()}


def test_the_neglect_index_is_severity_times_days_over_all_that_is_left():
    # Minor 1 x 2 days, major 3 x 1.5 days.
    store = stands(noticed(0), noticed(DAY / 2, "tile", "major"), minutes=2 * DAY)

    assert store.neglect == pytest.approx(2 + 4.5)


def test_what_was_repaired_is_left_no_more_and_counts_from_nothing_when_it_comes_again():
    again = (noticed(0), repaired(DAY), noticed(2 * DAY))

    assert stands(*again[:2], minutes=3 * DAY).neglect == 0
    assert stands(*again, minutes=3 * DAY).neglect == pytest.approx(1)


def test_a_defect_counts_from_when_it_was_first_noticed_with_the_worst_that_was_seen_of_it():
    store = stands(noticed(0), noticed(DAY, severity="major"), noticed(DAY, severity="minor"), minutes=2 * DAY)

    assert store.neglect == pytest.approx(3 * 2)


def test_a_defect_of_four_days_adds_no_more_and_so_alone_never_calls_anybody():
    store = stands(noticed(0), minutes=400 * DAY)

    assert store.neglect == 4
    assert named(store) == named(store, {"neglect"}) == {}


def test_three_small_things_call_somebody_after_two_days_and_urgently_after_three_and_a_third():
    three = [noticed(0, name) for name in ("poster", "lamp", "door")]

    assert named(stands(*three, minutes=2 * DAY - 1)) == {}
    assert named(stands(*three, minutes=2 * DAY)) == {"neglect": "warning"}
    assert named(stands(*three, minutes=10 / 3 * DAY)) == {"neglect": "critical"}


def test_an_alert_clears_a_little_below_where_it_came():
    # Alert from 6 on; clears below .8 x 6 = 4.8.
    two = [noticed(0, "poster"), noticed(0, "lamp")]

    assert named(stands(*two, minutes=2.5 * DAY)) == {}
    assert named(stands(*two, minutes=2.5 * DAY), {"neglect"}) == {"neglect": "warning"}
    assert named(stands(*two, minutes=2.3 * DAY), {"neglect"}) == {}


def test_a_place_counts_from_the_first_check_below_the_standard_until_one_that_is_not():
    concept = ServiceConcept(cleanliness={"toilet": rated(4)})
    dirty = (checked(0, 5), checked(DAY, 3.5), checked(1.5 * DAY, 3.5))

    assert stands(*dirty, minutes=2 * DAY, concept=concept).neglect == pytest.approx(1)  # 3.5 / 4: a little below
    assert stands(*dirty, checked(2 * DAY, 4), minutes=3 * DAY, concept=concept).neglect == 0


def test_a_place_far_below_its_standard_is_major_and_its_repair_cleans_every_location():
    concept = ServiceConcept(cleanliness={"*": rated(4)})
    dirty = (checked(0, 1, location="1st floor"), checked(0, 1, location="2nd floor"))
    cleaned = happened("cleanliness.repaired", DAY, journey=None, area="toilet")

    assert stands(*dirty, minutes=DAY, concept=concept).neglect == pytest.approx(2 * 3)
    assert stands(*dirty, cleaned, minutes=2 * DAY, concept=concept).neglect == 0


def test_a_place_without_a_standard_is_never_dirty_and_one_whose_concept_is_dirt_neither():
    inverted = ServiceConcept(cleanliness={"toilet": rated(2, polarity=-1)})

    assert stands(checked(0, 0), minutes=DAY).faults == ()
    assert stands(checked(0, 0), minutes=DAY, concept=inverted).faults == ()


def test_what_is_seen_in_one_journey_is_not_the_stores():
    own = happened("defect.noticed", 0, defect_id="poster", area="window", severity="major")

    assert stands(own, minutes=9 * DAY).faults == ()


def test_the_headline_says_the_store_what_is_left_for_how_long_and_how_much_more():
    left = [noticed(hour * HOUR, name) for hour, name in enumerate(("torn-poster", "lamp", "door", "tile"))]

    need = needs_of(stands(*left, minutes=3 * DAY), ())["neglect"]

    assert in_english(need.headline) == (
        "Left undone in riga-1: torn poster (window) for 3 days, lamp (window) for 3 days, door (window) for 3 days, "
        "and 1 more"
    )


def test_the_third_minor_problem_of_a_kind_at_a_touchpoint_in_a_day_needs_somebody():
    two = (slip(0, "a"), slip(HOUR, "b"))

    assert named(stands(*two, minutes=2 * HOUR)) == {}
    assert named(stands(*two, slip(2 * HOUR, "c"), minutes=2 * HOUR)) == {"slips/breakfast/defect": "warning"}


def test_slips_are_counted_within_a_day_and_then_are_over():
    three = (slip(0, "a"), slip(HOUR, "b"), slip(2 * HOUR, "c"))

    assert named(stands(*three, minutes=DAY - 1)) == {"slips/breakfast/defect": "warning"}
    assert named(stands(*three, minutes=DAY)) == {}
    assert named(stands(slip(0, "a"), slip(HOUR, "b"), slip(DAY, "c"), minutes=DAY)) == {}


@pytest.mark.parametrize(
    "other",
    [
        slip(2 * HOUR, "c", touchpoint="bar"),
        slip(2 * HOUR, "c", kind="complaint"),
        slip(2 * HOUR, "c", severity="major"),
        slip(2 * HOUR, "b"),
    ],
    ids=["another touchpoint", "another kind", "no minor one", "the same problem again"],
)
def test_what_is_not_the_same_slip_is_not_counted_with_it(other):
    assert named(stands(slip(0, "a"), slip(HOUR, "b"), other, minutes=3 * HOUR)) == {}


def test_twice_as_many_slips_are_critical():
    assert named(stands(*[slip(number, f"j-{number}") for number in range(6)], minutes=HOUR)) == {
        "slips/breakfast/defect": "critical"
    }


def test_units_that_have_not_read_the_concept_are_named_when_their_time_is_over():
    store = stands(read(HOUR, "fleet"), minutes=2 * DAY, concept=ASKED, held_from=0)

    assert (store.coverage.acknowledged, store.coverage.missing) == (("fleet",), ("booking", "desk"))
    need = needs_of(store, ())["acknowledgement/c/2"]
    assert in_english(need.headline) == "2 of 3 units in riga-1 have not acknowledged c version 2: booking, desk"
    assert (need.severity, need.until) == ("warning", at(4 * DAY))
    assert named(stands(read(HOUR, "fleet"), minutes=2 * DAY - 1, concept=ASKED, held_from=0)) == {}
    assert named(stands(minutes=4 * DAY, concept=ASKED, held_from=0)) == {"acknowledgement/c/2": "critical"}


def test_the_one_unit_that_is_missing_is_the_one_to_call():
    store = stands(read(1, "fleet"), read(2, "desk"), minutes=2 * DAY, concept=ASKED, held_from=0)

    assert needs_of(store, ())["acknowledgement/c/2"].call == "booking"


def test_another_version_is_another_matter_and_a_concept_that_names_no_units_asks_nobody():
    old = [read(HOUR, unit, version=1) for unit in UNITS]

    assert stands(*old, minutes=HOUR, concept=ASKED, held_from=0).coverage.missing == UNITS
    assert stands(*old, minutes=9 * DAY, held_from=0).coverage is None
    assert (
        stands(*[read(1, unit) for unit in UNITS], minutes=9 * DAY, concept=ASKED, held_from=0).coverage.missing == ()
    )


def test_the_clock_looks_again_when_neglect_reaches_an_alert():
    three = [noticed(0, name) for name in ("poster", "lamp", "door")]

    # 6 hours are the longest the index waits to be told anew; the alert comes at 2 days.
    assert next_look(stands(*three, minutes=0)) == at(6 * HOUR)
    alert_at = next_look(stands(*three, minutes=2 * DAY - HOUR))
    assert timedelta() <= alert_at - at(2 * DAY) <= timedelta(seconds=1)
    assert named(assess_store(STORE, in_order(three), ServiceConcept(), now=alert_at)) == {"neglect": "warning"}


def test_the_clock_looks_again_when_slips_are_over_and_when_an_acknowledgement_is_due():
    assert next_look(stands(slip(0, "a"), minutes=HOUR)) == at(DAY)
    assert next_look(stands(minutes=0, concept=ASKED, held_from=0)) == at(2 * DAY)
    assert next_look(stands(minutes=2 * DAY, concept=ASKED, held_from=0)) == at(4 * DAY)


def test_of_a_store_with_nothing_left_the_clock_has_nothing_to_say():
    assert next_look(stands(noticed(0), repaired(1), minutes=HOUR)) is None
    assert next_look(stands(noticed(0), minutes=5 * DAY)) is None  # grown as far as it grows


def test_the_numbers_are_the_concepts():
    care = StoreCare(minor=2, saturates_after=timedelta(days=1), neglect_alert=2, neglect_critical=3, slips=2)
    concept = ServiceConcept(store=care)

    assert stands(noticed(0), minutes=9 * DAY, concept=concept).neglect == 2
    assert named(stands(noticed(0), minutes=9 * DAY, concept=concept)) == {"neglect": "warning"}
    assert named(stands(slip(0, "a"), slip(1, "b"), minutes=2, concept=concept)) == {
        "slips/breakfast/defect": "warning"
    }


instants = st.integers(0, 30 * DAY)
happenings = st.lists(
    st.one_of(
        st.builds(noticed, instants, st.sampled_from("ab"), st.sampled_from(["minor", "major"])),
        st.builds(repaired, instants, st.sampled_from("ab")),
        st.builds(slip, instants, st.sampled_from("xyz")),
        st.builds(read, instants, st.sampled_from(UNITS)),
    ),
    max_size=12,
)


@given(happenings, instants, st.randoms())
def test_the_order_of_arrival_and_repetition_change_nothing(told, minutes, shuffle):
    mixed = [*told, *told]
    shuffle.shuffle(mixed)

    assert stands(*mixed, minutes=minutes, concept=ASKED, held_from=0) == stands(
        *told, minutes=minutes, concept=ASKED, held_from=0
    )


@given(happenings, instants, instants)
def test_the_parts_of_the_index_add_up_to_it_and_while_nothing_happens_it_never_falls(told, minutes, more):
    now, later = 30 * DAY + minutes, 30 * DAY + minutes + more
    before, after = stands(*told, minutes=now), stands(*told, minutes=later)

    care = before.concept.store
    assert before.neglect == pytest.approx(sum(fault.neglect(care, before.as_of) for fault in before.faults))
    assert after.neglect >= before.neglect
    assert before.neglect_at(after.as_of) == after.neglect


@given(happenings, instants, st.sampled_from("ab"))
def test_a_repair_never_raises_the_index(told, minutes, name):
    now = 30 * DAY + minutes

    assert stands(*told, repaired(30 * DAY, name), minutes=now).neglect <= stands(*told, minutes=now).neglect


@given(happenings, instants)
def test_nothing_new_needs_somebody_before_the_clock_looks_again(told, minutes):
    store = stands(*told, minutes=minutes, concept=ASKED, held_from=0)
    deadline = next_look(store)
    known = [happening for happening in in_order(told) if happening.at <= store.as_of]
    just_before = (deadline or at(100 * DAY)) - timedelta(seconds=1)

    if just_before > store.as_of:
        later = assess_store(STORE, known, ASKED, held_from=at(0), now=just_before)
        assert named(later, named(store)) == named(store, named(store))
