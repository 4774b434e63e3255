"""How long it takes from a store's event to the webhook that calls the manager: every service, as processes.

Events come at a steady pace, whatever became of those before. Most are about promises that go well; every so many
somebody says no, and that has to ring a phone at once.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles

from services.commands.phone import new_secret
from tests.bench.figures import Figure, Target
from tests.bench.http_client import Connection, request
from tests.bench.journeys import SHOPS
from tests.bench.kafka import kafka
from tests.bench.processes import Service, service
from tests.bench.screen import say, show
from tests.bench.traffic import concepts
from tests.bench.webhooks import Receiver
from touchline_contracts import TOUCHPOINTS, new_event
from touchline_contracts.fields import Fields
from touchline_contracts.promises import PromiseConfirmed, PromiseDeclined, PromiseKept, PromiseMade

NAME = "alerting"
EVENTS_PER_SECOND = 200
PROMISES_KEPT = 13
"""For each that is declined: 41 events with one alert, about five alerts in a second."""
WARM_UP_SECONDS = 4.0
CONNECTIONS = 16
"""More than are ever needed at the same time, unless the service is too slow."""
LAST_SECONDS = 15.0
"""How long the last webhooks may take."""
MILLISECONDS = 1e3
UNIT = "second_warehouse"


async def measure(directory: Path, *, seconds: float) -> Sequence[Figure]:
    """The figures of the whole path."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(kafka())
        await running.fill(TOUCHPOINTS, [(event.key.encode(), event.to_json()) for event in concepts()])
        receiver = await stack.enter_async_context(Receiver())
        shared = {"KAFKA_BOOTSTRAP_SERVERS": running.bootstrap_servers, "TOUCHLINE_LOG_LEVEL": "warning"}
        webhook = {
            "TOUCHLINE_OUTGOING_ALLOW": "127.0.0.1",
            "TOUCHLINE_WEBHOOK_URL": receiver.url,
            "TOUCHLINE_WEBHOOK_SECRET": new_secret(),
        }

        async def start(name: str, environment: dict[str, str]) -> Service:
            own = {
                **shared,
                "TOUCHLINE_DATABASE": str(directory / f"{name}.db"),
                "TOUCHLINE_SPOOL_FILE": str(directory / f"{name}.spool.db"),
                **environment,
            }
            log = directory / f"{name}.log"
            return await stack.enter_async_context(service(f"services.{name}", log=log, environment=own))

        say("starting the services")
        alerts = await start("alerts", webhook)
        experience = await start("experience", {})
        promises = await start("touchpoints.promises", {})
        processes = {"promises": promises, "experience": experience, "alerts": alerts, "Kafka": running.process}
        sending = _Sending(f"{promises.url}/v1/events", receiver)
        say(f"{EVENTS_PER_SECOND} events a second: warming up")
        await sending.run(WARM_UP_SECONDS)
        say(f"{EVENTS_PER_SECOND} events a second for {seconds:g} s")
        before = {name: each.cpu_seconds for name, each in processes.items()}
        waits = await sending.run(seconds)
        cpu = {name: (each.cpu_seconds - before[name]) / seconds for name, each in processes.items()}
    parts = quantiles(waits, n=100, method="inclusive")

    def figure(name: str, wait: float, target: Target | None = None) -> Figure:
        name = f"event sent to webhook received, {name}"
        return Figure(measurement=NAME, name=name, value=wait * MILLISECONDS, unit="ms", target=target)

    return [
        figure("p50", parts[49]),
        figure("p99", parts[98], Target(bound=500, side="at most")),
        figure("longest", max(waits)),
        Figure(measurement=NAME, name="alerts", value=len(waits), unit=""),
        *(
            Figure(measurement=NAME, name=f"CPU of {name}", value=share * 100, unit="% of a core")
            for name, share in cpu.items()
        ),
    ]


class _Sending:
    """Sends events at a steady pace and waits for the webhooks."""

    def __init__(self, url: str, receiver: Receiver) -> None:
        self._url, self._receiver = url, receiver
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()
        self._sent_at: dict[str, float] = {}
        """By journey, when the request that has to ring a phone was sent."""
        self._calls = _calls()

    async def run(self, seconds: float) -> list[float]:
        """Send for so long; how long each webhook took. RuntimeError when one does not come."""
        self._sent_at = {}
        while self._idle.qsize() < CONNECTIONS:
            self._idle.put_nowait(await Connection.to(self._url))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as requests:
            for number in range(round(seconds * EVENTS_PER_SECOND)):
                await asyncio.sleep(max(0.0, began + number / EVENTS_PER_SECOND - time.perf_counter()))
                requests.create_task(self._post(*next(self._calls)))
                show(f"{number:,} events, {len(self._receiver.arrived)} webhooks")
        try:
            async with asyncio.timeout(LAST_SECONDS):
                while not self._sent_at.keys() <= self._receiver.arrived.keys():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            missing = self._sent_at.keys() - self._receiver.arrived.keys()
            raise RuntimeError(f"{len(missing)} of {len(self._sent_at)} webhooks have not come") from None
        return [self._receiver.arrived[journey] - at for journey, at in self._sent_at.items()]

    async def _post(self, journey: str, data: Fields) -> None:
        event = new_event(
            data,
            id=f"{journey}-{type(data).__name__}",
            source="/bench/tablet",
            store=SHOPS[sum(journey.encode()) % len(SHOPS)],
            subject=journey,
            time=datetime.now(UTC),
        )
        message = request(self._url, event.to_json(), "single")
        if isinstance(data, PromiseDeclined):
            self._sent_at[journey] = time.perf_counter()
        connection = await self._idle.get()
        await connection.post(message)
        self._idle.put_nowait(connection)


def _calls() -> Iterator[tuple[str, Fields]]:
    """Journeys and what is told of them, without end: each group of events has one refusal."""
    for group in count():
        bad = f"declined-{group}"
        yield bad, _made(bad)
        good = [f"kept-{group}-{number}" for number in range(PROMISES_KEPT)]
        yield from [(journey, _made(journey)) for journey in good]
        yield from [(journey, PromiseConfirmed(promise_id=journey, by_unit=UNIT)) for journey in good]
        yield from [(journey, PromiseKept(promise_id=journey)) for journey in good]
        yield bad, PromiseDeclined(promise_id=bad, by_unit=UNIT, reason="out of stock")


def _made(journey: str) -> PromiseMade:
    due = datetime.now(UTC) + timedelta(hours=2)
    return PromiseMade(promise_id=journey, what="goods_from_second_warehouse", due=due, fulfilled_by=UNIT)
