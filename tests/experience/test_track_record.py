"""Track records: what was settled before, in other journeys, and never anything of the journey's own."""

import time
from datetime import UTC, date, datetime, timedelta
from math import log

import pytest

from services.experience.domain.assessment import assess
from services.experience.domain.concept import Outlook, ServiceConcept
from services.experience.domain.happening import Happening, in_order
from services.experience.domain.track_record import (
    CUSTOMERS,
    History,
    Settled,
    Settlement,
    Subject,
    is_dissatisfied,
    settlements,
    utc_day,
)
from tests.experience.builders import START, happened, promised, standing
from tests.experience.builders import at as minutes

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
GOODS = ("promise", "goods")
NOON = timedelta(hours=12)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + NOON


def test_what_settles_on_a_day_counts_from_the_next_day_on():
    history = History()
    history.add(GOODS, MONDAY, Settled(2, 1))
    history.add(GOODS, TUESDAY, Settled(1, 0))
    records = history.records(everywhere=History())

    assert [records(at(day)).of(GOODS) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [(0, 0), (2, 1), (3, 1)]
    assert records(at(WEDNESDAY)).of(CUSTOMERS) == (0, 0)


def test_what_settles_on_one_day_adds_up_also_after_it_was_asked_for():
    history = History()
    history.add(GOODS, MONDAY, Settled(2, 1))
    before = history.before(TUESDAY, GOODS)
    history.add(GOODS, MONDAY, Settled(1, -1))

    assert (before, history.before(TUESDAY, GOODS)) == ((2, 1), (3, 0))


def test_a_day_begins_at_midnight_utc_wherever_the_machine_is(monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # 14 hours ahead
    time.tzset()
    try:
        assert utc_day(at(MONDAY)) == MONDAY
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_journey_never_counts_towards_its_own_record():
    history = History()
    history.add(GOODS, MONDAY, Settled(3, 2))
    own = [Settlement(GOODS, MONDAY, good=False), Settlement(GOODS, WEDNESDAY, good=True)]

    records = history.records(own=own, everywhere=History())

    assert records(at(TUESDAY)).of(GOODS) == (3, 1)
    assert records(at(MONDAY)).of(GOODS) == (0, 0)
    later = datetime(2026, 3, 5, tzinfo=UTC)
    assert records(later).of(GOODS) == (2, 1)
    assert records(later).of(CUSTOMERS) == (0, 0)


def test_units_are_the_same_in_all_stores():
    store, everywhere = History(), History()
    everywhere.add(("unit", "carrier"), MONDAY, Settled(5, 4))
    store.add(("unit", "carrier"), MONDAY, Settled(1, 1))

    assert store.records(everywhere=everywhere)(at(TUESDAY)).of(("unit", "carrier")) == (5, 4)


def test_the_evidence_of_a_record_is_what_it_adds_to_the_prior():
    # Beta(9, 1) and 1 kept, 9 broken: 10 to 10, where the prior says 9 to 1.
    assert Settled(1, 9).evidence(9, 1) == pytest.approx(log(10 / 10) - log(9 / 1))
    assert Settled().evidence(9, 1) == 0


@pytest.mark.parametrize(
    ("score", "least", "most", "dissatisfied"),
    [
        (1, 1, 5, True),
        (2, 1, 5, True),
        (2.4, 1, 5, False),
        (3, 1, 5, False),
        (0, 0, 10, True),
        (3, 0, 10, False),
        (2.5, 0, 10, True),
    ],
)
def test_a_verdict_is_bad_in_the_lowest_quarter_of_its_scale(score, least, most, dissatisfied):
    told = Happening(
        ("riga-1", "/survey", "1"),
        "feedback.given",
        at(MONDAY),
        "j",
        {"score": score, "scale_min": least, "scale_max": most},
    )

    assert is_dissatisfied(told, Outlook()) is dissatisfied


def test_a_promise_that_was_done_too_late_was_broken_when_it_was_due():
    late = [promised(due=180), happened("promise.kept", 2 * 24 * 60, promise_id="p")]
    lines = standing(late, minutes=3 * 24 * 60).lines

    assert settlements(lines, late, Outlook()) == [
        Settlement(GOODS, START.date(), good=False),
        Settlement(("unit", "warehouse"), START.date(), good=False),
    ]


def test_open_and_withdrawn_promises_say_nothing_and_the_first_verdict_counts():
    told = [
        promised(promise_id="open", due=9999),
        promised(promise_id="back", due=9999),
        happened("promise.withdrawn", 5, promise_id="back"),
        happened("feedback.given", 20, score=1, scale_min=1, scale_max=5),
        happened("feedback.given", 30, score=5, scale_min=1, scale_max=5),
    ]

    assert settlements(standing(told, minutes=60).lines, told, Outlook()) == [
        Settlement(CUSTOMERS, START.date(), good=False)
    ]


def chance(concept: ServiceConcept, settled: dict[Subject, Settled], *more: Happening) -> float:
    store, everywhere = History(), History()
    for subject, counted in settled.items():
        (everywhere if subject[0] == "unit" else store).add(subject, MONDAY, counted)
    assessment = assess(
        in_order([promised(), *more]), [], concept, now=minutes(30), records=store.records(everywhere=everywhere)
    )
    assert assessment is not None
    return next(line.chance for line in assessment.lines if line.chance is not None)


def test_a_store_that_has_broken_many_promises_is_believed_less():
    concept = ServiceConcept()

    assert chance(concept, {GOODS: Settled(0, 20)}) < chance(concept, {}) < chance(concept, {GOODS: Settled(50, 0)})
    assert chance(concept, {("promise", "other"): Settled(0, 20)}) == chance(concept, {})


def test_units_count_where_the_concept_says_that_they_are_the_same_everywhere():
    warehouse = {("unit", "warehouse"): Settled(0, 20)}
    shared = ServiceConcept(outlook=Outlook(unit_record=0.5))

    assert chance(ServiceConcept(), warehouse) == chance(ServiceConcept(), {})
    assert chance(shared, warehouse) < chance(shared, {})


def test_an_internal_handoff_that_was_accepted_makes_a_promise_surer():
    offered = happened(
        "handoff.offered", 1, handoff_id="h", from_unit="till", to_unit="van", customer_visible=False, about="p"
    )
    accepted = happened("handoff.accepted", 2, handoff_id="h")
    concept = ServiceConcept()

    assert chance(concept, {}, offered) == chance(concept, {}) < chance(concept, {}, offered, accepted)


def test_what_the_customers_of_a_store_said_bears_on_the_next_one():
    told = in_order([happened("customer.arrived", 0, channel="door")])

    def risk(said: Settled, weight: float = 0.5) -> float:
        history = History()
        history.add(CUSTOMERS, MONDAY, said)
        concept = ServiceConcept(outlook=Outlook(customers_record=weight))
        met = history.records(everywhere=History())
        assessment = assess(told, [], concept, now=minutes(1), records=met)
        assert assessment is not None
        return assessment.risk

    assert risk(Settled(0, 30)) > risk(Settled()) > risk(Settled(90, 0))
    assert risk(Settled(0, 30), weight=0) == risk(Settled())


def test_more_than_one_handoff_is_a_risk_of_its_own_where_the_concept_says_so():
    def risk(count: int) -> float:
        units = {"from_unit": "till", "to_unit": "van", "customer_visible": False}
        told = [happened("handoff.offered", each, handoff_id=f"h-{each}", **units) for each in range(count)]
        return standing(told, ServiceConcept(outlook=Outlook(several_handoffs=1.0)), minutes=10).risk

    assert risk(1) < risk(2) == risk(3)
