"""Messages through Apprise, to a real receiver on this machine: what they say, and what goes wrong, in time."""

import asyncio
import io
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC

import pytest

from services.alerts.adapters.chat import MOST_UNDER_WAY, ChatChannel
from services.alerts.adapters.telling import deliveries
from services.alerts.delivery import Fate
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Step
from services.alerts.entrypoints.paging import body_of
from tests.alerts.builders import HEADLINE, alert, broken, told
from tests.alerts.receiver import Answer, Receiver
from tests.alerts.sending import sending
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

ALERT = alert().alert_id
OPENED = told(Step.OPENED)
ENDED = {"state": State.RESOLVED, "closed_at": OPENED.at, "steps": 2}
HANGS = Answer(never=True)


def channel(port: int, *, total_seconds: float = 10.0, **options) -> ChatChannel:
    return ChatChannel(f"json://anna:hidden@127.0.0.1:{port}/hidden", UTC, total_seconds=total_seconds, **options)


def delivery(step=OPENED):
    (only,) = deliveries(step, ["apprise"], "https://alerts.example")
    return only


def chat(*answers) -> Receiver:
    return Receiver(answers or (204,), signed=False)


@asynccontextmanager
async def broken_line():
    """Somebody who hangs up on whoever has said something."""

    async def hang_up(reader, writer) -> None:
        await reader.read(1)
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_message_is_in_the_language_of_its_channel():
    async with chat() as receiver:
        await channel(receiver.port, language="ru").send(delivery())

    (received,) = receiver.received
    assert "До 14:00 UTC · riga-1, visit-1043 · позвонить: second warehouse" in received.body["message"]


async def test_a_message_has_a_headline_and_what_to_do():
    async with chat() as receiver:
        attempt = await channel(receiver.port).send(delivery())

    (received,) = receiver.received
    assert (attempt.fate, attempt.why) == (Fate.SENT, "")
    assert received.body["title"] == HEADLINE
    assert received.body["message"].splitlines() == [
        "Call the second warehouse and have it confirmed.",
        "Until 14:00 UTC · riga-1, visit-1043 · call second warehouse",
        f"https://alerts.example/alerts/{ALERT}",
    ]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (OPENED, "warning"),
        (told(Step.ESCALATED, finding=broken(), steps=2), "failure"),
        (told(Step.RESOLVED, finding=broken(), **ENDED), "success"),
    ],
)
async def test_a_message_is_marked_by_how_bad_it_is(step, kind):
    async with chat() as receiver:
        await channel(receiver.port).send(delivery(step))

    assert receiver.received[0].body["type"] == kind


async def test_what_somebody_has_is_marked_as_news_and_says_so():
    async with chat() as receiver:
        await channel(receiver.port).send(replace(delivery(), body=body_of(replace(delivery(), taken=True))))

    assert receiver.received[0].body["type"] == "info"
    assert receiver.received[0].body["title"].startswith("Taken already: ")


async def test_what_was_not_taken_is_sent_again(tmp_path):
    async with chat(500, 204) as receiver, sending(tmp_path, channel=channel(receiver.port)) as ours:
        await ours.leave(OPENED)
        await ours.until({f"{ALERT}:1:apprise": "sent"})

    assert len(receiver.received) == 2
    assert ours.attempts == [Fate.REFUSED, Fate.SENT]


@pytest.fixture
def logged(monkeypatch):
    """What a process that logs everything would print; caplog would see what Apprise keeps to itself, too."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)


async def test_of_a_refusal_the_status_is_told_and_nothing_that_is_secret(logged):
    async with chat(500) as receiver:
        ours = channel(receiver.port)
        attempt = await ours.send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "it is not taken (500)")
    assert ours.where == "json by Apprise"
    assert "Finished server process" in logged.getvalue()
    assert "Failed to send" not in logged.getvalue()


async def test_a_connection_that_breaks_is_a_refusal():
    async with broken_line() as port:
        attempt = await channel(port).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "it is not taken")


async def test_a_service_that_hangs_is_given_up_in_time_and_holds_up_nothing_else():
    async with chat(HANGS, 204) as receiver:
        ours = channel(receiver.port, total_seconds=0.5)
        await ours.send(delivery())  # Apprise is imported now
        began = asyncio.get_running_loop().time()
        hangs = asyncio.create_task(channel(receiver.port, total_seconds=0.5).send(delivery()))
        await asyncio.sleep(0)
        stood_still = asyncio.get_running_loop().time() - began
        await hangs

    assert stood_still < 0.3


async def test_no_more_hang_than_there_is_room_for():
    async with chat(HANGS) as receiver:
        ours = channel(receiver.port, total_seconds=0.2)
        attempts = await asyncio.gather(*(ours.send(delivery()) for _ in range(MOST_UNDER_WAY + 1)))

    whys = sorted(each.why for each in attempts)
    assert whys == ["earlier messages still hang"] + ["no answer within 0.2 s"] * MOST_UNDER_WAY


async def test_an_address_that_apprise_does_not_know_is_told_without_it():
    attempt = await ChatChannel("nowhere://hidden", UTC).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.REFUSED, "Apprise knows no service by such an address")


async def test_when_one_of_several_services_has_it_they_are_not_told_again():
    async with chat() as takes, chat(500) as refuses:
        both = f"json://127.0.0.1:{takes.port}/hidden, json://127.0.0.1:{refuses.port}/hidden"
        attempt = await ChatChannel(both, UTC).send(delivery())

    assert (attempt.fate, attempt.why) == (Fate.SENT, "1 of 2 services do not take it (500)")


async def test_a_redirect_is_not_followed():
    async with chat() as elsewhere, chat(Answer(307, ((b"location", elsewhere.url.encode()),))) as receiver:
        attempt = await channel(receiver.port).send(delivery())
        await eventually(lambda: receiver.received != [])

    assert attempt.fate is Fate.REFUSED
    assert elsewhere.received == []
