"""What a manager is told of a store as a whole: what is left undone, what repeats, who has not read the concept."""

from datetime import timedelta

import pytest

from services.experience.domain.concept import ProblemStandard, ServiceConcept
from services.experience.domain.happening import in_order
from services.experience.domain.phrase import phrase
from services.experience.domain.store_acknowledgement import Coverage
from services.experience.domain.store_assessment import assess_store
from services.experience.domain.store_attention import Need, needs_of, next_look
from services.experience.domain.store_care import StoreCare
from services.experience.domain.store_slips import Slips, slips_lately
from tests.experience.builders import STORE, at, happened, rated

HOUR, DAY = 60, 60 * 24
CARE = StoreCare(neglect_alert=2.0, neglect_critical=4.0, slips=2, slips_within=timedelta(hours=6))
CONCEPT = ServiceConcept(
    name="c",
    version=2,
    cleanliness={"toilet": rated(4), "*": rated(2)},
    defects=ServiceConcept().defects._replace(call="facility"),
    problems=ProblemStandard(call="back office"),
    units=("booking", "fleet", "desk"),
    acknowledge_within=timedelta(days=2),
    store=CARE,
)


def noticed(minute, name="torn-poster", severity="minor", **more):
    place = {"journey": None, "area": "window", **more}
    return happened("defect.noticed", minute, defect_id=name, severity=severity, **place)


def repaired(minute, name="torn-poster"):
    return happened("defect.repaired", minute, journey=None, defect_id=name)


def checked(minute, score, area="toilet", **more):
    return happened("cleanliness.checked", minute, journey=None, area=area, score=score, **more)


def slip(minute, problem="p", journey="a", **more):
    data = {"problem_id": problem, "touchpoint": "breakfast/room", "kind": "defect", "severity": "minor"}
    return happened("problem.reported", minute, journey=journey, **data | more)


def read(minute, unit, concept="c", version=2):
    return happened("concept.acknowledged", minute, journey=None, concept=concept, version=version, unit=unit)


def stands(*happenings, minutes, held_from=None, concept=CONCEPT):
    since = None if held_from is None else at(held_from)
    return assess_store(STORE, in_order(happenings), concept, held_from=since, now=at(minutes))


def needs(*happenings, minutes, named=(), **more):
    return needs_of(stands(*happenings, minutes=minutes, **more), named)


def neglect(severity, said):
    return {
        "neglect": Need(
            line="neglect",
            severity=severity,
            reason="neglected",
            headline=phrase("store.neglected", store=STORE, left=said),
            remedy=CARE.neglect_remedy,
            call="facility",
        )
    }


def fault(what, hours, area="window"):
    return phrase("store.defect", what=what, area=area, age=timedelta(hours=hours))


def test_from_the_alert_on_what_is_left_undone_is_told_and_from_the_critical_index_on_urgently():
    poster = [noticed(0)]

    assert needs(*poster, minutes=2 * DAY - 1) == {}
    assert needs(*poster, minutes=2 * DAY) == neglect("warning", fault("torn poster", 48))
    assert needs(*poster, minutes=4 * DAY - 1)["neglect"].severity == "warning"
    assert needs(*poster, minutes=4 * DAY) == neglect("critical", fault("torn poster", 96))


def test_what_was_told_clears_below_a_share_of_the_alert():
    minutes = 0.8 * 2 * DAY

    assert set(needs(noticed(0), minutes=minutes, named=["neglect"])) == {"neglect"}
    assert needs(noticed(0), minutes=minutes - 1, named=["neglect"]) == {}
    assert needs(noticed(0), minutes=minutes, named=["slips/x/y"]) == {}
    assert needs(minutes=0, named=["neglect"], concept=ServiceConcept(store=StoreCare(neglect_alert=0.0))) == {}


def test_the_heaviest_are_named_first_and_more_than_three_by_their_number():
    told = [noticed(0, "c"), checked(0, 3.9), noticed(0, "b"), noticed(DAY, "a", "major"), noticed(30 * HOUR, "d")]
    a, toilet = fault("a", 24), phrase("store.unclean", what="toilet", age=timedelta(days=2))

    two = phrase("store.and", listed=a, last=toilet)
    three = phrase("store.and", listed=two, last=fault("b", 48))
    assert needs(*told[1:2], told[3], minutes=2 * DAY) == neglect("critical", two)
    assert needs(*told[1:4], minutes=2 * DAY) == neglect("critical", three)
    assert needs(*told, minutes=2 * DAY) == neglect("critical", phrase("store.and_more", listed=three, more=2))


def repeated(severity, times):
    said = {
        "store": STORE,
        "times": times,
        "what": "minor_defect",
        "place": "breakfast/room",
        "within": timedelta(hours=6),
    }
    return {
        "slips/breakfast%2Froom/defect": Need(
            line="slips/breakfast%2Froom/defect",
            severity=severity,
            reason="repeated",
            headline=phrase("store.repeated", **said),
            remedy=CARE.slips_remedy,
            call="back office",
        )
    }


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, {}), (2, repeated("warning", 2)), (3, repeated("warning", 3)), (4, repeated("critical", 4))],
)
def test_slips_are_told_from_the_second_on_and_twice_as_many_urgently(count, expected):
    assert needs(*[slip(minute, journey=str(minute)) for minute in range(count)], minutes=10) == expected


@pytest.mark.parametrize(
    ("happening", "counted"),
    [
        (slip(1, "q"), 2),
        (slip(1, "p", "b"), 2),
        (slip(1, "p"), 1),
        (slip(1, "q", severity="major"), 1),
        (slip(1, "q", touchpoint="lift"), 1),
        (slip(1, "q", kind="complaint"), 1),
        (happened("problem.owned", 1, problem_id="q"), 1),
    ],
)
def test_a_problem_counts_once_and_only_with_its_like(happening, counted):
    found = slips_lately([slip(0), happening, slip(2, "p", touchpoint="lift")], CARE, at(5))

    assert max(len(each.at) for each in found) == counted
    assert found[0] == Slips("breakfast/room", found[0].kind, found[0].at)


def test_what_is_no_slip_and_what_was_counted_before_hides_none_that_follows():
    told = [happened("problem.owned", 0, problem_id="p"), slip(1), slip(2), slip(3, "q")]

    assert [each.at for each in slips_lately(told, CARE, at(5))] == [(at(1), at(3))]


def test_slips_count_for_the_time_that_the_concept_says_and_none_that_is_still_to_come():
    told = [slip(0, "p"), slip(60, "q"), slip(500, "r")]

    assert [[each.at for each in slips_lately(told, CARE, at(minute))] for minute in (360, 359.9, 419.9, 420)] == [
        [(at(60),)],
        [(at(0), at(60))],
        [(at(60),)],
        [],
    ]


def unread(severity, missing, until=None, call=None):
    said = {"missing": len(missing), "units": 3, "concept": "c", "version": 2, "named": ", ".join(missing)}
    return {
        "acknowledgement/c/2": Need(
            line="acknowledgement/c/2",
            severity=severity,
            reason="unread",
            headline=phrase("store.unread", store=STORE, **said),
            remedy=CARE.acknowledge_remedy,
            call=call,
            until=until,
        )
    }


def test_units_that_have_not_read_the_concept_are_told_when_their_time_is_over_and_urgently_when_it_is_over_twice():
    told = [read(5, "fleet"), read(6, "fleet"), read(6, "desk", version=1), read(7, "desk", concept="d")]
    two, since = ("booking", "desk"), HOUR

    def after(days, *more):
        return needs(*told, *more, minutes=since + days * DAY, held_from=since)

    assert after(1.99) == {}
    assert after(2) == unread("warning", two, until=at(since + 4 * DAY))
    assert after(3.99) == unread("warning", two, until=at(since + 4 * DAY))
    assert after(4) == unread("critical", two)
    assert after(4, read(9, "desk")) == unread("critical", ("booking",), call="booking")
    assert after(4, read(9, "desk"), read(9, "booking")) == {}


def test_the_coverage_says_who_has_read_it_and_by_when_it_is_due():
    found = stands(read(5, "desk"), read(6, "fleet"), minutes=9, held_from=1)

    assert found.coverage == Coverage("c", 2, at(1), at(1 + 2 * DAY), ("fleet", "desk"), ("booking",))
    assert found.coverage.critical_at == at(1 + 4 * DAY)
    assert stands(minutes=9).coverage is None


@pytest.mark.parametrize(
    ("happenings", "minutes", "held_from", "expected"),
    [
        ([], 0, None, None),
        # What is left grows: looked at every six hours, and last when it has grown as far as it does.
        ([noticed(0)], 0, None, 6 * HOUR),
        ([noticed(0)], 4 * DAY - HOUR, None, 4 * DAY),
        ([noticed(0)], 4 * DAY, None, None),
        # At the alert itself it has been told.
        ([noticed(0)], 2 * DAY, None, 2 * DAY + 6 * HOUR),
        # Slips are over one by one.
        ([slip(0), slip(60, "q")], 90, None, 360),
        ([slip(0), slip(60, "q")], 360, None, 420),
        # An acknowledgement is due, and late.
        ([], 0, 0, 2 * DAY),
        ([], 2 * DAY, 0, 4 * DAY),
        ([], 4 * DAY, 0, None),
        ([read(1, unit) for unit in CONCEPT.units], 9, 0, None),
        # What comes first of several.
        ([slip(0), noticed(0)], 1, 0, 360),
        ([noticed(0)], 4 * DAY - 6 * HOUR - 1, 0, 4 * DAY - 1),
    ],
)
def test_the_clock_looks_again_when_the_store_stands_differently(happenings, minutes, held_from, expected):
    found = next_look(stands(*happenings, minutes=minutes, held_from=held_from))

    assert found == (None if expected is None else at(expected))


@pytest.mark.parametrize("level", [2.0, 4.0])
def test_the_clock_looks_again_when_neglect_reaches_an_alert_and_when_it_is_critical(level):
    reached = level * DAY
    told = [noticed(0), noticed(0, "lamp")]  # twice as fast

    found = next_look(stands(*told, minutes=reached / 2 - 5))

    assert timedelta() <= found - at(reached / 2) <= timedelta(seconds=1)


def causes(*happenings, **more):
    return [need.cause_at for need in needs(*happenings, **more).values()]


def test_slips_came_to_be_too_many_with_the_one_that_was():
    slips = [slip(minute, journey=str(minute)) for minute in (0, 10, 20, 30, 40)]

    assert causes(*slips[:3], minutes=60) == [at(10)]
    assert causes(*slips, minutes=60) == [at(30)]


def test_a_concept_came_to_be_unread_when_it_was_due_and_badly_so_later():
    due = 2 * 24 * 60  # as the concept there has it

    assert causes(minutes=due + 600, held_from=0) == [at(due)]
    assert causes(minutes=90 * 24 * 60, held_from=0)[0] > at(due)
