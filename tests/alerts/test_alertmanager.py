"""Alertmanager: the real one has what is open, after it was started anew too, and no longer than it is open."""

import asyncio
import shutil
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.adapters.alertmanager import AlertmanagerChannel, posted
from services.alerts.adapters.telling import account_in_json, deliveries
from services.alerts.delivery import Fate
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Step
from services.alerts.entrypoints.refreshing import EVERY_SECONDS, Refreshing
from services.chassis.embedded_broker import free_port
from tests.alerts.alertmanager import Alertmanager
from tests.alerts.builders import HEADLINE, NOON, STORE, alert, broken, case, told
from tests.alerts.looking import opened
from tests.alerts.receiver import LOOPBACK, Answer, Receiver
from tests.alerts.sending import sending
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

ALERT = alert().alert_id
PAGE = "https://alerts.example"
RIGA = ZoneInfo("Europe/Riga")
OPENED = told(Step.OPENED)
ESCALATED = told(Step.ESCALATED, finding=broken(), escalated_at=NOON, steps=2)
RESOLVED = told(Step.RESOLVED, finding=broken(), state=State.RESOLVED, closed_at=NOON + timedelta(hours=1), steps=3)
RETRACTED = told(Step.RETRACTED, state=State.RETRACTED, closed_at=NOON + timedelta(hours=1), steps=2)


def channel(url: str, *, total_seconds: float = 5.0) -> AlertmanagerChannel:
    return AlertmanagerChannel(url, RIGA, PAGE, allowed=LOOPBACK, total_seconds=total_seconds)


def delivery(step=OPENED):
    (only,) = deliveries(step, ["alertmanager"], PAGE)
    return only


@pytest.fixture
async def alertmanager(tmp_path, missing):
    name = "prometheus-alertmanager"
    async with Alertmanager(shutil.which(name) or missing("Alertmanager", f"apt-get install {name}"), tmp_path) as ours:
        yield ours


@asynccontextmanager
async def repeating(channel, cases):
    """Repeats these cases, often."""

    async def transact(_work):
        return list(cases)

    loop = Refreshing(transact, channel, every_seconds=0.05)
    running = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_an_alert_is_there_with_few_labels_and_all_that_has_to_be_known(alertmanager):
    async with channel(alertmanager.url) as ours:
        attempt = await ours.send(delivery())
        (there,) = await alertmanager.alerts()

    assert attempt.fate is Fate.SENT
    assert there["labels"] == {
        "alertname": "TouchlineJourneyAtRisk",
        "store": STORE,
        "severity": "warning",
        "line_kind": "promise",
        "alert_id": ALERT,
    }
    assert there["annotations"] == {
        "headline": HEADLINE,
        "remedy": "Call the second warehouse and have it confirmed.",
        "call": "second_warehouse",
        "until": there["annotations"]["until"],
        "link": f"{PAGE}/alerts/{ALERT}",
    }
    assert there["annotations"]["until"].endswith("16:00 EET")
    assert there["generatorURL"] == f"{PAGE}/alerts/{ALERT}"
    assert datetime.fromisoformat(there["startsAt"]) == NOON


async def test_an_alert_that_gets_worse_is_there_once(alertmanager):
    async with channel(alertmanager.url) as ours:
        await ours.send(delivery())
        await ours.send(delivery(ESCALATED))

        assert await alertmanager.severities() == ["critical"]


@pytest.mark.parametrize("steps", [[OPENED, ESCALATED, RESOLVED], [OPENED, RETRACTED]])
async def test_what_is_over_is_there_no_more(alertmanager, steps):
    async with channel(alertmanager.url) as ours:
        *before, last = steps
        for step in before:
            await ours.send(delivery(step))
        assert await alertmanager.severities() != []
        attempt = await ours.send(delivery(last))

        assert attempt.fate is Fate.SENT
        assert await alertmanager.alerts() == []


async def test_one_that_was_started_anew_is_told_again_what_is_open(alertmanager):
    async with channel(alertmanager.url) as ours, repeating(ours, [case()]) as loop:
        await eventually(lambda: _has(alertmanager, ["warning"]))
        await alertmanager.stop()
        await eventually(lambda: loop.trouble is not None)
        assert loop.trouble == "the connection failed (ConnectError)"
        await alertmanager.start()
        await eventually(lambda: _has(alertmanager, ["warning"]))
        await eventually(lambda: loop.trouble is None)


async def test_what_is_repeated_ends_later_each_time(alertmanager):
    async with channel(alertmanager.url) as ours, repeating(ours, [case()]):
        await eventually(lambda: _has(alertmanager, ["warning"]))
        (first,) = await alertmanager.alerts()

        async def later() -> bool:
            (now,) = await alertmanager.alerts()
            return datetime.fromisoformat(now["endsAt"]) > datetime.fromisoformat(first["endsAt"])

        await eventually(later)


async def test_an_end_arrives_after_what_is_repeated_as_it_was_before(alertmanager):
    reading, read = asyncio.Event(), asyncio.Event()

    async def still_open():
        reading.set()
        await read.wait()
        return [case()]

    async with channel(alertmanager.url) as ours:
        repetition = asyncio.create_task(ours.repeat(still_open))
        await reading.wait()
        ending = asyncio.create_task(ours.send(delivery(RETRACTED)))
        await asyncio.sleep(0)
        read.set()
        await asyncio.gather(repetition, ending)

        assert await alertmanager.alerts() == []


@pytest.mark.parametrize(
    ("answer", "why", "wait_seconds"),
    [
        (Answer(500), "it answers 500", None),
        (Answer(429, ((b"retry-after", b"7"),)), "it answers 429", 7.0),
        (Answer(never=True), "no answer within 0.3 s", None),
    ],
)
async def test_one_that_does_not_take_it_is_told_again_later(answer, why, wait_seconds):
    async with Receiver([answer], signed=False) as receiver, channel(receiver.url, total_seconds=0.3) as ours:
        attempt = await ours.send(delivery())
        repetition = await ours.repeat(_one)

    for each in (attempt, repetition):
        assert (each.fate, each.why, each.wait_seconds) == (Fate.REFUSED, why, wait_seconds)


async def test_what_it_does_not_take_is_sent_until_it_does(tmp_path):
    answers = [500, Answer(429, ((b"retry-after", b"1"),)), 200]
    async with (
        Receiver(answers, signed=False) as receiver,
        channel(f"http://127.0.0.1:{receiver.port}/prefix/") as ours,
        sending(tmp_path, channel=ours) as deliveries_of_ours,
    ):
        began = asyncio.get_running_loop().time()
        await deliveries_of_ours.leave(OPENED)
        await deliveries_of_ours.until({f"{ALERT}:1:alertmanager": "sent"})
        took = asyncio.get_running_loop().time() - began

    assert took >= 1
    assert {each.path for each in receiver.received} == {"/prefix/api/v2/alerts"}
    assert len(receiver.received) == 3


async def test_when_nothing_is_open_nothing_is_repeated():
    async def nothing():
        return []

    async with Receiver([500], signed=False) as receiver, channel(receiver.url) as ours:
        assert (await ours.repeat(nothing)).fate is Fate.SENT

    assert receiver.received == []


async def test_a_clock_that_is_ahead_does_not_make_an_alert_that_is_refused(alertmanager):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ended = {"state": State.RESOLVED, "closed_at": tomorrow + timedelta(hours=1), "steps": 2}
    async with channel(alertmanager.url) as ours:
        first = await ours.send(delivery(told(Step.OPENED, opened_at=tomorrow)))
        there = await alertmanager.severities()
        second = await ours.send(delivery(told(Step.RESOLVED, opened_at=tomorrow, **ended)))

        assert (first.fate, second.fate) == (Fate.SENT, Fate.SENT)
        assert there == ["warning"]
        assert await alertmanager.alerts() == []


async def test_the_service_repeats_what_is_open_and_says_when_it_cannot(tmp_path):
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with opened(tmp_path) as page:
        await page.has(alert())
    async with opened(tmp_path, alertmanager_url=nowhere) as page:
        await eventually(lambda: page.service.notes() != [])

        (note,) = page.service.notes()

    assert note.startswith(f"what is open is not repeated to {nowhere} (the connection failed (ConnectError))")


def test_what_is_repeated_outlasts_several_repetitions():
    now = NOON
    (alert_of_theirs,) = posted("alert.open", account_in_json(case(), PAGE), now=now, zone=RIGA)

    assert datetime.fromisoformat(alert_of_theirs["endsAt"]) - now > 5 * timedelta(seconds=EVERY_SECONDS)


def test_a_store_as_a_whole_has_a_name_of_its_own():
    account = account_in_json(case(), PAGE) | {"journey": None, "line": "neglect"}

    (alert_of_theirs,) = posted("alert.opened", account, now=NOON, zone=RIGA)

    assert alert_of_theirs["labels"]["alertname"] == "TouchlineStoreNeglected"
    assert alert_of_theirs["labels"]["line_kind"] == "neglect"


async def _one():
    return [case()]


async def _has(alertmanager, severities) -> bool:
    return await alertmanager.severities() == severities
