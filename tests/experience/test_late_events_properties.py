"""What holds for every event that comes late, and for every journey that has closed; tried on generated ones.

A journey is told twice: once everything is heard of when it happens, once a part of it is heard of later. In between
somebody looks whenever something has come in, and at other times, as the clock makes the service do.
"""

from itertools import groupby
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from services.experience.domain.assessment import assess
from services.experience.domain.happening import in_order
from services.experience.domain.track_record import no_records
from services.experience.notices import notices_after
from tests.experience.builders import VISIT, at, happened, standing
from tests.experience.generated.concepts import concepts
from tests.experience.generated.histories import LEFT, journeys, minutes, promise, store_wide
from tests.experience.generated.numbers import scores, shares

LATER = 5_000
NOTICEABLE = 0.05
"""Of what takes less than this from V nobody is told."""

looks = st.lists(st.integers(0, 3 * LEFT), min_size=2, max_size=9)


class Told:
    """What a service makes of a journey that is heard of bit by bit: (instant, what is heard of then)."""

    def __init__(self, heard, concept, seen):
        self.steps = []
        notices, known = {}, []
        for instant, news in heard:
            known = in_order([*known, *news])
            self.last = assess(known, seen, concept, now=instant)
            if self.last is None:
                continue  # nothing is known of it yet, or only what its customer said afterwards
            first = min((each.at for each in news), default=None)
            before, notices = notices, notices_after(notices, self.last, known, seen, first, no_records)
            self.steps.append((instant, before, notices))


def heard(arrivals, looks):
    """What is heard of at each instant, nothing where somebody only looks; `arrivals`: (instant, happening)."""
    looked = [(at(minute), None) for minute in looks]
    by_instant = groupby(sorted([*arrivals, *looked], key=itemgetter(0)), key=itemgetter(0))
    return [(instant, [each for _, each in group if each is not None]) for instant, group in by_instant]


ends = st.sampled_from(["confirmed", "kept", "withdrawn", "declined"])


@given(journeys(), concepts, store_wide, st.sets(st.integers(0, 10)), st.integers(1, 2 * LEFT), looks, minutes, ends)
def test_a_late_event_can_only_correct_and_may_retract_an_alert(
    told, concept, seen, late, delay, looks, made_at, heard_late
):
    # A promise of which something is heard late: most alerts are about that.
    story = promise(made_at, made_at + LEFT, **{heard_late: made_at + 10})
    told, seen = in_order([*told, *story]), in_order(seen)
    end = 4 * LEFT  # by then all have been heard of
    late = {told[position % len(told)].identity for position in late} | {story[-1].identity}
    by = {each.identity: at(delay if each.identity in late else 0) - at(0) for each in told}

    in_time = Told(heard([(each.at, each) for each in told], [*looks, end]), concept, seen)
    delayed = Told(heard([(each.at + by[each.identity], each) for each in told], [*looks, end]), concept, seen)

    # In the end it is as if nothing had been late.
    assert (delayed.last, delayed.last.evaluation) == (in_time.last, in_time.last.evaluation)
    # Silence clears, and only late facts retract.
    assert all(notice.state != "retracted" for _, _, after in in_time.steps for notice in after.values())
    for instant, before, after in delayed.steps:
        assert before.keys() <= after.keys()
        for line, notice in before.items():
            if notice.state == "named" and after[line].state != "named":
                heard_late = [each for each in told if by[each.identity] and each.at + by[each.identity] == instant]
                disproved = any(each.at <= notice.since for each in heard_late) and _without_ground(
                    line, notice.since, [each for each in told if each.at + by[each.identity] <= instant], seen, concept
                )
                assert after[line].state == ("retracted" if disproved else "cleared")


def _without_ground(line, since, told, seen, concept):
    """Whether nobody would have been told of the line, had all this been known."""
    knowing = assess(in_order(told), seen, concept, now=since)
    threshold = concept.costs.intervention / (concept.costs.effectiveness * concept.costs.bad_outcome)
    return knowing.risk <= threshold or knowing.forecast.contributions.get(line, 0.0) >= -NOTICEABLE


@given(journeys(), concepts, st.integers(0, 60 * 24 * 30))
def test_a_closed_journey_stands_as_it_stood_when_it_closed(told, concept, later):
    by_then = standing(told, concept, minutes=LATER)
    if by_then.closed:
        assert standing(told, concept, minutes=LATER + later) == by_then


@given(journeys(), concepts, minutes, st.integers(0, LATER), scores)
def test_a_verdict_never_enters_the_evaluation_of_its_own_journey(told, concept, said_at, when, score):
    verdict = happened("feedback.given", said_at, id="f", score=float(score), scale_min=1.0, scale_max=5.0)

    assert standing([*told, verdict], concept, minutes=when) == standing(told, concept, minutes=when)


@given(journeys(), concepts, st.lists(st.tuples(minutes, shares), max_size=4), st.booleans())
def test_what_is_seen_after_a_journey_has_closed_says_nothing_about_it(told, concept, marks, own):
    journey = VISIT if own else None
    checks = [
        happened("cleanliness.checked", minute * 30, id=f"c{number}", journey=journey, area="toilet", score=5 * share)
        for number, (minute, share) in enumerate(marks)
    ]
    seen = [*told, *checks] if own else told
    in_the_store = [] if own else checks

    later = standing(seen, concept, minutes=LATER * 10, store_wide=in_the_store)

    if later.closed:
        then = assess(in_order(seen), in_order(in_the_store), concept, now=later.as_of)
        assert (later, later.evaluation) == (then, then.evaluation)


def test_nobody_waits_for_a_handoff_of_a_promise_that_has_come_out():
    told = [
        happened("customer.arrived", 0, id="b", channel="door"),
        happened("promise.made", 0, id="m", promise_id="n", what="goods", due=at(274), fulfilled_by="desk"),
        happened(
            "handoff.offered", 80, id="o", handoff_id="i", customer_visible=False, from_unit="sales", to_unit="till"
        ),
        happened("promise.withdrawn", 170, id="w", promise_id="n"),
        happened("customer.left", 200, id="l", outcome="abandoned"),
    ]

    shares = {
        line.handoff_share
        for minutes in (170, 200, 230, LATER)
        for line in standing(told, minutes=minutes).lines
        if line.is_promise
    }

    assert shares == {170 / 274}
