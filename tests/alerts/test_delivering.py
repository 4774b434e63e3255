"""Deliveries to a real receiver over HTTP: signed, in order, again until they arrive, and no further.

Pauses between attempts are made short here; what is tested is their order, not their length.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.alerts.adapters.database import MIGRATIONS
from services.alerts.adapters.posting import _wait_seconds
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.delivery import Delivery, Fate
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Step
from services.alerts.entrypoints.delivering import PAUSES_SECONDS, Delivering
from services.chassis.database import Database
from services.chassis.embedded_broker import free_port
from tests.alerts.builders import alert, told
from tests.alerts.receiver import LOOPBACK, SECRET, Answer, Receiver
from tests.alerts.sending import Sending, sending
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

ALERT = alert().alert_id
OPENED = told(Step.OPENED)
RESOLVED = told(Step.RESOLVED, state=State.RESOLVED, steps=2)


async def test_a_delivery_arrives_signed_and_once(tmp_path):
    async with Receiver() as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    (received,) = receiver.received  # its signature was verified there
    assert received.id == f"{ALERT}:1:webhook"
    assert received.headers["content-type"] == "application/json; charset=utf-8"
    assert received.body["type"] == "alert.opened"
    assert received.body["data"]["alert_id"] == ALERT
    assert ours.delivering.trouble is None


async def test_an_alert_in_any_script_arrives_signed(tmp_path):
    words = OPENED.case.alert.finding
    step = told(Step.OPENED, finding=replace(words, headline="Нет подтверждения 🧨 «склад»"))
    async with Receiver() as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(step)
        (received,) = await receiver.until(1)

    assert received.body["data"]["headline"] == "Нет подтверждения 🧨 «склад»"


async def test_what_a_receiver_could_not_take_is_sent_again_under_the_same_id(tmp_path):
    async with Receiver([500, 503, 204]) as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    assert [each.id for each in receiver.received] == [f"{ALERT}:1:webhook"] * 3
    assert ours.attempts == [Fate.REFUSED, Fate.REFUSED, Fate.SENT]
    assert ours.delivering.trouble is None


async def test_the_pauses_between_attempts_grow(tmp_path):
    pauses = (0.05, 0.4)
    async with Receiver([500, 500, 204]) as receiver, sending(tmp_path, receiver.url, pauses_seconds=pauses) as ours:
        began = asyncio.get_running_loop().time()
        await ours.leave(OPENED)
        await receiver.until(3)
        took = asyncio.get_running_loop().time() - began

    assert took >= sum(pauses)
    assert list(PAUSES_SECONDS) == sorted(PAUSES_SECONDS)


async def test_a_receiver_that_does_not_answer_is_tried_again(tmp_path):
    answers = [Answer(never=True), 204]
    async with Receiver(answers) as receiver, sending(tmp_path, receiver.url, total_seconds=0.2) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    assert [each.id for each in receiver.received] == [f"{ALERT}:1:webhook"] * 2


async def test_nobody_listening_is_no_reason_to_give_up(tmp_path):
    receiver = Receiver()
    async with sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED)
        await eventually(lambda: ours.delivering.trouble is not None)
        assert ours.delivering.trouble == "the connection failed (ConnectError)"
        async with receiver:
            await ours.until({f"{ALERT}:1:webhook": "sent"})


async def test_an_alert_that_waits_does_not_hold_up_the_others(tmp_path):
    other = told(Step.OPENED, journey="visit-2")
    answers = [Answer(never=True), 204]
    async with Receiver(answers) as receiver, sending(tmp_path, receiver.url, total_seconds=60) as ours:
        await ours.leave(OPENED)
        await receiver.until(1)
        await ours.leave(other)
        await receiver.until(2)

        states = await ours.states()
        assert states[f"{ALERT}:1:webhook"] == "sending"
        assert receiver.received[1].body["data"]["journey"] == "visit-2"


async def test_a_resolution_is_not_delivered_before_its_opening(tmp_path):
    async with Receiver([500, 500, 204]) as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED, RESOLVED)
        await ours.until({f"{ALERT}:1:webhook": "sent", f"{ALERT}:2:webhook": "sent"})

    assert [each.body["type"] for each in receiver.received] == ["alert.opened"] * 3 + ["alert.resolved"]


async def test_a_receiver_that_is_gone_is_sent_nothing_more(tmp_path):
    async with Receiver([410]) as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED, RESOLVED)
        await ours.until({f"{ALERT}:1:webhook": "failed", f"{ALERT}:2:webhook": "failed"})
        other = told(Step.OPENED, journey="visit-2")
        await ours.leave(other)
        states = dict.fromkeys((f"{ALERT}:1:webhook", f"{ALERT}:2:webhook", f"{other.case.alert.alert_id}:1:webhook"))
        await ours.until(dict.fromkeys(states, "failed"))

    assert len(receiver.received) == 1
    assert "410" in ours.delivering.trouble


async def test_a_redirect_is_not_followed(tmp_path):
    location = ((b"location", b"/elsewhere"),)
    async with Receiver([Answer(307, location), 204]) as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    assert [each.path for each in receiver.received] == ["/hook", "/hook"]


async def test_an_endless_answer_does_not_hold_anybody_up(tmp_path):
    async with Receiver([Answer(200, endless_body=True)]) as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})

    assert ours.attempts == [Fate.SENT]


async def test_a_receiver_that_asks_for_patience_is_left_alone_with_everything(tmp_path):
    patience = Answer(429, ((b"retry-after", b"1"),))
    other = told(Step.OPENED, journey="visit-2")
    async with Receiver([patience, 204]) as receiver, sending(tmp_path, receiver.url) as ours:
        began = asyncio.get_running_loop().time()
        await ours.leave(OPENED)
        await eventually(lambda: len(ours.attempts) > 0)
        await ours.leave(other)
        await receiver.until(2)
        took = asyncio.get_running_loop().time() - began

    assert took >= 1


@pytest.mark.parametrize("header", ["soon", "-5", "", "1.5"])
def test_a_retry_after_that_makes_no_sense_is_ignored(header):
    assert _wait_seconds(header) is None


def test_a_retry_after_is_a_number_of_seconds_or_a_date_and_not_longer_than_an_hour():
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)

    assert _wait_seconds("7") == 7
    assert 50 < _wait_seconds(in_a_minute) <= 60
    assert _wait_seconds("86400") == 3600
    assert _wait_seconds("9" * 400) == 3600


async def test_what_nobody_takes_is_given_up_in_the_end_and_the_next_step_goes_out(tmp_path):
    answers = [500, 500, 204]
    async with (
        Receiver(answers) as receiver,
        sending(tmp_path, receiver.url, pauses_seconds=(0.2,), give_up_after=timedelta(seconds=0.1)) as ours,
    ):
        await ours.leave(OPENED, RESOLVED)
        await ours.until({f"{ALERT}:1:webhook": "failed", f"{ALERT}:2:webhook": "sent"})

    assert [each.body["type"] for each in receiver.received] == ["alert.opened", "alert.opened", "alert.resolved"]


async def test_after_a_restart_only_what_has_not_arrived_is_sent(tmp_path):
    async with Receiver() as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:webhook": "sent"})
    async with Receiver() as receiver, sending(tmp_path, receiver.url) as ours:
        await ours.leave(OPENED, RESOLVED)
        await ours.until({f"{ALERT}:1:webhook": "sent", f"{ALERT}:2:webhook": "sent"})

    assert [each.id for each in receiver.received] == [f"{ALERT}:2:webhook"]


async def test_what_is_under_way_when_the_process_ends_is_sent_again_under_the_same_id(tmp_path):
    async with (
        Receiver([Answer(never=True)]) as receiver,
        sending(tmp_path, receiver.url, total_seconds=60) as ours,
    ):
        await ours.leave(OPENED)
        (first,) = await receiver.until(1)
    async with Receiver() as receiver, sending(tmp_path, receiver.url) as ours:
        (second,) = await receiver.until(1)

    assert second.id == first.id


async def test_a_fault_in_a_channel_does_not_end_the_deliveries(tmp_path):
    class Faulty:
        name, where = "webhook", "nowhere"
        sent = 0

        async def send(self, delivery: Delivery):
            Faulty.sent += 1
            raise ZeroDivisionError

    database = Database(tmp_path / "alerts.db", MIGRATIONS)
    await database.open()
    ours = Sending(database, None)
    ours.delivering = Delivering(ours.transact, Faulty(), observe=lambda *_: None, pauses_seconds=(0.01,))
    running = asyncio.create_task(ours.delivering.run())
    await ours.leave(OPENED)
    await eventually(lambda: Faulty.sent >= 3)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await database.close()

    assert ours.delivering.trouble == "it cannot be sent (ZeroDivisionError)"


async def test_where_a_webhook_goes_is_told_without_path_query_or_password():
    url = f"https://somebody:password@hooks.example:{free_port()}/services/T0/B1?token=hidden"
    async with WebhookChannel(url, SECRET, allowed=LOOPBACK) as channel:
        assert channel.where.startswith("https://hooks.example:")
        assert not any(secret in channel.where for secret in ("somebody", "password", "T0", "hidden"))
