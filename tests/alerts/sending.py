"""Deliveries in a store of their own, and the loop that sends them."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from sqlalchemy import select

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.tables import DELIVERIES
from services.alerts.adapters.telling import deliveries
from services.alerts.adapters.webhook import WebhookChannel
from services.alerts.delivery import Fate
from services.alerts.entrypoints.delivering import Delivering
from services.chassis.database import Database
from tests.alerts.receiver import LOOPBACK, SECRET
from tests.alerts.waiting import eventually


class Sending:
    """Deliveries in a store, and the loop that sends them to a receiver."""

    def __init__(self, database: Database, delivering: Delivering) -> None:
        self.database = database
        self.delivering = delivering
        self.attempts: list[Fate] = []

    async def transact(self, work):
        return await self.database.transact(lambda rows: work(StoredTransaction(rows)))

    async def leave(self, *steps) -> None:
        """Leave steps of alerts to be delivered, as a transaction of the service does."""
        each = [
            delivery
            for step in steps
            for delivery in deliveries(step, [self.delivering.channel.name], "https://alerts.example")
        ]
        await self.transact(lambda transaction: transaction.add_deliveries(each))
        self.delivering.wake()

    async def states(self) -> dict[str, str]:
        """What became of each delivery."""
        states = select(DELIVERIES.c.delivery_id, DELIVERIES.c.state)
        return await self.database.transact(lambda rows: dict(map(tuple, rows.all(states))))

    async def until(self, states: dict[str, str]) -> None:
        """Wait until deliveries stand as expected."""

        async def so() -> bool:
            return await self.states() == states

        with suppress(TimeoutError):
            await eventually(so)
        assert await self.states() == states


@asynccontextmanager
async def sending(
    path,
    url="https://nowhere.example",
    *,
    total_seconds=5.0,
    pauses_seconds=(0.01,),
    give_up_after=timedelta(hours=24),
    channel=None,
):
    database = Database(path / "alerts.db", MIGRATIONS)
    await database.open()
    async with WebhookChannel(url, SECRET, allowed=LOOPBACK, total_seconds=total_seconds) as webhook:
        ours = Sending(database, None)
        ours.delivering = Delivering(
            ours.transact,
            channel or webhook,
            observe=lambda _, fate, __: ours.attempts.append(fate),
            pauses_seconds=pauses_seconds,
            give_up_after=give_up_after,
        )
        running = asyncio.create_task(ours.delivering.run())
        try:
            yield ours
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await database.close()
