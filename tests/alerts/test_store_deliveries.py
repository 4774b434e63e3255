"""What the store of the alert service does with deliveries, in SQLite and in PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.tables import DELIVERIES
from services.alerts.delivery import FAIL_OVER_AFTER, Delivery
from services.alerts.ports import Transaction
from services.chassis.rows import Rows
from tests.alerts.builders import NOON
from tests.plans import plans_of, reading_whole_tables, sorting


@pytest.fixture
def store(rows: Callable[[str], Rows]) -> Transaction:
    return StoredTransaction(rows(MIGRATIONS))


def delivery(step: int = 1, of: str = "a", channel: str = "webhook", body: bytes = b"{}") -> Delivery:
    return Delivery(delivery_id=f"{of}:{step}:{channel}", alert_id=of, step=step, channel=channel, body=body)


def names(deliveries: list[Delivery]) -> list[str]:
    return [each.delivery_id for each in deliveries]


def test_a_delivery_comes_back_as_it_was(store):
    store.add_deliveries([delivery(body="{“ü”}".encode())])

    assert store.due_deliveries("webhook", NOON, 10) == [delivery(body="{“ü”}".encode())]


def test_a_delivery_that_is_there_already_stays_as_it_is(store):
    store.add_deliveries([delivery(body=b"first")])
    store.delivered("a:1:webhook")
    store.add_deliveries([delivery(body=b"second")])

    assert store.due_deliveries("webhook", NOON, 10) == []


def test_a_later_step_waits_for_the_earlier_ones_of_its_alert(store):
    store.add_deliveries([delivery(2), delivery(1), delivery(1, of="b")])

    assert names(store.due_deliveries("webhook", NOON, 10)) == ["a:1:webhook", "b:1:webhook"]
    store.delivered("a:1:webhook")
    assert set(names(store.due_deliveries("webhook", NOON, 10))) == {"a:2:webhook", "b:1:webhook"}


def test_a_step_that_is_given_up_does_not_hold_up_the_next(store):
    store.add_deliveries([delivery(1), delivery(2)])
    store.give_up("a:1:webhook")

    assert names(store.due_deliveries("webhook", NOON, 10)) == ["a:2:webhook"]


def test_what_was_tried_in_vain_is_due_again_when_its_time_has_come(store):
    store.add_deliveries([delivery(1), delivery(2)])
    store.try_again("a:1:webhook", tried_at=NOON, next_at=NOON + timedelta(seconds=5))

    assert store.due_deliveries("webhook", NOON + timedelta(seconds=4), 10) == []
    (due,) = store.due_deliveries("webhook", NOON + timedelta(seconds=5), 10)
    assert due == replace(delivery(1), attempts=1, first_tried_at=NOON)


def test_the_first_attempt_is_remembered_through_all_others(store):
    store.add_deliveries([delivery()])
    store.try_again("a:1:webhook", tried_at=NOON, next_at=NOON)
    store.try_again("a:1:webhook", tried_at=NOON + timedelta(hours=1), next_at=NOON)

    (due,) = store.due_deliveries("webhook", NOON, 10)
    assert (due.attempts, due.first_tried_at) == (2, NOON)


def test_the_next_delivery_is_the_earliest_that_is_not_due_yet_and_not_held_up(store):
    store.add_deliveries([delivery(1), delivery(2), delivery(1, of="b"), delivery(1, of="c")])
    store.try_again("a:1:webhook", tried_at=NOON, next_at=NOON + timedelta(seconds=9))
    store.try_again("b:1:webhook", tried_at=NOON, next_at=NOON + timedelta(seconds=5))

    assert store.next_delivery_at("webhook", after=NOON) == NOON + timedelta(seconds=5)
    assert store.next_delivery_at("webhook", after=NOON + timedelta(seconds=9)) is None


def test_channels_do_not_see_each_others_deliveries(store):
    store.add_deliveries([delivery(1, channel="webhook"), delivery(1, channel="chat")])
    store.delivered("a:1:webhook")

    assert store.count_waiting("webhook") == 0
    assert names(store.due_deliveries("chat", NOON, 10)) == ["a:1:chat"]


def test_a_channel_that_is_given_up_has_nothing_waiting(store):
    store.add_deliveries([delivery(1), delivery(2), delivery(1, channel="chat")])

    assert store.give_up_all("webhook") == 2
    assert store.count_waiting("webhook") == 0
    assert store.count_waiting("chat") == 1


def test_what_is_being_sent_is_nobody_elses_until_its_time_has_run_out(store):
    store.add_deliveries([delivery(1), delivery(2), delivery(1, of="b")])
    soon = NOON + timedelta(seconds=20)

    due = store.due_deliveries("webhook", NOON, 10)
    assert store.claim(due, now=NOON, until=soon) == due
    assert store.claim(due, now=NOON, until=soon) == []
    assert store.due_deliveries("webhook", NOON + timedelta(seconds=19), 10) == []
    assert store.next_delivery_at("webhook", after=NOON) == soon
    assert store.count_waiting("webhook") == 3
    assert names(store.due_deliveries("webhook", soon, 10)) == ["a:1:webhook", "b:1:webhook"]


def test_what_was_being_sent_when_a_process_ended_is_due_at_once_where_there_is_one_process(store):
    store.add_deliveries([delivery(1), delivery(1, channel="chat"), delivery(1, of="b")])
    store.try_again("b:1:webhook", tried_at=NOON, next_at=NOON + timedelta(hours=1))
    for channel in ("webhook", "chat"):
        store.claim(store.due_deliveries(channel, NOON, 10), now=NOON, until=NOON + timedelta(seconds=20))

    store.take_back("webhook")

    assert names(store.due_deliveries("webhook", NOON, 10)) == ([] if store.rows.shared else ["a:1:webhook"])
    assert store.due_deliveries("chat", NOON, 10) == []


def test_what_has_arrived_stays_so_whatever_another_worker_says_later(store):
    store.add_deliveries([delivery(1)])
    store.delivered("a:1:webhook")
    store.try_again("a:1:webhook", tried_at=NOON, next_at=NOON)
    store.give_up("a:1:webhook")

    assert store.due_deliveries("webhook", NOON, 10) == []
    assert store.rows.value(select(DELIVERIES.c.state)) == "sent"


def overdue(step: int = 1, of: str = "a", at: datetime = NOON) -> Delivery:
    return replace(delivery(step, of), pass_on_at=at)


def test_what_has_not_arrived_in_time_is_given_to_the_next_channel_once_under_an_id_of_its_own(store):
    store.add_deliveries([overdue(), overdue(of="b", at=NOON + timedelta(seconds=1))])

    assert store.pass_on("webhook", "webhook-2", now=NOON) == 1
    assert store.pass_on("webhook", "webhook-2", now=NOON) == 0

    (given,) = store.due_deliveries("webhook-2", NOON, 10)
    assert given == replace(delivery(channel="webhook-2"), pass_on_at=NOON + FAIL_OVER_AFTER)
    assert names(store.due_deliveries("webhook", NOON, 10)) == ["a:1:webhook", "b:1:webhook"]


def test_what_arrives_late_but_arrives_is_given_to_nobody_else(store):
    store.add_deliveries([overdue()])

    assert store.pass_on("webhook", "webhook-2", now=NOON, arrived=["a:1:webhook"]) == 0


def test_what_was_tried_twice_in_vain_is_given_to_the_next_channel(store):
    store.add_deliveries([overdue(at=NOON + timedelta(hours=1))])
    store.try_again("a:1:webhook", tried_at=NOON, next_at=NOON)
    assert store.pass_on("webhook", "webhook-2", now=NOON) == 0

    store.try_again("a:1:webhook", tried_at=NOON, next_at=NOON)
    assert store.pass_on("webhook", "webhook-2", now=NOON) == 1


@pytest.mark.parametrize("arrived_there", [False, True])
def test_every_later_step_goes_to_whoever_was_given_the_beginning(store, arrived_there):
    later = NOON + timedelta(hours=1)
    store.add_deliveries([overdue(), overdue(1, of="b", at=later)])
    store.pass_on("webhook", "webhook-2", now=NOON)
    if arrived_there:
        store.delivered("a:1:webhook-2")
    store.delivered("a:1:webhook")
    store.add_deliveries([overdue(2, at=later), overdue(2, of="b", at=later)])

    assert store.pass_on("webhook", "webhook-2", now=NOON, arrived=["a:2:webhook", "b:2:webhook"]) == 1
    given = ["a:2:webhook-2"] if arrived_there else ["a:1:webhook-2"]
    assert names(store.due_deliveries("webhook-2", NOON, 10)) == given


def test_what_has_arrived_or_was_given_up_is_given_to_nobody_else(store):
    store.add_deliveries([overdue(), overdue(of="b"), overdue(of="c")])
    store.delivered("a:1:webhook")
    store.give_up("b:1:webhook")
    store.pass_on("webhook", "webhook-2", now=NOON)

    assert names(store.due_deliveries("webhook-2", NOON, 10)) == ["c:1:webhook-2"]


def test_a_channel_that_is_gone_gives_everything_to_the_next(store):
    store.add_deliveries([overdue(at=NOON + timedelta(hours=1)), delivery(1, of="b")])

    assert store.pass_on("webhook", "webhook-2", now=NOON, everything=True) == 1


def test_no_query_about_deliveries_reads_all_of_them(store):
    store.add_deliveries([overdue()])
    with plans_of(store.rows) as plans:
        due = store.due_deliveries("webhook", NOON, 10)
        store.claim(due, now=NOON, until=NOON)
        store.next_delivery_at("webhook", after=NOON)
        store.count_waiting("webhook")
        store.take_back("webhook")
        store.pass_on("webhook", "webhook-2", now=NOON)
        store.give_up_all("webhook")

    assert reading_whole_tables(plans) == []
    assert len(plans) >= 4


def test_of_thousands_that_wait_the_next_few_are_found_without_sorting_them(store):
    with plans_of(store.rows) as plans:
        store.due_deliveries("webhook", NOON, 10)

    assert len(plans) == 1
    assert sorting(plans) == []
