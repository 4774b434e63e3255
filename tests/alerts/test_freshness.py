"""History pages nobody; what came to be so while the alert service was down is told all the same, as late."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Reason, Step, decide
from services.alerts.domain.store import StoreStanding
from services.alerts.entrypoints.watching import Watching
from services.alerts.ports import Evaluated
from services.alerts.usecases import Alerts
from services.chassis.clock import SteppedClock
from services.chassis.database import Database
from tests.alerts.builders import NOON, STORE, alert, broken, evaluated, evaluation, finding, record, standing
from tests.alerts.looking import opened
from tests.alerts.waiting import eventually

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
alerts = Alerts(
    announce=alert_message,
    notify=lambda told, _: deliveries(told, ["webhook"], "https://alerts.example"),
    pass_on=notice_message,
)


def since(cause_at, **changes):
    """Something that came to be so at an instant, and that nobody can save any more."""
    return replace(broken(), cause_at=cause_at, **changes)


def of_a_store(evaluation):
    """The same of a store as a whole."""
    stands = StoreStanding(store=STORE, version=1, as_of=NOON, neglect=12.0, neglect_alert=10.0)
    return Evaluated(standing=stands, findings=evaluation.findings)


@pytest.fixture
def store(rows):
    return StoredTransaction(rows(MIGRATIONS))


@pytest.mark.parametrize("about", [lambda journey: journey, of_a_store], ids=["journey", "store"])
def test_what_came_to_be_so_too_long_ago_opens_no_alert_and_is_told_to_nobody(store, about):
    old = evaluated(since(NOON - DAY - HOUR))

    outcome = alerts.take_in(store, [about(old)], now=NOON, fresh_from=NOON - DAY)

    assert outcome.reasons == {Reason.HISTORIC: 1}
    assert outcome.raised == []
    assert store.unsent(10) == []
    assert store.count_waiting("webhook") == 0
    assert store.cases(None, 10) == []


@pytest.mark.parametrize("about", [lambda journey: journey, of_a_store], ids=["journey", "store"])
def test_what_came_to_be_so_within_the_horizon_is_told(store, about):
    young = evaluated(since(NOON - DAY + HOUR))

    outcome = alerts.take_in(store, [about(young)], now=NOON, fresh_from=NOON - DAY)

    assert outcome.reasons == {Reason.FIRST_WARNING: 1}
    assert store.count_waiting("webhook") == 1


def test_what_can_still_be_saved_is_never_history():
    promised_long_ago = finding(cause_at=NOON - 9 * DAY, until=NOON + HOUR)

    assert decide(None, promised_long_ago, standing(), NOON, fresh_from=NOON - DAY).tell is Step.OPENED


def test_what_is_not_known_to_be_old_is_told():
    assert decide(None, broken(), standing(), NOON, fresh_from=NOON - DAY).tell is Step.OPENED


def test_an_alert_that_is_open_goes_on_whatever_its_age():
    worse = decide(alert(), since(NOON - 9 * DAY), standing(version=2), NOON, fresh_from=NOON - DAY)
    over = decide(alert(finding=since(NOON - 9 * DAY)), None, standing(version=2), NOON, fresh_from=NOON - DAY)

    assert worse.tell is Step.ESCALATED
    assert over.tell is Step.RESOLVED


def test_an_alert_that_has_ended_is_not_opened_again_by_history():
    ended = alert(state=State.RESOLVED, closed_at=NOON)

    assert decide(ended, since(NOON - 9 * DAY), standing(version=2), NOON, fresh_from=NOON - DAY).tell is None


@pytest.mark.parametrize(("age", "late"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True)])
def test_who_is_told_late_is_told_so(store, age, late):
    alerts.take_in(store, [evaluated(since(NOON - age))], now=NOON, fresh_from=NOON - DAY)

    (delivery,) = store.due_deliveries("webhook", NOON, 10)
    said = json.loads(delivery.body)["data"]
    assert said["late"] is late
    assert said["cause_at"] == (NOON - age).isoformat().replace("+00:00", "Z")


def test_when_it_came_to_be_so_is_remembered(store):
    store.save_alerts([alert(finding=since(NOON - HOUR))])

    (kept,) = store.alerts_of([standing().key])[standing().key].values()
    assert kept.finding.cause_at == NOON - HOUR


@pytest.mark.anyio
async def test_the_page_says_that_it_was_told_late(tmp_path):
    async with opened(tmp_path) as page:
        await page.has(alert(finding=since(NOON - 3 * HOUR)))

        assert "Told late: so since 09:00" in await page.text()


class Life:
    """One life of the alert service, on a database that outlives it."""

    def __init__(self, database: Database, clock: SteppedClock, watching: Watching) -> None:
        self.database, self.clock, self.watching = database, clock, watching

    async def fresh_from(self):
        return await self.database.transact(
            lambda rows: self.watching.fresh_from(StoredTransaction(rows), self.clock.now())
        )

    async def beats(self) -> None:
        async def has_beaten() -> bool:
            return await self.database.transact(lambda rows: StoredTransaction(rows).last_beat()) == self.clock.now()

        await eventually(has_beaten)


@asynccontextmanager
async def life(path, at, *, hears):
    database, clock = Database(path / "alerts.db", MIGRATIONS), SteppedClock(at)
    await database.open()

    async def transact(work):
        return await database.transact(lambda rows: work(StoredTransaction(rows)))

    watching = Watching(transact, clock, hears=hears, horizon=DAY, beat_seconds=0.01, settle_seconds=0.05)
    running = asyncio.create_task(watching.run())
    try:
        yield Life(database, clock, watching)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await database.close()


@pytest.mark.anyio
async def test_the_horizon_is_counted_from_when_all_was_last_heard_until_all_is_heard_again(tmp_path):
    async with life(tmp_path, NOON, hears=lambda: True) as before:
        assert await before.fresh_from() == NOON - DAY
        await before.beats()

    heard = False
    async with life(tmp_path, NOON + 3 * DAY, hears=lambda: heard) as after:
        assert await after.fresh_from() == NOON - DAY
        heard = True
        await after.beats()
        assert await after.fresh_from() == NOON + 2 * DAY


@pytest.mark.anyio
async def test_a_second_crash_before_all_was_heard_does_not_move_the_horizon(tmp_path):
    async with life(tmp_path, NOON, hears=lambda: True) as first:
        await first.beats()
    asked = 0

    def still_reads_a_backlog() -> bool:
        nonlocal asked
        asked += 1
        return False

    async with life(tmp_path, NOON + 3 * DAY, hears=still_reads_a_backlog) as second:
        await eventually(lambda: asked > 20)
        assert await second.fresh_from() == NOON - DAY
    async with life(tmp_path, NOON + 4 * DAY, hears=lambda: False) as third:
        assert await third.fresh_from() == NOON - DAY


@pytest.mark.anyio
async def test_what_fell_due_while_the_service_was_down_is_told_and_what_was_history_before_is_not(tmp_path):
    """The service itself, without Kafka: what it would have read is handed to it."""
    down_for = 3 * DAY
    missed = evaluation("missed", 1, since(NOON + HOUR))
    history = evaluation("history", 1, since(NOON - DAY - HOUR))
    async with opened(tmp_path) as page:
        await page.service.durable.transact(lambda each: each.beat(NOON))
    async with opened(tmp_path) as page:
        page.clock.advance(down_for)
        records = [record(missed), record(history, 1)]
        taken = await page.service.durable.transact(
            lambda each: page.service._take_in(each, records, page.clock.now())  # noqa: SLF001
        )
        listed = (await page.http.get("/v1/alerts")).json()["alerts"]

    assert taken.outcome.reasons == {Reason.FIRST_WARNING: 1, Reason.HISTORIC: 1}
    assert [(each["journey"], each["late"]) for each in listed] == [("missed", True)]
