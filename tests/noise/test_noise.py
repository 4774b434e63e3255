"""A few days of three stores: whoever is on call hears of what can be saved, in few messages; and the counting counts.

What a month comes to is `make noise`, and docs/noise.md. Here is what has to hold whatever the traffic is like.
"""

import json
from dataclasses import replace

from pytest import approx, fixture  # noqa: PT013  # reads as a sentence

from services.alerts.entrypoints.claiming import each_by_itself
from tests.noise.__main__ import every_other, missed
from tests.noise.assumptions import FIRST, STORES, Assumptions
from tests.noise.counting import counted
from tests.noise.duty import LAST_RESORT
from tests.noise.month import play
from tests.noise.stores import planned
from tests.noise.truth import endings

SEED = 7
FEW = replace(Assumptions(), days=2, dirty=0.2)
"""With a restroom that is dirty on each of them."""
BUSY = replace(FIRST, days=1, queues_a_week=7.0)
"""A day on which more goes wrong, to break things on."""


@fixture(scope="module")
def played():
    return play(FEW, SEED)


@fixture(scope="module")
def busy():
    return of_a_busy_day()


def of_a_busy_day(**changes):
    return counted(BUSY, play(BUSY, SEED, **changes), endings(planned(BUSY, SEED).occurrences), seed=SEED)


def test_every_journey_that_ended_below_adequate_was_named_in_a_page_in_time_where_there_was_time(played):
    found = counted(FEW, played, endings(planned(FEW, SEED).occurrences), seed=SEED)

    assert found.lost > 0
    assert found.named == found.lost
    assert missed(found) == 0


def test_what_joins_a_cause_that_somebody_has_is_named_and_calls_nobody(played):
    found = counted(FEW, played, endings(planned(FEW, SEED).occurrences), seed=SEED)

    assert found.named_quietly > 0
    assert 0 < found.quiet < found.others + sum(found.shifts.values())
    assert not any(each.is_page for each in played.arrived if all(one.taken for one in each.alerts))


def test_a_manager_of_one_store_gets_pages_of_that_store_alone():
    one = replace(FEW, days=1)
    theirs = play(one, SEED, managers="store")
    found = counted(one, theirs, endings(planned(one, SEED).occurrences), seed=SEED, managers="store")

    stores = {(each.person.partition(".")[0], alert.store) for each in theirs.arrived for alert in each.alerts}
    assert {store for person, store in stores if person == store} == set(STORES)
    assert {person for person, store in stores if person != store} <= {LAST_RESORT}
    assert len(found.shifts) == 2 * len(STORES)


def test_the_services_judge_each_journey_as_the_formula_does_that_the_count_rests_on(played):
    ended = endings(played.happened)
    latest = {}
    for message in played.evaluations:
        event = json.loads(message.value)
        if "subject" in event:
            latest[event["subject"]] = event["data"]

    assert latest.keys() == ended.keys()
    assert all(each["journey_state"] == "closed" for each in latest.values())
    assert {name: each["kv"] for name, each in latest.items()} == approx(
        {name: each.kv for name, each in ended.items()}
    )


def test_customers_come_and_go_alike_whoever_is_told(played):
    again = endings(planned(FEW, SEED).occurrences)

    assert again.keys() == endings(played.happened).keys()
    assert sum(each.lost for each in again.values()) >= sum(each.lost for each in endings(played.happened).values())


def test_without_pacing_there_are_more_pages(busy):
    alone = of_a_busy_day(claim=each_by_itself)

    assert sum(alone.shifts.values()) > sum(busy.shifts.values())
    assert alone.digests == 0


def test_when_alerts_are_dropped_fewer_of_the_lost_are_named(busy):
    dropped = of_a_busy_day(drops=every_other)

    assert dropped.named / dropped.lost < busy.named / busy.lost
