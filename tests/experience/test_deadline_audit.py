"""A deadline that passes unnoticed is noticed, whatever has become of the loop that looks at deadlines."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from services.chassis.bookkeeping import Record
from services.chassis.clock import SteppedClock
from services.chassis.store import Unreachable
from services.experience import app as experience_app
from services.experience.adapters.database import MIGRATIONS, StoredTransaction
from services.experience.adapters.database_census import earliest_overdue
from services.experience.app import ExperienceService, create_app
from services.experience.entrypoints import audit
from services.experience.entrypoints.audit import Audit, Looks
from services.experience.ports import JourneyRecord, StoreRecord
from services.experience.settings import ExperienceSettings
from tests.databases import BOTH
from tests.experience.service import CONFIRM_BY, ELEVEN, PROMISE
from tests.plans import plans_of, reading_whole_tables
from touchline_contracts import TOUCHPOINTS, new_event

SECOND = timedelta(seconds=1)
NOON = ELEVEN + timedelta(hours=1)
WITHIN_SECONDS = 60.0


def looked(looks: Looks, earliest: datetime | None, seconds: float, now: datetime | None = None) -> bool:
    """A look so many seconds after noon, of a clock that runs as time does unless it is told to show something else."""
    return looks.late(earliest, now=now or NOON + seconds * SECOND, at=1000 + seconds)


def test_one_that_nobody_looks_at_for_five_seconds_is_late_and_not_before():
    looks, deadline = Looks(), NOON + SECOND

    assert [looked(looks, deadline if at else None, at) for at in range(6)] == [False] * 6
    assert looked(looks, deadline, 6)
    assert not looked(looks, None, 7)


def test_others_that_are_late_in_turn_are_late():
    looks = Looks()
    for at in range(20):
        looked(looks, NOON - 60 * SECOND, at)

    # The loop goes on and does not keep up: each time another one is the earliest, and has long passed.
    assert all(looked(looks, NOON + (at - 10) * SECOND, at) for at in range(20, 30))


def test_each_time_another_one_that_has_just_passed_is_in_time():
    looks = Looks()

    assert not any(looked(looks, NOON + (at - 0.5) * SECOND, at) for at in range(30))


def test_what_passed_while_we_were_down_counts_from_when_it_could_be_looked_at():
    looks = Looks()

    assert [looked(looks, NOON - 3600 * SECOND, at) for at in range(6)] == [False] * 5 + [True]


def test_a_clock_that_is_turned_forward_makes_nothing_late():
    looks = Looks()
    for at in range(10):
        looked(looks, None, at)

    assert not looked(looks, NOON + 60 * SECOND, 11, now=NOON + timedelta(days=1))


def test_a_journey_or_store_whose_deadline_has_passed_is_found(rows):
    store = StoredTransaction(rows(MIGRATIONS))
    assert earliest_overdue(store.rows, NOON) is None

    store.journeys([("riga-1", "later"), ("riga-1", "now"), ("riga-1", "closed")])
    store.save_journeys(
        [
            JourneyRecord(("riga-1", "later"), deadline=NOON + SECOND),
            JourneyRecord(("riga-1", "now"), deadline=NOON),
            JourneyRecord(("riga-1", "closed")),
        ]
    )
    assert earliest_overdue(store.rows, NOON - SECOND) is None
    assert earliest_overdue(store.rows, NOON + 9 * SECOND) == NOON

    store.save_stores([StoreRecord("riga-1", deadline=NOON - SECOND)])
    assert earliest_overdue(store.rows, NOON) == NOON - SECOND


def test_what_a_backlog_has_put_off_is_overdue_when_it_may_not_be_put_off_any_longer(rows):
    store = StoredTransaction(rows(MIGRATIONS))
    store.journeys([("riga-1", "put-off")])
    store.save_journeys([JourneyRecord(("riga-1", "put-off"), deadline=NOON, put_off_at=NOON)])
    store.save_stores([StoreRecord("riga-1", deadline=NOON, put_off_at=NOON)])

    assert earliest_overdue(store.rows, NOON + 29 * SECOND) is None
    assert earliest_overdue(store.rows, NOON + 35 * SECOND) == NOON + 30 * SECOND

    # One that was not put off is found behind them.
    store.journeys([("riga-1", "own")])
    store.save_journeys([JourneyRecord(("riga-1", "own"), deadline=NOON + 2 * SECOND)])
    assert earliest_overdue(store.rows, NOON + 9 * SECOND) == NOON + 2 * SECOND


def test_it_is_looked_up_and_no_table_is_read_whole(rows):
    store = StoredTransaction(rows(MIGRATIONS))

    with plans_of(store.rows) as plans:
        earliest_overdue(store.rows, NOON)

    assert len(plans) == 2
    assert reading_whole_tables(plans) == []


@pytest.mark.anyio
async def test_a_database_that_is_away_is_not_taken_for_a_loop_that_is_dead(monkeypatch):
    monkeypatch.setattr(audit, "AUDIT_SECONDS", 0.01)
    monkeypatch.setattr(audit, "LATE_SECONDS", 0.5)
    told: list[tuple[float | None, bool]] = []
    away = False

    async def overdue(now: datetime) -> datetime | None:
        if away:
            raise Unreachable
        return NOON - 60 * SECOND

    auditor = Audit(
        SteppedClock(NOON), overdue=overdue, tell=lambda seconds: told.append((seconds, auditor.trouble is not None))
    )

    async def looks(more: int) -> list[tuple[float | None, bool]]:
        seen = len(told)
        while len(told) < seen + more:
            await asyncio.sleep(0.001)
        return told[seen:]

    with capture_logs() as logs:
        task = asyncio.create_task(auditor.run())
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                assert await looks(1) == [(60, False)]
                away = True
                assert (await looks(80))[-1] == (None, False)
                away = False
                assert (await looks(4))[1:4] == [(60, False)] * 3
                while auditor.trouble is None:
                    await asyncio.sleep(0.01)
                assert (await looks(20))[-1] == (60, True)
        finally:
            task.cancel()
    assert [each["event"] for each in logs] == ["deadlines pass and nobody looks"]


@pytest.fixture(params=BOTH)
def address(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").database()
    return tmp_path / "experience.db"


@pytest.mark.anyio
async def test_a_loop_that_hangs_is_told_of_once_and_that_it_goes_on_as_well(address, monkeypatch):
    monkeypatch.setattr(experience_app, "CATCH_UP_SECONDS", 0.1)  # there is no Kafka, which does not matter here
    monkeypatch.setattr(audit, "AUDIT_SECONDS", 0.05)
    monkeypatch.setattr(audit, "LATE_SECONDS", 0.5)
    clock, hangs = SteppedClock(ELEVEN), asyncio.Event()
    app = create_app(ExperienceSettings(database=address, kafka_bootstrap_servers="127.0.0.1:1"), clock)
    service: ExperienceService = app.state.experience
    look_again = service.deadlines._look_again  # noqa: SLF001  # what hangs does so inside

    async def hang(limit: int) -> int:
        await hangs.wait()
        return await look_again(limit)

    service.deadlines._look_again = hang  # noqa: SLF001  # the same
    made = new_event(PROMISE, id="1", source="/till", store="riga-1", subject="j", time=ELEVEN)
    record = Record(TOUCHPOINTS.name, 0, 0, made.key.encode(), made.to_json(), 0)
    with capture_logs() as logs:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://experience") as http,
            asyncio.timeout(WITHIN_SECONDS),
        ):

            async def overdue() -> float:
                page = (await http.get("/metrics")).text
                samples = [each for family in text_string_to_metric_families(page) for each in family.samples]
                return next(each.value for each in samples if each.name == "touchline_deadline_overdue_seconds")

            async def said() -> bool:
                reasons = (await http.get("/health/ready")).json()["reasons"]
                return any("deadlines pass and nobody looks: the earliest came 9 s ago" in each for each in reasons)

            await service.durable.transact(lambda each: service._take_in(each, [record], ELEVEN))  # noqa: SLF001
            while await overdue() != 0:
                await asyncio.sleep(0.02)
            clock.advance_to(CONFIRM_BY + 9 * SECOND)
            while not await said():
                await asyncio.sleep(0.02)
            assert await overdue() == 9

            hangs.set()
            while await said():
                await asyncio.sleep(0.02)
            assert await overdue() == 0
    events = [each["event"] for each in logs]
    assert events.count("deadlines pass and nobody looks") == 1
    assert events.count("deadlines are looked at in time again") == 1
