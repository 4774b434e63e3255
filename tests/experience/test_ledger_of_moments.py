"""What the ledger says of a moment, whole: conduct, deliveries, recognition, and what was met of the store."""

import pytest

from services.experience.domain.concept import Importance, ServiceConcept
from services.experience.domain.ledger import Line
from services.experience.domain.moments import moment_lines, surrounding_lines
from services.experience.domain.phrase import phrase
from tests.experience.builders import at, happened, rated

COURTESY, ANY = rated(4, "courtesy"), rated(2, "anything")
CONCEPT = ServiceConcept(
    conduct={"courtesy": COURTESY, "till.courtesy": rated(5, "courtesy at the till"), "*": ANY},
    cleanliness={"toilet": rated(4, "a clean toilet"), "*": rated(2, "cleanliness")},
    observers={"sensor": 0.3, "cleanliness": 0.6},
)
BEGIN, END = 0, 60
DAY = 24 * 60


def settled(line_id, standard, state, minute, ratio, **changes):
    """A moment that came out so, as the ledger has it."""
    line = Line(line_id, standard, state, at(minute), "service concept", ratio=ratio, experienced=ratio, at=at(minute))
    return line._replace(**changes)


def conduct(score, minute=1, aspect="courtesy", touchpoint="desk", observer="customer"):
    data = {"touchpoint": touchpoint, "aspect": aspect, "score": score, "observer": observer}
    return happened("conduct.observed", minute, id=f"c{minute}", **data)


@pytest.mark.parametrize(
    ("happening", "standard", "trust"),
    [
        (conduct(2), COURTESY, 1.0),
        (conduct(2, touchpoint="till"), CONCEPT.conduct["till.courtesy"], 1.0),
        (conduct(2, aspect="interest"), ANY, 1.0),
        (conduct(2, observer="sensor"), COURTESY, 0.3),
    ],
)
def test_conduct_is_rated_by_the_standard_that_is_closest_to_it(happening, standard, trust):
    place, aspect = happening.data["touchpoint"], happening.data["aspect"]
    ratio = 2 / standard.expected

    assert moment_lines([happening], CONCEPT) == [
        settled(
            f"conduct/{aspect}/c1@/till",
            standard._replace(touchpoint=place),
            "met" if ratio == 1 else "short",
            1,
            ratio,
            experienced=2,
            trust=trust,
        )
    ]


def test_conduct_for_which_there_is_no_standard_says_nothing():
    assert moment_lines([conduct(2)], ServiceConcept(conduct={})) == []


@pytest.mark.parametrize(
    ("condition", "ratio", "state"),
    [("as_ordered", 1.0, "met"), ("wrong", 0.3, "short"), ("damaged", 0.5, "short"), ("never heard of", 1.0, "met")],
)
def test_a_delivery_is_worth_what_the_concept_says_of_its_condition(condition, ratio, state):
    delivered = happened("delivery.completed", 1, id="d", condition=condition)

    assert moment_lines([delivered], CONCEPT) == [
        settled("delivery/d@/till", CONCEPT.delivery, state, 1, ratio, told=phrase(f"outcome.{condition}"))
    ]


@pytest.mark.parametrize(
    ("tidy", "ratio", "state", "code"), [(True, 1.0, "met", "tidy"), (False, 0.9, "short", "untidy")]
)
def test_whether_a_place_was_left_tidy_is_a_line_of_its_own(tidy, ratio, state, code):
    delivered = happened("delivery.completed", 1, id="d", condition="as_ordered", tidy=tidy)

    assert moment_lines([delivered], CONCEPT)[1:] == [
        settled("tidiness/d@/till", CONCEPT.tidiness, state, 1, ratio, told=phrase(f"outcome.{code}"))
    ]


def test_recognition_is_more_than_was_expected_where_it_was_given():
    given = happened("recognition.given", 1, id="r", touchpoint="car")

    assert moment_lines([given], CONCEPT) == [
        settled(
            "recognition/r@/till",
            CONCEPT.recognition._replace(touchpoint="car"),
            "exceeded",
            1,
            1.25,
            told=phrase("outcome.beyond"),
        )
    ]


@pytest.mark.parametrize(
    ("later", "put_right"),
    [
        (conduct(4, 2, "competence"), True),
        (conduct(3, 2, "competence"), False),
        (conduct(4, 1, "competence", touchpoint="till"), False),
        (conduct(4, 0, "competence"), False),
        (conduct(4, 2, "ownership"), False),
    ],
)
def test_a_failed_must_be_is_put_right_by_a_later_moment_of_its_kind_that_is_as_it_should_be(later, put_right):
    lines = moment_lines([conduct(1, 1, "competence"), later], ServiceConcept())

    assert [line.put_right for line in lines] == [put_right, False]


def test_the_last_moment_that_was_as_it_should_be_is_what_puts_right_all_before_it():
    told = [conduct(1, 1), conduct(4, 2), conduct(1, 3), conduct(4, 5), conduct(4, 4), conduct(1, 6)]
    must = ServiceConcept(conduct={"courtesy": COURTESY._replace(kind=Importance.MUST_BE)})
    inverted = ServiceConcept(conduct={"courtesy": COURTESY._replace(kind=Importance.MUST_BE, polarity=-1)})

    assert [line.put_right for line in moment_lines(told, must)] == [True, True, True, False, True, False]
    # Where the opposite is wanted, a 1 is better than as it should be.
    assert [line.put_right for line in moment_lines(told, inverted)] == [True, True, True, True, True, False]
    assert [line.put_right for line in moment_lines([conduct(8, 1), conduct(4, 2)], inverted)] == [True, False]
    assert [line.put_right for line in moment_lines([conduct(8, 1), conduct(6, 2)], inverted)] == [False, False]
    assert not any(line.put_right for line in moment_lines(told, CONCEPT))


def checked(minute, score, area="toilet", **place):
    return happened("cleanliness.checked", minute, journey=None, area=area, score=score, **place)


def repaired(minute, area="toilet"):
    return happened("cleanliness.repaired", minute, journey=None, area=area)


def met(*happenings, concept=CONCEPT):
    lines = surrounding_lines(happenings, concept, began_at=at(BEGIN), ended_at=at(END))
    return [(line.id, line.experienced, line.at) for line in lines]


def test_an_area_is_in_the_ledger_with_what_was_found():
    toilet, hall = surrounding_lines(
        [checked(5, 1), checked(6, 3, "hall/left", location="1st floor@front")],
        CONCEPT,
        began_at=at(BEGIN),
        ended_at=at(END),
    )

    standard = CONCEPT.cleanliness["toilet"]._replace(touchpoint="toilet")
    assert toilet == settled("cleanliness/toilet", standard, "short", 5, 0.25, experienced=1, trust=0.6)
    label = phrase("expected.clean", area="hall/left")
    standard = CONCEPT.cleanliness["*"]._replace(touchpoint="hall/left", label=label)
    name = "cleanliness/hall%2Fleft/1st floor%40front"
    assert hall == settled(name, standard, "exceeded", 6, 1.5, experienced=3, trust=0.6)


@pytest.mark.parametrize(
    ("happenings", "found"),
    [
        ([checked(-5, 2)], (2, BEGIN)),
        ([checked(-30 * DAY, 2)], (2, BEGIN)),
        ([checked(-30 * DAY - 1, 2)], None),
        ([checked(-30 * DAY - 1, 1), checked(-5, 2)], (2, BEGIN)),
        ([checked(END, 2)], (2, END)),
        ([checked(END + 1, 2)], None),
        ([checked(-5, 2), checked(0, 5)], (5, 0)),
        ([checked(-5, 2), checked(1, 5)], (2, BEGIN)),
        ([checked(-5, 2), repaired(0)], None),
        ([checked(-5, 2), repaired(0, "hall")], (2, BEGIN)),
        ([checked(-5, 2), repaired(5)], (2, BEGIN)),
        ([checked(3, 4), checked(5, 2), checked(7, 3)], (2, 5)),
        ([checked(3, 2), checked(5, 2)], (2, 3)),
    ],
)
def test_of_an_area_the_worst_state_counts_that_was_met(happenings, found):
    assert met(*happenings) == ([] if found is None else [("cleanliness/toilet", found[0], at(found[1]))])


def test_a_repair_puts_every_place_of_its_area_in_order():
    places = [checked(-5, 1, location="left"), checked(-5, 2, location="right"), checked(-5, 3, "hall")]

    assert met(*places, repaired(-1)) == [("cleanliness/hall", 3, at(BEGIN))]


def test_an_area_for_which_there_is_no_standard_says_nothing_and_hides_nothing():
    only_hall = ServiceConcept(cleanliness={"hall": rated(4)})

    assert met(checked(1, 1), checked(2, 1, "hall"), concept=only_hall) == [("cleanliness/hall", 1, at(2))]


def noticed(minute, defect_id="lamp", severity="minor", **more):
    return happened("defect.noticed", minute, journey=None, defect_id=defect_id, severity=severity, area="hall", **more)


def mended(minute, defect_id="lamp"):
    return happened("defect.repaired", minute, journey=None, defect_id=defect_id)


@pytest.mark.parametrize(("severity", "ratio"), [("minor", 0.97), ("major", 0.97**3)])
def test_a_defect_is_in_the_ledger_with_where_it_is(severity, ratio):
    told = phrase(f"outcome.{severity}_defect", area="hall")

    assert surrounding_lines([noticed(5, severity=severity)], CONCEPT, began_at=at(BEGIN), ended_at=at(END)) == [
        settled("defect/lamp", CONCEPT.defects, "short", 5, ratio, told=told)
    ]


@pytest.mark.parametrize(
    ("happenings", "found"),
    [
        ([noticed(-5)], BEGIN),
        ([noticed(END)], END),
        ([noticed(END + 1)], None),
        ([noticed(-5), mended(0)], None),
        ([noticed(-5), mended(1)], BEGIN),
        ([noticed(-5), mended(-3), noticed(4)], 4),
        ([noticed(-5), mended(-3), mended(9)], None),
        ([noticed(3), noticed(7)], 3),
        ([mended(-3), noticed(7)], 7),
        ([noticed(3, id="z"), mended(4), noticed(7, id="a")], 3),
        ([noticed(3), mended(4), noticed(7, severity="major")], 7),
        ([noticed(3), mended(9, "poster")], 3),
    ],
)
def test_a_defect_counts_that_was_open_meanwhile_and_of_two_the_worse(happenings, found):
    assert [at for _, _, at in met(*happenings)] == ([] if found is None else [at(found)])
