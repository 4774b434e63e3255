"""What happens on the simulated day: customers come and go, and in two stores a promise is made that nobody manages."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.chassis.clock import Clock
from services.commands.demo.sending import StoreSystems
from touchline_contracts.delivery import DeliveryCompleted, StageFinished, StageStarted
from touchline_contracts.feedback import ConductObserved, RecognitionGiven
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseMade

STORES = {"riga-1": "Riga", "vilnius-1": "Vilnius", "tallinn-1": "Tallinn"}
SAVED, LOST = "riga-1", "vilnius-1"
"""The store whose manager calls the warehouse when warned, and the one whose manager does not."""
OPENS, DUE, CLOSES = 10, 14, 18
"""Hours of the simulated day."""
CONFIRM_AFTER = timedelta(minutes=20)
MANAGER_TAKES = timedelta(minutes=12)
"""From the alert until the manager has called the warehouse."""
BETWEEN_CUSTOMERS = timedelta(minutes=14)

IGNORED_EVERY = 17
"""Every so many customers, one is not greeted for a long time."""

Say = Callable[[str, str], None]
"""Tells people what happens in a store."""


@dataclass
class Day:
    """One simulated day. `run` plays it; `ring` is the manager's phone."""

    opens: datetime
    clock: Clock
    systems: StoreSystems
    say: Say
    seed: int = 7

    def __post_init__(self) -> None:
        self._rung: dict[str, asyncio.Event] = {store: asyncio.Event() for store in STORES}
        self._random = random.Random(self.seed)  # noqa: S311  # customers, not secrets

    async def run(self) -> None:
        """Play the day until it is cancelled, or the stores have closed and the last customer has gone."""
        async with asyncio.TaskGroup() as tasks:
            for store in STORES:
                tasks.create_task(self._customers(store))
            tasks.create_task(self._warehouse(SAVED))
            tasks.create_task(self._warehouse(LOST))

    async def ring(self, message: dict[str, Any]) -> None:
        """An alert has reached the manager's phone."""
        data = message["data"]
        if message["type"] == "alert.opened" and data["line"] == "promise/goods":
            self._rung[data["store"]].set()

    async def _warehouse(self, store: str) -> None:
        """The story: a promise that nobody passes on to those who have to carry it out."""
        journey = f"{store}-parent-with-child"
        came, made = self.opens, self.opens + timedelta(minutes=2)
        due = self._at(DUE)
        await self._until(made)
        promise = PromiseMade(
            promise_id="goods",
            what="goods_from_second_warehouse",
            due=due,
            fulfilled_by="second_warehouse",
            made_by="sales",
            confirm_by=made + CONFIRM_AFTER,
        )
        await self.systems.tell(
            store, journey, (came, CustomerArrived(channel="door", party_size=2)),
            (came + timedelta(seconds=40), CustomerGreeted(manner=4)), (made, promise),
        )  # fmt: skip
        self.say(store, f"A saleswoman promises a parent with a child: the goods will be here by {due:%H:%M}.")
        if store == SAVED:
            await self._rung[store].wait()
            await self._until(self.clock.now() + MANAGER_TAKES)
            self.say(store, "The manager calls the second warehouse; it confirms.")
            await self._now(store, journey, PromiseConfirmed(promise_id="goods", by_unit="second_warehouse"))
            await self._until(due - timedelta(minutes=20))
            self.say(store, "The goods are here. The parent is happy.")
            await self._now(store, journey, DeliveryCompleted(promise_id="goods", condition="as_ordered"))
            await self._until(due - timedelta(minutes=10))
            await self._now(store, journey, CustomerLeft(outcome="served"))
        else:
            await self._until(due + timedelta(minutes=30))
            self.say(store, "The parent leaves without the goods.")
            await self._now(store, journey, CustomerLeft(outcome="abandoned"))

    async def _customers(self, store: str) -> None:
        closes = self._at(CLOSES)
        number = 0
        async with asyncio.TaskGroup() as tasks:
            while self.clock.now() < closes:
                number += 1
                visit = self._ignored if number % IGNORED_EVERY == 0 else self._visit
                tasks.create_task(visit(store, f"{store}-visit-{number}"))
                await self._until(self.clock.now() + BETWEEN_CUSTOMERS * self._random.uniform(0.4, 1.6))

    async def _visit(self, store: str, journey: str) -> None:
        """A customer like most. What follows within minutes is told together: the sped-up clock waits for nobody."""
        came = self.clock.now()
        greeted = came + timedelta(seconds=self._random.uniform(8, 55))
        served = greeted + timedelta(minutes=self._random.uniform(4, 25))
        paid = served + timedelta(seconds=self._random.uniform(60, 200))
        await self.systems.tell(
            store, journey, (came, CustomerArrived(channel="door")),
            (greeted, CustomerGreeted(manner=self._random.choice((4, 4, 4, 5)))),
        )  # fmt: skip
        await self._until(served)
        happened: list[tuple[datetime, Any]] = [
            (served, ConductObserved(touchpoint="sales", aspect="competence", score=self._random.choice((4, 4, 5)),
                                     observer="customer")),
            (served, StageStarted(stage="checkout")),
            (paid, StageFinished(stage="checkout")),
            (paid, CustomerLeft(outcome="served")),
        ]  # fmt: skip
        if self._random.random() < 0.08:  # noqa: PLR2004
            self.say(store, "An employee carries the bags to a customer's car.")
            happened.insert(-1, (paid, RecognitionGiven(touchpoint="exit")))
        await self._until(paid)
        await self.systems.tell(store, journey, *happened)

    async def _ignored(self, store: str, journey: str) -> None:
        """A customer whom nobody greets until the manager has been warned."""
        await self._now(store, journey, CustomerArrived(channel="door"))
        await self._until(self.clock.now() + timedelta(minutes=self._random.uniform(12, 18)))
        self.say(store, "Somebody greets the customer who was waiting at the door.")
        await self._now(store, journey, CustomerGreeted(manner=5))
        await self._until(self.clock.now() + timedelta(minutes=20))
        await self._now(store, journey, CustomerLeft(outcome="served"))

    async def _now(self, store: str, journey: str, data: Any) -> None:
        await self.systems.tell(store, journey, (self.clock.now(), data))

    def _at(self, hour: int) -> datetime:
        return self.opens.replace(hour=hour, minute=0, second=0, microsecond=0)

    async def _until(self, instant: datetime) -> None:
        while self.clock.now() < instant:
            await self.clock.sleep_until(instant)
