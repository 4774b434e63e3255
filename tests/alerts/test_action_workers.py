"""Two workers of the alert service on one PostgreSQL, and one alert: neither undoes what the other has done."""

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from services.alerts.actions import Actions
from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.action import acknowledge
from services.alerts.domain.alert import Act
from services.alerts.domain.repeating import Repeating
from services.alerts.usecases import Alerts
from services.chassis.database import Database
from tests.alerts.builders import NOON, alert, broken, evaluated
from tests.alerts.waiting import eventually
from touchline_contracts import parse_event

pytestmark = pytest.mark.anyio

ID = alert().alert_id
LATER = NOON + timedelta(minutes=15)
REPEATING = Repeating(every={"critical": timedelta(minutes=15)})
TELLING = {"announce": alert_message, "notify": lambda told, _: deliveries(told, ["webhook"], "https://a")}
ALERTS = Alerts(**TELLING, pass_on=notice_message, repeating=REPEATING)
ACTIONS = Actions(**TELLING, repeating=REPEATING)
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


@asynccontextmanager
async def worker(address):
    database = Database(address, MIGRATIONS)
    await database.open()

    async def transact(work):
        return await database.transact(lambda rows: work(StoredTransaction(rows)))

    try:
        yield transact
    finally:
        await database.close()


@pytest.fixture
async def workers(postgresql):
    """Two of them, and somebody who looks on; one alert has been told."""
    address = postgresql.database()
    async with worker(address) as one, worker(address) as other, worker(address) as onlooker:
        await one(lambda each: ALERTS.take_in(each, [evaluated(broken())], now=NOON))
        yield one, other, onlooker


async def held(transact, work):
    """Work in a transaction that is not committed before it is let go. Returns its task, and how to let go."""
    done, go = threading.Event(), threading.Event()

    def holding(transaction):
        result = work(transaction)
        done.set()
        assert go.wait(20)
        return result

    task = asyncio.create_task(transact(holding))
    assert await asyncio.to_thread(done.wait, 20)
    return task, go.set


async def test_an_acknowledgement_is_not_undone_by_an_evaluation_that_comes_at_the_same_time(workers):
    one, other, onlooker = workers
    act = Act(by="anna", at=LATER)
    acting, let_go = await held(one, lambda each: ACTIONS.act(each, ID, lambda it: acknowledge(it, act), now=LATER))
    later = evaluated(broken(), version=2, ended=True)
    evaluating = asyncio.create_task(other(lambda each: ALERTS.take_in(each, [later], now=LATER)))

    async def waits() -> bool:
        return await onlooker(lambda each: each.rows.connection.exec_driver_sql(WAITING).scalar_one() == 1)

    await eventually(waits)
    let_go()
    await asyncio.gather(acting, evaluating)

    case = await onlooker(lambda each: each.case(ID))
    messages = await onlooker(lambda each: each.unsent(10))
    assert (case.alert.acknowledged, case.alert.steps) == (act, 3)
    kinds = [parse_event(message.value).kind.name for _, message in messages]
    assert kinds == ["alert.opened", "alert.acknowledged", "alert.resolved"]


async def test_what_is_due_is_told_again_by_one_of_them(workers):
    one, other, onlooker = workers
    repeating, let_go = await held(one, lambda each: ACTIONS.repeat(each, now=LATER))

    assert await other(lambda each: ACTIONS.repeat(each, now=LATER)) == []
    let_go()
    assert await repeating == ["critical"]
    assert await other(lambda each: ACTIONS.repeat(each, now=LATER)) == []
    assert (await onlooker(lambda each: each.case(ID))).alert.steps == 2
