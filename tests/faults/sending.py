"""Senders that keep their own ledger: what a service has answered with 202 is accepted, and nothing else is."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from random import Random
from typing import Self

import httpx

from tests.faults.ground import Ground
from touchline_contracts import AnyEvent, new_event, told_by
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted
from touchline_contracts.promises import PromiseConfirmed, PromiseDeclined, PromiseKept, PromiseMade
from touchline_contracts.recovery import ProblemReported, ProblemResolved

SENDERS = 24
PAUSE_SECONDS = 0.05
RETRY_SECONDS = 0.2
ACCEPTED_SECONDS = 300.0
SENT_AGAIN = 0.2
"""Every so often a sender does not know that it was heard, and says the same once more."""
STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
IN_A_BATCH = 500


class Senders:
    """The systems of one store. An asynchronous context manager; `accepted` is the ledger, by the event's id."""

    def __init__(self, ground: Ground, store: str) -> None:
        self.accepted: dict[str, AnyEvent] = {}
        self.attempts = 0
        self.repeated = 0
        self.store = store
        self._ground = ground
        self._chance = Random(ground.chance.random())  # noqa: S311  # traffic, not secrets
        self._http = httpx.AsyncClient(timeout=15.0, limits=httpx.Limits(max_keepalive_connections=2 * SENDERS))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    def event(
        self, data: Fields, journey: str | None, number: object, at: datetime | None = None, *, replay: bool = False
    ) -> AnyEvent:
        """An event of this store, of now unless `at` says when."""
        return new_event(
            data,
            id=f"{self.store}-{journey}-{number}",
            source="/till",
            store=self.store,
            subject=journey,
            time=at or datetime.now(UTC),
            replay=replay,
        )

    async def send(self, event: AnyEvent) -> None:
        """Send one until it is accepted; now and then once more."""
        await self._until_accepted(event.type, event.to_json(), STRUCTURED)
        self.accepted[event.id] = event
        if self._chance.random() < SENT_AGAIN:
            self.repeated += 1
            await self._until_accepted(event.type, event.to_json(), STRUCTURED)

    async def send_all(self, events: Sequence[AnyEvent], *, again: bool = False) -> None:
        """Send many in batches, in their order; now and then once more, if `again`."""
        for service in {_service_of(each.type) for each in events}:
            theirs = [each for each in events if _service_of(each.type) == service]
            for first in range(0, len(theirs), IN_A_BATCH):
                batch = theirs[first : first + IN_A_BATCH]
                body = b"[" + b",".join(each.to_json() for each in batch) + b"]"
                await self._until_accepted(batch[0].type, body, BATCH)
                self.accepted |= {each.id: each for each in batch}
                if again and self._chance.random() < SENT_AGAIN:
                    self.repeated += len(batch)
                    await self._until_accepted(batch[0].type, body, BATCH)

    async def _until_accepted(self, kind: str, body: bytes, headers: dict[str, str]) -> None:
        url = f"{self._ground.services[_service_of(kind)].url}/v1/events"
        async with asyncio.timeout(ACCEPTED_SECONDS):
            while True:
                self.attempts += 1
                try:
                    answer = await self._http.post(url, content=body, headers=headers)
                except httpx.TransportError:
                    pass
                else:
                    if answer.status_code == httpx.codes.ACCEPTED:
                        return
                    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
                await asyncio.sleep(RETRY_SECONDS)


@asynccontextmanager
async def traffic(
    senders: Senders, *, at_once: int = 1, per_second: float = inf
) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Journeys by many senders until the block is left, each with some `at_once`, in all no more events `per_second`.

    Yields `more(count)`: until so many are accepted.
    """
    ending, began = asyncio.Event(), time.monotonic()

    async def go_on(sender: int) -> None:
        for number in itertools.count():
            names = [f"{sender}-{number}"] if at_once == 1 else [f"{sender}-{number}-{one}" for one in range(at_once)]
            for step in zip(*(course(senders, name, troubled=number % 4 == 2) for name in names), strict=True):
                if at_once == 1:
                    await senders.send(step[0])
                else:
                    await senders.send_all(step, again=True)
                if ending.is_set():
                    return
                await asyncio.sleep(PAUSE_SECONDS)
                while len(senders.accepted) > per_second * (time.monotonic() - began) and not ending.is_set():
                    await asyncio.sleep(PAUSE_SECONDS)

    async def more(count: int) -> None:
        wanted = len(senders.accepted) + count
        async with asyncio.timeout(ACCEPTED_SECONDS):
            while len(senders.accepted) < wanted:
                assert not any(task.done() for task in tasks), "a sender has given up"
                await asyncio.sleep(0.02)

    tasks = [asyncio.create_task(go_on(sender)) for sender in range(SENDERS)]
    try:
        yield more
        ending.set()
        async with asyncio.timeout(ACCEPTED_SECONDS):
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def course(senders: Senders, journey: str, *, at: datetime | None = None, troubled: bool = False) -> Iterator[AnyEvent]:
    """What happens to a customer, now or a second apart from `at` on; for a troubled one somebody has to be told."""
    numbers = itertools.count()

    def tell(data: Fields) -> AnyEvent:
        number = next(numbers)
        return senders.event(data, journey, number, None if at is None else at + timedelta(seconds=number))

    due = (at or datetime.now(UTC)) + timedelta(hours=1)
    yield tell(CustomerArrived(channel="desk"))
    yield tell(CustomerGreeted(manner=4))
    if troubled:
        yield tell(promise("drill", due))
        yield tell(PromiseDeclined(promise_id="drill", by_unit="warehouse", reason="sold out"))
    else:
        for name in ("drill", "paint", "delivery"):
            yield tell(promise(name, due))
            yield tell(PromiseConfirmed(promise_id=name, by_unit="warehouse"))
            yield tell(PromiseKept(promise_id=name))
    yield tell(ProblemReported(problem_id="scratch", touchpoint="goods", kind="defect", severity="minor"))
    yield tell(ProblemResolved(problem_id="scratch", outcome="restored"))


def promise(name: str, due: datetime) -> PromiseMade:
    """Goods are promised by a time."""
    return PromiseMade(promise_id=name, what="goods", due=due, fulfilled_by="warehouse", made_by="sales")


def incident(senders: Senders, journey: str, at: datetime | None = None, *, replay: bool = False) -> list[AnyEvent]:
    """A promise that the warehouse will not keep: somebody has to be told of it."""
    at = at or datetime.now(UTC)
    declined = PromiseDeclined(promise_id="drill", by_unit="warehouse", reason="sold out")
    return [
        senders.event(promise("drill", at + timedelta(hours=1)), journey, 1, at, replay=replay),
        senders.event(declined, journey, 2, at + timedelta(milliseconds=1), replay=replay),
    ]


def _service_of(kind: str) -> str:
    return _SERVICES[kind]


_SERVICES = {kind.type: name for name in ("greeting", "promises", "recovery") for kind in told_by(name)}
