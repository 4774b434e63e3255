"""A delivery is marked in the database before it goes out, so that a crash is known, and costs no alert its time."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.adapters.instants import micros
from services.alerts.delivery import Attempt, Delivery, Fate
from services.alerts.domain.decision import Step
from tests.alerts.builders import alert, told
from tests.alerts.receiver import Receiver
from tests.alerts.sending import sending
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

ALERT = alert().alert_id
OPENED = told(Step.OPENED)


async def test_a_delivery_is_marked_before_it_goes_out(tmp_path):
    marked = []

    class Looking:
        name, where = "webhook", "somebody who looks at what is on disk"

        async def send(self, delivery: Delivery):
            with closing(sqlite3.connect(tmp_path / "alerts.db")) as elsewhere:
                marked.extend(elsewhere.execute("select state, next_at from deliveries"))
            return Attempt(fate=Fate.SENT)

    before = micros(datetime.now(UTC))
    async with sending(tmp_path, "http://127.0.0.1:1/", channel=Looking()) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    ((state, until),) = marked
    assert state == "sending"
    assert 15_000_000 < until - before < 60_000_000


async def test_what_a_killed_process_was_sending_is_sent_again_at_once_under_the_same_id(tmp_path):
    async with Receiver([500]) as receiver, sending(tmp_path, receiver.url, pauses_seconds=(3600,)) as ours:
        await ours.leave(OPENED)
        await receiver.until(1)
        await eventually(lambda: ours.delivering.trouble is not None)
    with closing(sqlite3.connect(tmp_path / "alerts.db", isolation_level=None)) as killed:
        in_an_hour = micros(datetime.now(UTC) + timedelta(hours=1))
        killed.execute("update deliveries set state = 'sending', next_at = ?", [in_an_hour])
    async with Receiver() as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    assert [each.id for each in receiver.received] == [f"{ALERT}:1:webhook"]


async def test_many_deliveries_cost_few_transactions(tmp_path):
    class AtOnce:
        name, where = "webhook", "somebody who takes everything at once"

        async def send(self, _: Delivery):
            return Attempt(fate=Fate.SENT)

    transactions = 0
    async with sending(tmp_path, "http://127.0.0.1:1/", channel=AtOnce()) as ours:
        work = ours.database.transact

        async def counted(*arguments, **named):
            nonlocal transactions
            transactions += 1
            return await work(*arguments, **named)

        ours.database.transact = counted
        await ours.leave(*(told(Step.OPENED, journey=f"visit-{number}") for number in range(96)))
        await eventually(lambda: len(ours.attempts) == 96)
        ours.database.transact = work

    # What came of eight is noted together with the marking of the next eight.
    assert transactions < 20
