"""What the ledger says of a problem, whole, and of the lines that its recovery puts right."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from services.experience.domain.concept import Importance, ProblemStandard, ServiceConcept, Standard, Unit
from services.experience.domain.ledger import Cost, Line, rated
from services.experience.domain.parameters import Parameters
from services.experience.domain.phrase import phrase
from services.experience.domain.problems import problem_lines, put_right
from tests.experience.builders import at, happened
from tests.experience.builders import rated as rating

PROBLEMS = ProblemStandard(weight=0.7, remedy="Own it.", call="floor")
CONCEPT = ServiceConcept(problems=PROBLEMS)
AT_THE_DESK = phrase("problem.at", what="major_complaint", place="desk")


def reported(minute=0, problem_id="a", severity="major", touchpoint="desk", **more):
    data = {"problem_id": problem_id, "touchpoint": touchpoint, "kind": "complaint", "severity": severity}
    return happened("problem.reported", minute, **data, **more)


def owned(minute, problem_id="a", by_unit="desk"):
    return happened("problem.owned", minute, problem_id=problem_id, by_unit=by_unit)


def resolved(minute, outcome="restored", problem_id="a", **more):
    return happened("problem.resolved", minute, problem_id=problem_id, outcome=outcome, **more)


def the_lines(*happenings, minutes=5, others=(), concept=CONCEPT):
    return problem_lines(happenings, concept, others, now=at(minutes))


def line(**changes):
    """A major complaint at the desk in minute 0 that nobody owns, as the ledger has it."""
    return Line(
        id="problem/a",
        standard=Standard(
            touchpoint="desk",
            label=phrase("expected.no_complaint", place="desk"),
            unit=Unit.DONE,
            kind=Importance.PERFORMANCE,
            weight=0.7,
            remedy="Own it.",
            call="floor",
        ),
        state="reported",
        began_at=at(0),
        said_by="service concept",
        ratio=0.6,
        at=at(0),
        due=at(10),
        told=phrase("problem.nobody", problem=AT_THE_DESK),
        settled=False,
        # Owned at the last moment and put right at once, after 10 minutes of the 24 hours in which half is lost.
        prospect=pytest.approx(0.6 ** (1 - 0.5 ** (10 / 1440))),
        gap="performance",
        severity="major",
    )._replace(**changes)


def by_the_desk(**changes):
    """The same, owned."""
    told = phrase("problem.owned", problem=AT_THE_DESK, unit="desk")
    return line(state="owned", standard=line().standard._replace(call="desk"), due=at(1440), told=told, **changes)


def test_a_problem_that_nobody_owns_is_expected_to_be_put_right_while_it_is_in_time():
    assert the_lines(reported()) == [line()]
    assert the_lines(reported(), minutes=10) == [line(prospect=None)]


def test_a_problem_that_is_owned_may_be_put_right_any_moment():
    assert the_lines(reported(), owned(2), minutes=720) == [by_the_desk(prospect=pytest.approx(0.6 ** (1 - 0.5**0.5)))]
    assert the_lines(reported(), owned(2), minutes=1440) == [by_the_desk(prospect=None)]


@pytest.mark.parametrize(
    ("outcome", "state", "ratio", "felt_at", "told"),
    [
        # The loss is ln .6: half a day leaves 1 - .5 ** .5 of it, and a compensation .7 less of what it takes away.
        ("restored", "resolved", 0.6 ** (1 - 0.5**0.5), 0, "problem.restored"),
        ("compensated", "resolved", 0.6 ** (1 - 0.7 * 0.5**0.5), 0, "problem.compensated"),
        # One severity more than major, and felt when it was refused.
        ("refused", "refused", 0.3, 720, "problem.refused"),
    ],
)
def test_a_problem_is_in_the_ledger_with_what_became_of_it(outcome, state, ratio, felt_at, told):
    refused = outcome == "refused"
    assert the_lines(reported(), resolved(720, outcome), minutes=1440) == [
        line(
            state=state,
            at=at(felt_at),
            ratio=pytest.approx(ratio),
            told=phrase(told, problem=AT_THE_DESK, took=timedelta(hours=12)),
            critical=refused,
            severity="critical" if refused else "major",
            settled=True,
            prospect=None,
        )
    ]


def test_a_problem_that_is_put_right_at_once_is_as_expected_from_then_on():
    (line,) = the_lines(reported(), resolved(0))

    assert (line.ratio, line.at) == (1.0, at(0))


def test_a_recovery_that_was_noted_before_its_problem_took_no_time():
    (line,) = the_lines(resolved(0), reported(3))

    assert (line.ratio, line.at) == (1.0, at(0))
    assert line.told == phrase("problem.restored", problem=AT_THE_DESK, took=timedelta())


@pytest.mark.parametrize(
    ("severity", "first", "second", "weighs"),
    [
        ("minor", 0.95, 0.6, "major"),
        ("major", 0.6, 0.3, "critical"),
        ("critical", 0.3, 0.15, "critical"),
    ],
)
def test_a_second_problem_where_one_was_put_right_weighs_one_severity_more(severity, first, second, weighs):
    once = the_lines(reported(0, severity=severity), resolved(5), reported(4, "b", severity))
    again = the_lines(reported(0, severity=severity), resolved(5), reported(5, "b", severity))

    assert [(each.ratio, each.critical, each.severity) for each in (once[1], again[1])] == [
        (first, severity == "critical", severity),
        (second, True, weighs),
    ]
    told = phrase("problem.again", what=f"{severity}_complaint", place="desk")
    assert again[1].told == phrase("problem.nobody", problem=told)


def test_only_at_the_same_touchpoint_and_only_after_it_was_put_right_is_it_a_second_one():
    elsewhere = the_lines(reported(0, touchpoint="till"), resolved(5), reported(6, "b"))
    refused = the_lines(reported(0), resolved(5, "refused"), reported(6, "b"))
    earlier = the_lines(reported(0), resolved(9), reported(1, "b"), resolved(2, problem_id="b"), reported(7, "c"))

    assert [lines[1].ratio for lines in (elsewhere, refused)] == [0.6, 0.6]
    # Of two recoveries at one touchpoint the later counts, whichever problem was reported first.
    assert earlier[2].ratio == 0.6


def test_what_is_told_of_a_problem_that_nobody_reported_waits_for_it():
    late = the_lines(owned(2), resolved(3, problem_id="b"), reported(4, "b"))

    assert [each.id for each in late] == ["problem/b"]


def test_the_recovery_that_was_told_last_and_the_unit_that_was_told_first_count():
    (line,) = the_lines(reported(), owned(1), owned(2, by_unit="till"), resolved(3, "refused"), resolved(4))

    assert (line.state, line.standard.call) == ("resolved", "desk")


def test_what_was_booked_for_it_is_kept():
    cost = SimpleNamespace(amount=12.5, currency="EUR", cost_class="external_failure")

    (line,) = the_lines(reported(cost=cost), owned(1), resolved(2, cost=cost))

    assert line.costs == (Cost(12.5, "EUR", "external_failure"),) * 2


def conduct(score, minute, name="x", polarity=1, place="desk"):
    standard = rating(4, polarity=polarity)._replace(touchpoint=place)
    return rated(f"conduct/courtesy/{name}", standard, score, at(minute))


def test_its_cause_is_the_last_thing_that_had_fallen_short_there():
    others = [
        conduct(1, 1, "a"),
        conduct(2, 3, "b"),
        conduct(2, 4, "later"),
        conduct(5, 2, "fine"),
        conduct(1, 3, "z", place="till"),
    ]

    assert the_lines(reported(3), others=others)[0].cause == "conduct/courtesy/b"
    assert the_lines(reported(0), others=others)[0].cause is None


@pytest.mark.parametrize(
    ("touchpoint", "found"), [("conduct", True), ("conduct/courtesy/a", True), ("courtesy", False)]
)
def test_a_line_is_at_a_touchpoint_by_its_own_name_and_by_its_kind_too(touchpoint, found):
    (line,) = the_lines(reported(3, touchpoint=touchpoint), others=[conduct(1, 1, "a")])

    assert line.cause == ("conduct/courtesy/a" if found else None)


def ratios_after(lines, *happenings, concept=CONCEPT):
    return [(each.ratio, each.put_right) for each in put_right(lines, happenings, concept)]


def test_what_fell_short_there_before_is_put_right_and_nothing_else():
    lines = [
        conduct(2, 5),
        conduct(2, 6),
        conduct(2, 5, place="till"),
        conduct(2, 5)._replace(is_promise=True),
        conduct(2, 5)._replace(at=None),
        conduct(2, 5)._replace(ratio=None),
    ]

    assert ratios_after(lines, reported(5), resolved(5)) == [
        (1.0, True), (0.5, False), (0.5, False), (0.5, False), (0.5, False), (None, False),
    ]  # fmt: skip


@pytest.mark.parametrize("happenings", [[reported(5)], [resolved(5)], [reported(5), resolved(5, "refused")]])
def test_without_a_problem_that_was_put_right_nothing_is(happenings):
    assert ratios_after([conduct(2, 5)], *happenings) == [(0.5, False)]


@pytest.mark.parametrize(
    ("polarity", "score", "ratio"),
    [
        (1, 2, 0.5 ** (1 - 0.7 * 0.5)),
        (1, 5, 1.25),
        # Never done has no logarithm: .7 of half of the way to as expected.
        (1, 0, 0.35),
        # Where rudeness is expected, twice as much courtesy is as bad as half of it is elsewhere.
        (-1, 8, 1 / 0.5 ** (1 - 0.7 * 0.5)),
        (-1, 2, 0.5),
        (-1, 0, 0),
    ],
)
def test_a_compensation_after_a_day_takes_away_a_share_of_half_the_loss(polarity, score, ratio):
    lines = [conduct(score, 5, polarity=polarity)]

    assert ratios_after(lines, reported(5), resolved(5 + 1440, "compensated")) == [(pytest.approx(ratio), True)]


def test_recovery_lifts_to_its_cap_where_that_is_less_than_as_expected():
    capped = ServiceConcept(parameters=Parameters(recovery_cap=0.9))

    assert ratios_after([conduct(2, 5), conduct(3.8, 5)], reported(5), resolved(5), concept=capped) == [
        (pytest.approx(0.9), True),
        (pytest.approx(0.95), True),
    ]
