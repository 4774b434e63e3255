"""What is said of a line: its expectation, its outcome, its verdict; how promises are counted; what is good news."""

import pytest

from services.experience.domain.concept import ServiceConcept
from services.experience.domain.good_news import GoodNews, good_news_of
from services.experience.domain.ledger import Line, done, expectation, outcome, rated, seconds, verdict, waited
from services.experience.domain.parameters import Parameters
from services.experience.domain.phrase import Phrase, phrase
from services.experience.domain.tally import NO_PROMISES, PromiseTally, tally
from tests.experience.builders import at, happened, promised, standing, within
from tests.experience.builders import rated as rating

MINUTE = within(60.4, "a greeting")
DELIVERY = ServiceConcept().delivery


@pytest.mark.parametrize(
    ("ratio", "polarity", "state"),
    [
        (0, 1, "never"), (0, -1, "never"), (1, 1, "met"), (1, -1, "met"),
        (1.1, 1, "exceeded"), (0.9, 1, "short"), (1.1, -1, "short"), (0.9, -1, "exceeded"),
    ],
)  # fmt: skip
def test_how_a_standard_came_out(ratio, polarity, state):
    assert verdict(ratio, polarity) == state


@pytest.mark.parametrize(("polarity", "state"), [(1, "short"), (-1, "exceeded")])
def test_what_is_rated_and_what_is_done_comes_out_by_which_way_is_better(polarity, state):
    scored = rated("r", rating(4, polarity=polarity), 3, at(0))
    performed = done("d", DELIVERY._replace(polarity=polarity), 0.5, at(0), told=phrase("x"))

    assert (scored.state, performed.state) == (state, state)
    assert scored.trust == 1.0


def test_the_shortest_span_is_a_second():
    assert [seconds(at(minutes) - at(0)) for minutes in (-1, 0, 0.01, 2)] == [1.0, 1.0, 1.0, 120.0]


def lines():
    """A wait that runs, one that is late and one that ended; a rating; something done."""
    waits = [
        waited("w", MINUTE, at(0), ended_at, now=at(now)) for ended_at, now in [(None, 1), (None, 2.01), (at(0.51), 9)]
    ]
    return [*waits, rated("r", rating(4, "manner"), 3, at(0)), done("d", DELIVERY, 0.3, at(0), told=phrase("x"))]


def test_what_was_expected_is_said_in_the_standards_own_unit():
    assert [expectation(line) for line in lines()] == [
        *[phrase("expected.within", what="a greeting", within=60)] * 3,
        phrase("expected.score", what="manner", score=4),
        phrase("expected.done", what="what was ordered"),
    ]
    assert expectation(lines()[0]._replace(expected=phrase("y"))) == phrase("y")


def test_what_came_of_it_is_said_in_the_standards_own_unit():
    assert [outcome(line) for line in lines()] == [
        Phrase("state.open"),
        phrase("outcome.so_far", took=121),
        phrase("outcome.took", took=31),
        phrase("outcome.score", score=3),
        phrase("x"),
    ]
    assert outcome(lines()[4]._replace(told=None)) == Phrase("state.short")
    assert outcome(waited("w", MINUTE, at(0), None, now=at(9), gave_up_at=at(5))) == Phrase("state.never")


def promise(state, number, *, settled=True):
    return Line(f"promise/{number}", MINUTE, state, at(0), "staff", is_promise=True, settled=settled)


def test_promises_are_counted_by_how_they_stand():
    states = [("kept", 1), ("broken", 2), ("withdrawn", 3), ("made", 4), ("confirmed", 5), ("declined", 6), ("made", 7)]
    counted = [
        promise(state, total, settled=number < 4)
        for state, number in states
        for total in range(10 * number, 11 * number)
    ]

    found = tally([*counted, *lines()], {"promise/40", "promise/10", "w"})

    assert found == PromiseTally(on_track=4 + 5 + 6 + 7 - 1, at_risk=1, kept=1, broken=2, withdrawn=3)
    assert found.made == 28
    assert tally(lines(), {"w"}) is NO_PROMISES


def conduct(minute, score, aspect="courtesy"):
    data = {"touchpoint": "desk", "aspect": aspect, "score": score, "observer": "customer"}
    return happened("conduct.observed", minute, id=f"c{minute}", **data)


def recognition(minute, touchpoint="car"):
    return happened("recognition.given", minute, id=f"r{minute}", touchpoint=touchpoint)


def news(*happenings, **changes):
    return good_news_of("riga-1", standing(happenings, ServiceConcept(**changes), minutes=90))


def test_good_news_names_what_nobody_had_to_expect_before_what_was_better():
    beyond = GoodNews(
        line="recognition/r2@/till",
        touchpoint="car",
        since=at(2),
        headline=phrase("good_news.beyond", store="riga-1", place="car"),
    )

    assert news(conduct(1, 5), recognition(2), recognition(3)) == beyond
    # Both delight as much, or less than conduct does; the first by name is the one that is told.
    assert news(recognition(3), recognition(2, "car"), beyond=1.01) == beyond


def test_without_that_good_news_is_a_journey_far_above_one_and_names_what_lifted_it_most():
    better = [conduct(1, 5), conduct(2, 5, "interest"), conduct(3, 4)]
    wide = Parameters(gain_ceiling=10.0, cap=10.0)

    told = news(*better, promised(), good_from=1.0001, parameters=wide)
    # 5 where 3 was expected is more than 5 where 4 was.
    assert (told.line, told.touchpoint, told.since) == ("conduct/interest/c2@/till", "desk", at(2))
    said = {"what": "interest in the customer", "outcome": phrase("outcome.score", score=5)}
    assert told.headline == phrase("good_news.better", store="riga-1", **said)


def test_recognition_that_lifts_nothing_is_not_what_is_told():
    assert news(conduct(1, 5), recognition(2), beyond=1.0) is None
    assert news(conduct(1, 5), recognition(2), beyond=1.0, good_from=1.01).line == "conduct/courtesy/c1@/till"


def test_the_good_news_begins_exactly_where_the_concept_says():
    kv = standing([conduct(1, 5)], minutes=90).evaluation.kv

    assert news(conduct(1, 5), good_from=kv) is not None
    assert news(conduct(1, 5), good_from=kv * 1.0001) is None


def test_as_expected_or_worse_is_no_good_news():
    assert news(conduct(1, 4), good_from=0.5) is None
    assert news(conduct(1, 1), recognition(2), good_from=0.5) is None
    assert news(promised(), good_from=0.5) is None
