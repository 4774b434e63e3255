"""Rotas and people from their files, to real receivers: a chat by Apprise and a mail server on this machine."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.actions import Actions
from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.gap_message import gap_message
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain import pacing
from services.alerts.domain.repeating import Repeating
from services.alerts.entrypoints.planning import Planning
from services.alerts.on_call import on_call_from
from services.alerts.ports import Evaluated
from services.alerts.usecases import Alerts
from services.chassis.clock import SteppedClock
from services.chassis.database import Database
from tests.alerts.builders import NOON, broken, finding, standing
from tests.alerts.duty_files import PEOPLE, ROTA, files
from tests.alerts.ics import calendar
from tests.alerts.ics import duty as duty_of
from tests.alerts.mail_server import Mailbox
from tests.alerts.receiver import Receiver
from tests.alerts.starting import Started, reading
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DIRTY = finding(
    "cleanliness/restroom", reason="failed", headline="The restroom is dirty", remedy="Have it cleaned.", until=None
)


@pytest.fixture
def started(monkeypatch) -> Started:
    return reading(monkeypatch)


class Duty:
    """The service without Kafka: decides, routes and delivers."""

    def __init__(self, path, settings):
        self.on_call = on_call = on_call_from(settings)
        self.database = Database(path / "alerts.db", MIGRATIONS)
        self.delivering = on_call.delivering(
            self.transact, lambda *_: None, company=None, page_url="https://alerts.example", clock=SteppedClock(NOON)
        )
        routing = on_call.routing(company=(), beside=())

        def notify(told, told_before):
            channels = routing.channels(told.step, told.case.alert, told.at, told_before)
            return deliveries(told, channels, "https://alerts.example")

        telling = {"announce": alert_message, "notify": notify, "repeating": Repeating(every={"critical": 15 * MINUTE})}
        self.alerts, self.actions = Alerts(**telling, pass_on=notice_message), Actions(**telling)

    async def transact(self, work):
        return await self.database.transact(lambda rows: work(StoredTransaction(rows)))

    async def find(self, *found, version=1, now=NOON):
        """Take in evaluations: what is wrong, by journey."""
        evaluated = [
            Evaluated(standing=standing(journey, version=version), findings={each.line: each for each in findings})
            for journey, findings in found
        ]
        await self.transact(lambda each: self.alerts.take_in(each, evaluated, now=now))
        self.wake()

    async def repeat(self, now):
        await self.transact(lambda each: self.actions.repeat(each, now=now))
        self.wake()

    async def plan(self, now=NOON):
        """What a process does when it has been started."""

        def tell(rota, stores, gaps, at):
            channel = self.on_call.first_channel(rota.last_resort[0])
            return gap_message(rota, stores, gaps, channel, "https://alerts.example", at)

        planning = Planning(
            self.transact, SteppedClock(now), refresh=self.on_call.calendars.refresh, plans=self.on_call.plans,
            tell=tell, wake=self.wake,
        )  # fmt: skip
        await planning.look()

    def wake(self):
        for each in self.delivering:
            each.wake()


@asynccontextmanager
async def on_duty(tmp_path, started, monkeypatch, *, mailbox, chat_port, rota=ROTA, people=PEOPLE):
    monkeypatch.setattr(pacing, "GATHERED", timedelta(seconds=1))
    settings = started(**files(tmp_path, rota, people % {"chat": chat_port}, mailbox.port))
    duty = Duty(tmp_path, settings)
    async with AsyncExitStack() as stack:
        await duty.database.open()
        running = [asyncio.create_task(each.run()) for each in duty.delivering]
        try:
            yield duty
        finally:
            for each in running:
                each.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*running)
            await duty.database.close()
        await stack.aclose()


def chat() -> Receiver:
    return Receiver(signed=False)


def recipients(mailbox: Mailbox) -> list[str]:
    return [str(each["To"]) for each in mailbox.letters]


async def test_who_is_on_call_is_told_and_nobody_else(tmp_path, started, monkeypatch):
    async with (
        chat() as receiver,
        Mailbox() as mailbox,
        on_duty(tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=receiver.port) as duty,
    ):
        await duty.find(("visit-1", [broken()]))
        (received,) = await receiver.until(1)

    assert received.body["title"] == "Critical: Broken promise: goods"
    assert mailbox.letters == []


async def test_the_next_in_line_is_told_when_nobody_acknowledges(tmp_path, started, monkeypatch):
    async with (
        chat() as receiver,
        Mailbox() as mailbox,
        on_duty(tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=receiver.port) as duty,
    ):
        await duty.find(("visit-1", [broken()]))
        await receiver.until(1)
        await duty.repeat(NOON + 15 * MINUTE)
        await eventually(lambda: len(mailbox.letters) == 1)
        await duty.repeat(NOON + 30 * MINUTE)
        await eventually(lambda: len(mailbox.letters) == 2)

    # Who knows of it is told again with the next message, or when half an hour has passed.
    assert sorted(recipients(mailbox)) == ["boris@example.org", "owner@example.org"]
    assert len(receiver.received) == 1


async def test_ten_journeys_hit_by_one_dirty_room_are_one_page(tmp_path, started, monkeypatch):
    async with (
        chat() as receiver,
        Mailbox() as mailbox,
        on_duty(tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=receiver.port) as duty,
    ):
        await duty.find(*[(f"visit-{number}", [DIRTY]) for number in range(10)])
        (received,) = await receiver.until(1)
        await eventually(duty.delivering[0].nothing_due)

    text = received.body["title"] + received.body["message"]
    assert len(receiver.received) == 1
    assert received.body["title"] == "10 alerts: The restroom is dirty"
    assert all(f"visit-{number}" in text for number in range(10))
    assert "Have it cleaned." in text


async def test_in_quiet_hours_what_is_critical_comes_through_and_a_warning_waits(tmp_path, started, monkeypatch):
    now = datetime.now(UTC)
    quiet = f'quiet: {{from: "{now - HOUR:%H:%M}", until: "{now + HOUR:%H:%M}", time_zone: UTC}}'
    async with (
        Mailbox() as mailbox,
        on_duty(
            tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=9,
            rota=ROTA.replace("[anna, boris]", "[boris]"),
            people=PEOPLE.replace("boris@example.org}]", f"boris@example.org}}], {quiet}"),
        ) as duty,
    ):  # fmt: skip
        await duty.find(("visit-1", [finding()]), ("visit-2", [broken("promise/other")]))
        await eventually(lambda: len(mailbox.letters) == 1)
        waiting = await duty.transact(lambda each: each.undelivered("email:boris", now + 2 * HOUR, 10))

    (letter,) = mailbox.letters
    (held,) = waiting.fresh
    assert letter["Subject"].startswith("Critical: Broken promise: goods · riga-1, visit-2")
    assert (held.due_at, held.pass_on_at) == (
        (now + HOUR).replace(second=0, microsecond=0),
        (now + HOUR).replace(second=30, microsecond=0),
    )


async def test_a_person_who_cannot_be_reached_at_all_does_not_keep_the_alert_from_the_last_resort(
    tmp_path, started, monkeypatch
):
    async with (
        Mailbox(refused=["anna@example.org"]) as mailbox,
        on_duty(tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=9) as duty,
    ):
        await duty.find(("visit-1", [broken()]))
        await eventually(lambda: "owner@example.org" in recipients(mailbox))


async def test_what_was_in_one_message_is_sent_again_in_it_under_the_same_id(tmp_path, started, monkeypatch):
    async with (
        chat() as receiver,
        Mailbox(["451 Try again", "250 Taken"]) as mailbox,
        on_duty(
            tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=receiver.port,
            rota=ROTA.replace("[anna, boris]", "[boris]"),
        ) as duty,
    ):  # fmt: skip
        await duty.find(("visit-1", [DIRTY]), ("visit-2", [DIRTY]))
        await eventually(lambda: len(mailbox.letters) == 1)
        await duty.find(("visit-3", [DIRTY]))
        await eventually(lambda: len(mailbox.letters) == 2)

    first, again = mailbox.letters[:2]
    assert recipients(mailbox) == ["boris@example.org"] * 2
    assert first["Message-ID"] == again["Message-ID"]
    assert first.get_body().get_content() == again.get_body().get_content()


async def test_hours_without_anybody_are_told_to_the_last_resort_once(tmp_path, started, monkeypatch):
    rota = ROTA.replace("people: [anna, boris]", 'people: [anna, boris]\n        from: "08:00"\n        until: "06:00"')
    async with (
        Mailbox() as mailbox,
        on_duty(tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=9, rota=rota) as duty,
    ):
        await duty.plan()
        await eventually(lambda: len(mailbox.letters) == 1)
        await duty.plan(NOON + 24 * HOUR)  # started anew the next day: one gap more has come into sight
        waiting = await duty.transact(lambda each: each.undelivered("email:owner", datetime.now(UTC) + HOUR, 10))

    (letter,), (next_day,) = mailbox.letters, waiting.fresh
    assert json.loads(next_day.body)["data"]["until"] == "2026-11-30T06:00:00Z"
    assert json.loads(next_day.body)["data"]["why"] == []
    text = letter.get_body(("plain",)).get_content()
    assert letter["To"] == "owner@example.org"
    assert "Nobody is on call from Sun 22 Nov 2026 06:00 until Sun 22 Nov 2026 08:00" in text
    assert "- from Mon 23 Nov 2026 06:00 until Mon 23 Nov 2026 08:00" in text


async def test_a_calendar_says_who_is_told(tmp_path, started, monkeypatch):
    rota = ROTA.replace(
        "    shifts:\n      - people: [anna, boris]\n", "    calendars: [riga.ics]\n    called: {boris: []}\n"
    )
    (tmp_path / "riga.ics").write_bytes(
        calendar(duty_of("Boris", "20261101T000000", "20261102T000000", "RRULE:FREQ=DAILY"))
    )
    async with (
        Mailbox() as mailbox,
        on_duty(tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=9, rota=rota) as duty,
    ):
        await duty.on_call.calendars.refresh(NOON)
        await duty.find(("visit-1", [broken()]))
        await eventually(lambda: recipients(mailbox) == ["boris@example.org"])


async def test_somebody_is_told_in_their_language(tmp_path, started, monkeypatch):
    people = PEOPLE.replace("boris: {", "boris: {language: lt, ")
    async with (
        Mailbox() as mailbox,
        on_duty(
            tmp_path, started, monkeypatch, mailbox=mailbox, chat_port=9, people=people,
            rota=ROTA.replace("[anna, boris]", "[boris]"),
        ) as duty,
    ):  # fmt: skip
        await duty.find(("visit-1", [broken()]))
        await eventually(lambda: len(mailbox.letters) == 1)

    assert "Ką daryti: " in mailbox.letters[0].get_body().get_content()
