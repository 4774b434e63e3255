"""`touchline channels test` sends a message through each channel, and says of each what became of it."""

import os
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import anyio.to_thread
import pytest

from services.chassis.embedded_broker import free_port
from tests.alerts.mail_server import Mailbox
from tests.alerts.receiver import SECRET, Receiver

pytestmark = pytest.mark.anyio

TOUCHLINE = str(Path(sys.executable).with_name("touchline"))


@asynccontextmanager
async def everybody(webhook=204, mail="250 Taken", chat=204, board=200):
    """A receiver for each channel, and the settings that lead to them."""
    async with AsyncExitStack() as stack:
        opened = [Receiver([webhook]), Mailbox([mail]), Receiver([chat], signed=False), Receiver([board], signed=False)]
        receivers = [await stack.enter_async_context(each) for each in opened]
        first, mailbox, chatting, alertmanager = receivers
        yield (
            receivers,
            {
                "OUTGOING_ALLOW": "127.0.0.1",
                "WEBHOOK_URL": first.url,
                "WEBHOOK_SECRET": SECRET,
                "SMTP_HOST": "localhost",
                "SMTP_PORT": str(mailbox.port),
                "SMTP_SECURITY": "none",
                "EMAIL_FROM": "touchline@shop.example",
                "EMAIL_TO": "anna@shop.example",
                "APPRISE_URL": f"json://127.0.0.1:{chatting.port}/hidden",
                "ALERTMANAGER_URL": f"http://127.0.0.1:{alertmanager.port}",
            },
        )


async def tried(*arguments, **settings) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: the receivers are in this one."""
    run = partial(
        subprocess.run,
        [TOUCHLINE, "channels", "test", *arguments],
        env=os.environ | {f"TOUCHLINE_{name}": value for name, value in settings.items()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return await anyio.to_thread.run_sync(run)


async def test_each_channel_takes_a_message_that_nobody_can_mistake_for_an_alert():
    async with everybody() as (receivers, settings):
        done = await tried(**settings)

    webhook, mailbox, chat, board = receivers
    assert done.returncode == 0, done.stderr
    assert [line.rpartition(": ")[::2] for line in done.stdout.splitlines()] == [
        (f"webhook (http://127.0.0.1:{webhook.port})", "taken"),
        (f"email (e-mail by localhost:{mailbox.port})", "taken"),
        ("apprise (json by Apprise)", "taken"),
        (f"alertmanager (http://127.0.0.1:{board.port})", "taken"),
    ]
    assert webhook.received[0].body["type"] == "channel.test"
    assert mailbox.letters[0]["Subject"].startswith("Test: Touchline can reach you; nothing is wrong")
    assert chat.received[0].body["title"] == "Test: Touchline can reach you; nothing is wrong"
    assert [each["labels"]["alertname"] for each in board.received[0].body] == ["TouchlineTest"]


async def test_when_one_does_not_take_it_the_others_are_tried_and_it_is_told():
    async with everybody(webhook=500, mail="550 No, hidden") as (receivers, settings):
        done = await tried(**settings)

    assert done.returncode == 1
    assert [line.rpartition("): ")[2] for line in done.stdout.splitlines()] == [
        "not taken, it answers 500",
        "not taken, it answers 550",
        "taken",
        "taken",
    ]
    assert "hidden" not in done.stdout + done.stderr
    assert len(receivers[3].received) == 1


async def test_one_alone_can_be_tried():
    async with everybody(webhook=500) as (receivers, settings):
        done = await tried("apprise", **settings)

    assert (done.returncode, done.stdout) == (0, "apprise (json by Apprise): taken\n")
    assert [len(receivers[place].received) for place in (0, 2, 3)] == [0, 1, 0]


async def test_one_that_is_not_set_is_told_with_those_that_are():
    done = await tried("sms", ALERTMANAGER_URL=f"http://127.0.0.1:{free_port()}", OUTGOING_ALLOW="127.0.0.1")

    assert done.returncode == 1
    assert "There is no channel sms; set are: alertmanager" in done.stderr


async def test_when_none_is_set_it_says_what_to_set():
    done = await tried()

    assert done.returncode == 1
    assert "set TOUCHLINE_WEBHOOK_URL, TOUCHLINE_SMTP_HOST" in done.stderr


async def test_settings_that_are_wrong_are_named():
    done = await tried(WEBHOOK_URL="http://127.0.0.1/hidden", WEBHOOK_SECRET=SECRET)

    assert done.returncode == 1
    assert "TOUCHLINE_OUTGOING_ALLOW" in done.stderr
    assert "hidden" not in done.stderr
