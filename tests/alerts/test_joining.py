"""What joins a cause that somebody has taken, out of the store, in SQLite and in PostgreSQL: told, and no call."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.domain.action import acknowledge, close, release, snooze
from services.alerts.domain.pacing import GATHERED, QUIETLY_APART
from services.alerts.domain.taken import HOLDS
from services.alerts.entrypoints.claiming import LEASE
from services.chassis.rows import Rows
from tests.alerts.builders import NOON, STORE, finding
from tests.alerts.two_managers import ANNA, BORIS, DIRTY, LOOK, MINUTE, SECOND, WAITS, Duty
from tests.plans import plans_of, reading_whole_tables


@pytest.fixture
def duty(rows: Callable[[str], Rows]) -> Duty:
    return Duty(StoredTransaction(rows(MIGRATIONS)))


@pytest.fixture
def taken(duty) -> Duty:
    """Anna was called because of the restroom, and has taken it."""
    duty.find("visit-1")
    duty.passes(GATHERED)
    assert duty.hears() == [(True, ["visit-1"])]
    duty.passes(MINUTE)
    duty.do(acknowledge)
    return duty


def joins(duty, journey="visit-2"):
    duty.find(journey)
    duty.passes(QUIETLY_APART)
    assert duty.hears() == [(False, [journey])]


def test_what_joins_a_cause_that_somebody_has_is_told_and_calls_nobody(taken):
    joins(taken)


def test_until_somebody_takes_it_a_cause_calls(duty):
    duty.find("visit-1")
    duty.passes(GATHERED)
    duty.hears()
    duty.find("visit-2")
    duty.passes(10 * MINUTE)

    assert duty.hears() == [(True, ["visit-2"])]


def test_what_waited_when_it_was_taken_joins_too(duty):
    duty.find("visit-1")
    duty.passes(GATHERED)
    duty.hears()
    duty.find("visit-2")
    duty.do(acknowledge)
    duty.passes(QUIETLY_APART)

    assert duty.hears() == [(False, ["visit-2"])]


def test_who_was_not_told_of_what_was_taken_is_called(taken):
    taken.told_to = [BORIS]
    taken.find("visit-2")
    taken.passes(GATHERED)

    assert taken.hears(BORIS) == [(True, ["visit-2"])]


def test_each_customer_who_waits_at_the_door_calls(duty):
    for journey in ("visit-1", "visit-2"):
        duty.find(journey, WAITS)
        duty.passes(10 * MINUTE)
        assert duty.hears() == [(True, [journey])]
        duty.do(acknowledge, journey, WAITS)


def test_what_gets_worse_calls(taken):
    joins(taken)
    taken.find("visit-2", finding(DIRTY.line, severity="critical", reason="failed", until=None))
    taken.passes(GATHERED)

    assert taken.hears() == [(True, ["visit-2"])]


def test_what_gets_worse_before_it_was_told_calls_and_is_not_told_again_a_minute_later(taken):
    taken.find("visit-2")
    taken.find("visit-2", finding(DIRTY.line, severity="critical", reason="failed", until=None))
    taken.passes(GATHERED)

    assert taken.hears() == [(True, ["visit-2"])]
    taken.passes(LOOK)
    assert taken.hears() == []


@pytest.fixture
def grave(duty) -> Duty:
    """Anna has taken a cause that is as bad as it can be, and knows of another journey that meets it."""
    duty.find("visit-1", finding(DIRTY.line, severity="critical", reason="failed", until=None))
    duty.passes(GATHERED)
    duty.hears()
    duty.do(acknowledge)
    joins(duty)
    return duty


def test_what_gets_worse_calls_even_if_what_was_taken_is_as_bad(grave):
    grave.find("visit-2", finding(DIRTY.line, severity="critical", reason="failed", until=None))
    grave.passes(GATHERED)

    assert grave.hears() == [(True, ["visit-2"])]


def test_who_has_put_it_off_is_called_then_whoever_has_the_cause(grave):
    grave.do(snooze, "visit-2", until=grave.now + 10 * MINUTE)
    grave.passes(11 * MINUTE)

    assert grave.hears() == [(True, ["visit-2"])]


def test_what_is_more_severe_than_what_was_taken_calls(taken):
    taken.find("visit-2", finding(DIRTY.line, severity="critical", reason="failed", until=None))
    taken.passes(10 * MINUTE)

    assert taken.hears() == [(True, ["visit-2"])]


@pytest.mark.parametrize(
    "end",
    [
        lambda duty: duty.do(release),
        lambda duty: duty.do(close),
        lambda duty: duty.do(snooze, until=duty.now + timedelta(days=1)),
    ],
    ids=["given back", "closed", "put off"],
)
def test_when_nobody_has_it_any_more_what_had_joined_calls(taken, end):
    joins(taken)
    end(taken)
    taken.passes(LOOK)

    assert taken.hears() == [(True, ["visit-2"])]


def test_when_it_was_taken_too_long_ago_what_had_joined_calls_and_so_does_what_comes(taken):
    joins(taken)
    taken.passes(HOLDS - QUIETLY_APART - SECOND)
    assert taken.hears() == []
    taken.passes(LOOK)

    assert taken.hears() == [(True, ["visit-2"])]
    taken.find("visit-3")
    taken.passes(10 * MINUTE)
    assert taken.hears() == [(True, ["visit-3"])]


def test_what_had_joined_calls_once(taken):
    joins(taken)
    taken.do(release)
    taken.passes(LOOK)
    taken.hears()
    for _ in range(100):
        taken.passes(MINUTE)

    assert taken.hears() == []


def test_what_had_joined_and_was_taken_since_calls_nobody(taken):
    joins(taken)
    taken.do(acknowledge, "visit-2")
    taken.passes(2 * HOLDS)

    assert taken.hears() == []


def test_what_was_taken_before_it_was_told_calls_nobody_afterwards(taken):
    taken.find("visit-2")
    taken.do(acknowledge, "visit-2")
    taken.passes(QUIETLY_APART)
    assert taken.hears() == [(False, ["visit-2"])]
    taken.passes(2 * HOLDS)

    assert taken.hears() == []


def test_the_customer_goes_and_the_cause_stays_with_who_took_it(taken):
    joins(taken)
    taken.find("visit-1", None, ended=True)
    joins(taken, "visit-3")


def test_a_cause_that_had_stopped_calls_when_it_begins_again(taken):
    taken.find("visit-1", None, ended=True)
    taken.passes(MINUTE)
    taken.find("visit-2")
    taken.passes(10 * MINUTE)

    assert (True, ["visit-2"]) in taken.hears()


def test_what_is_critical_is_not_told_again_while_somebody_has_its_cause(duty):
    grave = finding(DIRTY.line, severity="critical", reason="failed", until=None)
    for journey in ("visit-1", "visit-2"):
        duty.find(journey, grave)
    duty.passes(GATHERED)
    assert duty.hears() == [(True, ["visit-1", "visit-2"])]
    duty.do(acknowledge)

    for _ in range(59):
        duty.passes(MINUTE)
        assert duty.hears() == []
    duty.passes(30 * MINUTE)
    assert duty.hears() == [(True, ["visit-2"])]


def test_what_was_tried_in_vain_goes_out_again_as_it_was_and_calls_who_is_next(taken):
    taken.find("visit-2")
    taken.passes(QUIETLY_APART)
    (before,) = taken.claims()
    taken.do(release)
    taken.now += LEASE
    (again,) = taken.claims()
    assert again.delivery.body == before.delivery.body
    taken.store.pass_on(ANNA, BORIS, now=taken.now, everything=True)
    taken.passes(GATHERED)

    assert taken.hears(BORIS) == [(True, ["visit-2"])]


def test_what_goes_out_with_a_call_is_marked_and_calls_again_by_itself_when_it_is_given_back(taken):
    taken.find("visit-2")
    taken.find("visit-3", WAITS)
    taken.passes(GATHERED)
    (message,) = taken.claims()
    alerts = json.loads(message.delivery.body)["data"]["alerts"]

    assert [(each["data"]["journey"], each["data"].get("taken")) for each in alerts] == [
        ("visit-3", None),
        ("visit-2", True),
    ]
    for each in message.members:
        taken.store.delivered(each.delivery_id, at=taken.now)
    taken.do(release)
    taken.passes(LOOK)
    assert taken.hears() == [(True, ["visit-2"])]


def test_alerts_of_a_cause_are_found_without_reading_all(taken):
    with plans_of(taken.store.rows) as plans:
        found = taken.store.of_causes({(STORE, DIRTY.line)}, NOON)
        taken.store.told_of(ANNA, ["a"])
        taken.store.look_again(["a"], NOON)

    assert [each.journey for each in found[STORE, DIRTY.line]] == ["visit-1"]
    assert reading_whole_tables(plans) == []
    assert any("alerts_of_cause" in step for plan in plans.values() for step in plan)


def test_what_ended_long_ago_is_left_out(taken):
    taken.find("visit-1", None, ended=True)

    assert taken.store.of_causes({(STORE, DIRTY.line)}, taken.now + SECOND) == {}
    assert len(taken.store.of_causes({(STORE, DIRTY.line)}, taken.now)) == 1
    assert taken.store.of_causes(set(), NOON) == {}
