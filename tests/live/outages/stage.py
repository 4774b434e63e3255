"""What an outage is played on: services as processes, senders, somebody who counts, and what came of it in a line."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.live.outages.counting import Counting, wrongly_told
from tests.live.outages.services import Service
from tests.live.outages.traffic import Accepted, Traffic

NOTICED_SECONDS = 20.0
"""Within this a service has noticed that it cannot do its work, also one that has nothing to do."""


FLOWING_SECONDS = 30.0


@dataclass
class Outcome:
    """What was counted in one run of an outage."""

    outage: str
    accepted: int = 0
    tried_again: int = 0
    """Events that were not accepted at the first attempt."""
    lost: int = 0
    doubled: int = 0
    wrongly_told: int = 0
    """Journeys whose last evaluation in Kafka is not the one of all their events."""
    standstill_seconds: float | None = None
    """From the end of the outage until on each partition something that was sent after it was counted."""
    ready_again_seconds: float | None = None
    """From the end of the outage until all services were ready; None: none of them was unready."""
    said: list[int] = field(default_factory=list)
    """Lines of warnings and errors in the log of each service."""
    repeated: dict[str, int] = field(default_factory=dict)
    """Warnings and errors that a log says more often than once per outage."""

    def __str__(self) -> str:
        flowing, ready = (
            "-" if seconds is None else f"{seconds:.1f} s"
            for seconds in (self.standstill_seconds, self.ready_again_seconds)
        )
        return (
            f"{self.outage:<48} {self.accepted:>6,} {self.tried_again:>9,} {self.lost:>5} {self.doubled:>7} "
            f"{self.wrongly_told:>6} {flowing:>10} {ready:>8} {'+'.join(map(str, self.said)):>9}"
        )

    @staticmethod
    def head() -> str:
        """The line above the others."""
        return (
            f"{'outage':<48} {'events':>6} {'retried':>9} {'lost':>5} {'doubled':>7} {'untold':>6} "
            f"{'flowing in':>10} {'ready in':>8} {'log lines':>9}"
        )


class Stage:
    """The services on a Kafka that somebody else starts and breaks. An asynchronous context manager."""

    def __init__(self, servers: str, directory: Path, outage: str, *, replication_factor: int = 1) -> None:
        self.servers = servers
        self.outcome = Outcome(outage)
        self.accepted: list[Accepted] = []
        self.services: list[Service] = []
        self.counting = Counting(directory / "experience.db")
        self._directory = directory
        self._settings = {
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "TOUCHLINE_KAFKA_REPLICATION_FACTOR": str(replication_factor),
            "TOUCHLINE_DATABASE": str(directory / "experience.db"),
        }
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.counting)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def start(self, module: str, name: str, **settings: str) -> Service:
        """Start a service, with settings of its own; it need not be ready when this returns."""
        settings = self._settings | settings
        service = Service(f"services.{module}", name=name, directory=self._directory, settings=settings)
        self.services.append(await self._stack.enter_async_context(service))
        return service

    async def greeting_and_worker(self, *, ready: bool = True) -> tuple[Service, Service]:
        """The service that takes the senders' events, and one worker of the experience service."""
        services = await self.start("touchpoints.greeting", "greeting"), await self.start("experience", "experience")
        if ready:
            for service in services:
                await service.until(ready=True)
        return services

    @asynccontextmanager
    async def traffic(self, name: str = "visit") -> AsyncIterator[Traffic]:
        """Senders, until the block is left; what they have begun is accepted by then, and remembered."""
        greeting = self.services[0]
        async with Traffic(name, greeting.url) as traffic:
            yield traffic
        self.accepted += traffic.accepted

    async def until_flowing(self, traffic: Traffic, *, since: float, seconds: float = FLOWING_SECONDS) -> None:
        """Wait until on each partition something sent since is counted. AssertionError when it takes longer."""
        deadline = time.monotonic() + seconds
        while self.counting.standstill(traffic.accepted, since=since) is None:
            late = time.monotonic() >= deadline
            assert not late, f"not all partitions flow {seconds:g} s after the outage:\n{self._ends_of_logs()}"
            await asyncio.sleep(0.1)

    async def count(self, *, since: float | None = None, told: Sequence[Accepted] | None = None) -> Outcome:
        """Wait for what was accepted to be counted, and say what came of it.

        The outage has ended at `since`, if there was one. `told`: whose evaluations Kafka must hold; without it all.
        """
        await self.counting.until_counted(self.accepted)
        outcome = self.outcome
        outcome.accepted = len(self.accepted)
        outcome.tried_again = sum(each.attempts > 1 for each in self.accepted)
        outcome.lost = self.counting.lost(self.accepted)
        outcome.doubled = self.counting.doubled(self.accepted)
        outcome.wrongly_told = len(await wrongly_told(self.servers, self.accepted if told is None else told))
        if since is not None:
            outcome.standstill_seconds = self.counting.standstill(self.accepted, since=since)
        outcome.said = [service.warnings().total() for service in self.services]
        for service in self.services:
            for event, times in service.warnings().items():
                if times > 1:
                    outcome.repeated[f"{service.name}: {event}"] = times
        return outcome

    def ready_again(self, since: float) -> None:
        """Note how long after the end of the outage the last of the services was ready again."""
        unready = [max((at for at, ready in each.looks if not ready), default=0.0) for each in self.services]
        self.outcome.ready_again_seconds = max(0.0, max(unready) - since)

    def _ends_of_logs(self) -> str:
        return "\n".join(f"{service.name}:\n{service.end_of_log()}" for service in self.services)

    async def end(self) -> None:
        """End the services as an operator would."""
        for service in self.services:
            await service.end(signal.SIGTERM)


def nothing_lost(outcome: Outcome) -> None:
    """What has to come out of every outage."""
    found = outcome.lost, outcome.doubled, outcome.wrongly_told, outcome.repeated
    assert found == (0, 0, 0, {}), f"lost, doubled, wrongly told, said more than once: {found}"


def nobody_had_to_try_again(outcome: Outcome) -> None:
    """Whatever becomes of Kafka, events are taken at the first attempt."""
    assert outcome.tried_again == 0, f"{outcome.tried_again} of {outcome.accepted} events were not taken at once"


def all_have_said_it(outcome: Outcome) -> None:
    """An outage that stops everybody is in everybody's log."""
    assert min(outcome.said) >= 1, f"lines of warnings in the log of each service: {outcome.said}"
