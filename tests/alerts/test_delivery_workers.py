"""Two workers of the alert service on one PostgreSQL: each delivery goes out once, also when one of them dies."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.delivery import Attempt, Delivery, Fate
from services.alerts.entrypoints import claiming, delivering
from services.alerts.entrypoints.delivering import Delivering
from services.chassis.database import Database
from tests.alerts.waiting import eventually

pytestmark = pytest.mark.anyio

DELIVERED = 60


class Channel:
    """Somebody who takes everything, and takes a moment for it; or (never) does not answer."""

    name, where = "webhook", "somewhere"

    def __init__(self, *, never: bool = False) -> None:
        self.never, self.got = never, Counter()

    async def send(self, delivery: Delivery) -> Attempt:
        self.got[delivery.delivery_id] += 1
        await asyncio.sleep(3600 if self.never else 0.02)
        return Attempt(fate=Fate.SENT)


@asynccontextmanager
async def worker(address, channel: Channel):
    database = Database(address, MIGRATIONS)
    await database.open()

    async def transact(work):
        return await database.transact(lambda rows: work(StoredTransaction(rows)))

    ours = Delivering(transact, channel, observe=lambda *_: None)
    running = asyncio.create_task(ours.run())
    try:
        yield transact
    finally:
        running.cancel()
        await asyncio.wait([running])
        await database.close()


def leave(transaction: StoredTransaction) -> None:
    transaction.add_deliveries(
        Delivery(delivery_id=f"{n}", alert_id=f"{n}", step=1, channel="webhook", body=b"{}") for n in range(DELIVERED)
    )


async def until_none_waits(transact) -> None:
    async def none() -> bool:
        return await transact(lambda each: each.count_waiting("webhook")) == 0

    await eventually(none)


async def test_two_workers_deliver_each_once(postgresql, monkeypatch):
    monkeypatch.setattr(delivering, "LOOK_SECONDS", 0.02)
    address, channel = postgresql.database(), Channel()
    async with worker(address, channel) as transact, worker(address, channel):
        await transact(leave)
        await until_none_waits(transact)

    assert channel.got == Counter({f"{n}": 1 for n in range(DELIVERED)})


async def test_what_a_worker_had_begun_when_it_died_is_delivered_by_another(postgresql, monkeypatch):
    monkeypatch.setattr(delivering, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(delivering, "LAST_SECONDS", 0.0)
    monkeypatch.setattr(claiming, "LEASE", timedelta(seconds=0.5))
    address, dead, living = postgresql.database(), Channel(never=True), Channel()
    async with worker(address, dead) as transact:
        await transact(leave)
        await eventually(lambda: len(dead.got) > 0)

    async with worker(address, living) as transact:
        await until_none_waits(transact)

    assert set(living.got) == {f"{n}" for n in range(DELIVERED)}
