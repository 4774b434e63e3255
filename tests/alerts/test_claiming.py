"""What goes out to one person, out of the store, in SQLite and in PostgreSQL: in messages that stay what they were."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.digest import digest_body
from services.alerts.adapters.telling import deliveries
from services.alerts.delivery import FAIL_OVER_ATTEMPTS
from services.alerts.domain.alert import Grade, State
from services.alerts.domain.decision import Step
from services.alerts.domain.pacing import APART, ENDS_WITHIN, GATHERED
from services.alerts.entrypoints.claiming import LEASE, ToOnePerson
from services.alerts.entrypoints.taking_over import TakingOver
from services.chassis.rows import Rows
from tests.alerts.builders import NOON, alert, finding, told

CHANNEL = "email:anna"
SECOND = timedelta(seconds=1)
READY = NOON + GATHERED
DIRTY = finding("cleanliness/restroom", reason="failed", headline="The restroom is dirty", until=None)
take = ToOnePerson(partial(digest_body, page_url="https://alerts.example"))


@pytest.fixture
def store(rows: Callable[[str], Rows]) -> StoredTransaction:
    return StoredTransaction(rows(MIGRATIONS))


def leave(store, *journeys, step=Step.OPENED, at=NOON, **changes):
    for journey in journeys:
        each = told(step, journey=journey, finding=DIRTY, **changes)
        store.add_deliveries(deliveries(each, [CHANNEL], "https://alerts.example", now=at))


def claimed(store, now, under_way=()):
    return take(store, CHANNEL, now, room=8, under_way=under_way)


def arrive(store, message, now):
    for each in message.members:
        store.delivered(each.delivery_id, at=now)


def ids(*journeys, step=1):
    return sorted(f"{alert(journey=each, finding=DIRTY).alert_id}:{step}:{CHANNEL}" for each in journeys)


def members(message):
    return sorted(each.delivery_id for each in message.members)


def test_what_has_one_cause_is_one_message_that_names_all_of_it(store):
    leave(store, "visit-1", "visit-2")

    assert claimed(store, READY - SECOND) == []
    (message,) = claimed(store, READY)

    assert members(message) == ids("visit-1", "visit-2")
    body = json.loads(message.delivery.body)
    assert body["type"] == "alert.digest"
    assert sorted(each["data"]["journey"] for each in body["data"]["alerts"]) == ["visit-1", "visit-2"]


def test_one_alert_alone_is_the_message_that_programs_get(store):
    leave(store, "visit-1")

    (message,) = claimed(store, READY)

    assert json.loads(message.delivery.body)["type"] == "alert.opened"
    assert message.delivery.delivery_id == ids("visit-1")[0]


def test_of_an_alert_that_got_worse_meanwhile_only_the_last_step_is_told(store):
    leave(store, "visit-1")
    leave(store, "visit-1", step=Step.ESCALATED, steps=2)

    (message,) = claimed(store, READY)

    assert json.loads(message.delivery.body)["type"] == "alert.escalated"
    assert members(message) == [*ids("visit-1"), *ids("visit-1", step=2)]


def test_what_a_process_had_begun_when_it_died_goes_out_again_as_it_was(store):
    leave(store, "visit-1", "visit-2")
    (before,) = claimed(store, READY)
    leave(store, "visit-3", at=READY)

    (again,) = claimed(store, READY + LEASE)

    assert (again.delivery.delivery_id, members(again)) == (before.delivery.delivery_id, members(before))
    assert again.delivery.body == before.delivery.body


def test_while_a_message_is_under_way_nothing_else_is_begun(store):
    leave(store, "visit-1")
    (message,) = claimed(store, READY)
    leave(store, "visit-2", at=READY)

    assert claimed(store, READY + LEASE, under_way={message.delivery.delivery_id}) == []


def test_more_of_a_cause_that_was_told_waits_and_its_fall_back_with_it(store):
    leave(store, "visit-1")
    (message,) = claimed(store, READY)
    arrive(store, message, READY)
    leave(store, "visit-2", at=READY)

    assert claimed(store, READY + GATHERED) == []
    assert store.pass_on(CHANNEL, "webhook", now=READY + APART) == 0
    (later,) = claimed(store, READY + APART)
    assert members(later) == ids("visit-2")


def test_what_was_told_is_not_told_again_by_who_comes_later(store):
    leave(store, "visit-1")
    (message,) = claimed(store, READY)
    arrive(store, message, READY)

    assert claimed(store, READY + LEASE) == []
    assert store.count_waiting(CHANNEL) == 0


def test_what_is_over_before_it_was_told_is_settled(store):
    leave(store, "visit-1")
    leave(store, "visit-1", step=Step.RESOLVED, steps=2, state=State.RESOLVED, closed_at=NOON, grade=Grade.SAVED)

    assert claimed(store, READY) == []
    assert store.count_waiting(CHANNEL) == 0


def test_that_alerts_are_over_is_one_message(store):
    leave(store, "visit-1", "visit-2")
    (message,) = claimed(store, READY)
    arrive(store, message, READY)
    over = {"step": Step.RESOLVED, "steps": 2, "state": State.RESOLVED, "closed_at": NOON, "grade": Grade.SAVED}
    leave(store, "visit-1", at=READY, **over)
    leave(store, "visit-2", at=READY + 60 * SECOND, **over)

    assert claimed(store, READY + ENDS_WITHIN - SECOND) == []
    (ends,) = claimed(store, READY + ENDS_WITHIN)
    assert members(ends) == ids("visit-1", "visit-2", step=2)
    assert json.loads(ends.delivery.body)["data"]["closed_at"] is not None


def test_what_reaches_nobody_goes_to_the_next_one_each_by_its_own_id(store):
    leave(store, "visit-1", "visit-2")
    (message,) = claimed(store, READY)
    for each in message.members:
        for _ in range(2):
            store.try_again(each.delivery_id, tried_at=READY, next_at=READY + 60 * SECOND)

    assert store.pass_on(CHANNEL, "webhook", now=READY + SECOND) == 2
    given = store.due_deliveries("webhook", READY + SECOND, 10)
    names = [each.replace(CHANNEL, "webhook") for each in ids("visit-1", "visit-2")]
    assert sorted(each.delivery_id for each in given) == names


def test_that_it_was_over_is_no_reason_to_be_silent_when_it_begins_again(store):
    leave(store, "visit-1")
    (message,) = claimed(store, READY)
    arrive(store, message, READY)
    over = {"steps": 2, "state": State.RESOLVED, "closed_at": NOON, "grade": Grade.SAVED}
    leave(store, "visit-1", at=READY, step=Step.RESOLVED, **over)
    (ends,) = claimed(store, READY + ENDS_WITHIN)
    arrive(store, ends, READY + ENDS_WITHIN)
    leave(store, "visit-2", at=READY + ENDS_WITHIN)

    (again,) = claimed(store, READY + ENDS_WITHIN + GATHERED)
    assert members(again) == ids("visit-2")


def test_what_was_refused_twice_goes_with_what_has_come_meanwhile(store):
    leave(store, "visit-1")
    (message,) = claimed(store, READY)
    for _ in range(FAIL_OVER_ATTEMPTS):
        store.try_again(message.delivery.delivery_id, tried_at=READY, next_at=READY + 60 * SECOND)
    leave(store, "visit-2", at=READY)

    (both,) = claimed(store, READY + GATHERED)

    assert members(both) == ids("visit-1", "visit-2")


def test_what_another_worker_is_sending_to_a_person_is_waited_for(store):
    leave(store, "visit-1")
    claimed(store, READY)
    leave(store, "visit-2", at=READY)

    assert claimed(store, READY + GATHERED) == []


@pytest.mark.anyio
async def test_what_waits_for_somebody_who_has_left_goes_to_who_is_there(store):
    leave(store, "visit-1", "visit-2")

    async def transact(work):
        return work(store)

    await TakingOver(transact, ["email:boris"], {CHANNEL: "email:boris"}.get).look()

    assert store.count_waiting(CHANNEL) == 0
    (message,) = take(store, "email:boris", datetime.now(UTC), room=8, under_way=())
    assert len(message.members) == 2
