"""Several webhooks: what one does not take is taken by the next, soon; and nobody is left with half of an alert.

With real receivers on this machine, and the service's own pauses and limits: what is measured is what managers wait.
"""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from pydantic import SecretStr

from services.alerts.adapters.telling import deliveries
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Step
from services.chassis.embedded_broker import free_port
from tests.alerts.builders import alert, told
from tests.alerts.looking import opened
from tests.alerts.mail_server import Mailbox
from tests.alerts.receiver import SECRET, Answer, Receiver
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

ALERT = alert().alert_id
OPENED = told(Step.OPENED)
RESOLVED = told(Step.RESOLVED, state=State.RESOLVED, steps=2)
HANGS = Answer(never=True)
MOST_SECONDS = 60
"""From an alert to somebody who takes it."""


@asynccontextmanager
async def telling(path, *receivers):
    """The service without Kafka, with an address for each receiver; one that has not been entered refuses."""
    first, *others = [each.url for each in receivers]
    secret = SecretStr(SECRET)
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(
            opened(path, webhook_url=first, fallback_webhook_urls=" ".join(others), webhook_secret=secret)
        )


async def leave(page, *steps) -> None:
    """Leave steps of alerts to be delivered, as a transaction of the service does."""
    each = [delivery for step in steps for delivery in deliveries(step, ["webhook"], "https://alerts.example")]
    await page.service.durable.transact(lambda transaction: transaction.add_deliveries(each))
    page.service.delivering[0].wake()


def ids(receiver: Receiver) -> list[str]:
    return [each.id for each in receiver.received]


async def test_when_one_hangs_and_one_refuses_the_third_is_told_within_a_minute(tmp_path, record_property):
    refuses = Receiver()  # nobody listens there
    async with Receiver([HANGS]) as hangs, Receiver() as takes, telling(tmp_path, hangs, refuses, takes) as page:
        began = asyncio.get_running_loop().time()
        await leave(page, OPENED)
        async with asyncio.timeout(MOST_SECONDS):
            while not takes.received:
                await asyncio.sleep(0.05)
        took = asyncio.get_running_loop().time() - began
        tried = ids(hangs)

        await leave(page, RESOLVED)
        await takes.until(2)
        readiness = page.service.notes()
        text = await page.text()

    record_property("s until somebody was told", f"{took:.1f}")
    assert took < MOST_SECONDS, f"{took:.0f} s"
    assert set(tried) == {f"{ALERT}:1:webhook"}
    assert ids(takes) == [f"{ALERT}:1:webhook-3", f"{ALERT}:2:webhook-3"]
    assert [each.body["type"] for each in takes.received] == ["alert.opened", "alert.resolved"]
    assert "no answer within 15 s" in readiness[0]
    assert f"goes to http://127.0.0.1:{refuses.port} as well" in readiness[0]
    assert f"They go to http://127.0.0.1:{takes.port} as well" in text


async def test_one_that_refuses_is_still_told_all_of_it_once_it_is_back(tmp_path):
    first = Receiver()
    async with Receiver() as second, telling(tmp_path, first, second) as page:
        await leave(page, OPENED)
        await second.until(1)
        await leave(page, RESOLVED)
        await second.until(2)
        async with first:
            await eventually(lambda: len(first.received) == 2)
            await eventually(lambda: page.service.notes() == [])

    assert ids(first) == [f"{ALERT}:1:webhook", f"{ALERT}:2:webhook"]
    assert ids(second) == [f"{ALERT}:1:webhook-2", f"{ALERT}:2:webhook-2"]


async def test_one_that_wants_no_more_is_followed_by_the_next_at_once(tmp_path):
    async with Receiver([410]) as gone, Receiver() as next_one, telling(tmp_path, gone, next_one) as page:
        began = asyncio.get_running_loop().time()
        await leave(page, OPENED)
        await next_one.until(1)
        took = asyncio.get_running_loop().time() - began
        await leave(page, RESOLVED)
        await next_one.until(2)

    assert took < 2
    assert ids(gone) == [f"{ALERT}:1:webhook"]
    assert ids(next_one) == [f"{ALERT}:1:webhook-2", f"{ALERT}:2:webhook-2"]


async def test_while_the_first_takes_everything_nobody_else_is_told(tmp_path):
    async with Receiver() as first, Receiver() as second, telling(tmp_path, first, second) as page:
        await leave(page, OPENED, RESOLVED)
        await first.until(2)
        await eventually(page.service.delivering[1].nothing_due)

        assert await page.service.delivering[1].waiting() == 0
        assert page.service.notes() == []

    assert second.received == []


async def test_one_that_asks_for_patience_does_not_hold_up_the_next(tmp_path):
    patience = Answer(429, ((b"retry-after", b"3600"),))
    async with Receiver([500, patience]) as busy, Receiver() as free, telling(tmp_path, busy, free) as page:
        await leave(page, OPENED)
        await free.until(1)
        await leave(page, RESOLVED)
        await free.until(2)

    assert ids(busy) == [f"{ALERT}:1:webhook"] * 2
    assert ids(free) == [f"{ALERT}:1:webhook-2", f"{ALERT}:2:webhook-2"]


async def test_what_no_webhook_takes_is_sent_by_e_mail_and_then_chatted(tmp_path):
    nowhere = f"http://127.0.0.1:{free_port()}/hidden"
    async with (
        Mailbox(["451 Later"]) as mailbox,
        Receiver(signed=False) as chat,
        opened(
            tmp_path,
            webhook_url=nowhere,
            webhook_secret=SecretStr(SECRET),
            smtp_host="localhost",
            smtp_port=mailbox.port,
            smtp_security="none",
            email_from="touchline@shop.example",
            email_to="anna@shop.example",
            apprise_url=SecretStr(f"json://127.0.0.1:{chat.port}/hidden"),
        ) as page,
    ):
        await leave(page, OPENED)
        await chat.until(1)
        first, second = page.service.notes()

    assert mailbox.letters[0]["Message-ID"] == f"<{ALERT}.1.email@shop.example>"
    assert f"goes to e-mail by localhost:{mailbox.port} as well" in first
    assert second == (
        f"alerts do not reach e-mail by localhost:{mailbox.port} (it answers 451): "
        "what does not arrive goes to json by Apprise as well"
    )


async def test_metrics_and_readiness_are_told_by_channel(tmp_path):
    nowhere = f"http://127.0.0.1:{free_port()}/hidden"
    async with (
        Receiver([410]) as gone,
        Receiver() as takes,
        opened(
            tmp_path,
            webhook_url=gone.url,
            fallback_webhook_urls=f"{takes.url},{nowhere}",
            webhook_secret=SecretStr(SECRET),
        ) as page,
    ):
        await leave(page, OPENED)
        await takes.until(1)
        await eventually(page.service.delivering[1].nothing_due)
        lines = (await page.http.get("/metrics")).text.splitlines()

    attempts = {line for line in lines if line.startswith("touchline_alert_delivery_attempts_total")}
    assert 'touchline_alert_delivery_attempts_total{outcome="failed",transport="webhook"} 1.0' in attempts
    assert 'touchline_alert_delivery_attempts_total{outcome="delivered",transport="webhook-2"} 1.0' in attempts
    assert 'touchline_alert_delivery_attempts_total{outcome="delivered",transport="webhook-3"} 0.0' in attempts
