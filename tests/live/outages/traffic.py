"""Senders that do as senders are told: each event is sent again, with the same id, until it is accepted."""

import asyncio
import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import httpx

from touchline_contracts import new_event
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted

STORE = "riga-1"
SENDERS = 24
PAUSE_SECONDS = 0.2
"""Each sender's, after each event: together they send about a hundred in a second."""
RETRY_SECONDS = 0.2
EVENTS_PER_JOURNEY = 15
ACCEPTED_SECONDS = 120.0
HEADERS = {"content-type": "application/cloudevents+json"}


@dataclass(frozen=True)
class Accepted:
    """An event that a service has answered with 202."""

    id: str
    journey: str
    first_sent: float
    """On the monotonic clock."""
    attempts: int


class Traffic:
    """Many senders at once. Use as an asynchronous context manager: all they have begun is accepted in the end."""

    def __init__(self, name: str, url: str) -> None:
        self.accepted: list[Accepted] = []
        self._name = name
        self._http = httpx.AsyncClient(
            base_url=url, timeout=15.0, headers=HEADERS, limits=httpx.Limits(max_keepalive_connections=SENDERS)
        )
        self._ending = asyncio.Event()
        self._senders: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._senders = [asyncio.create_task(self._send(number)) for number in range(SENDERS)]
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self._ending.set()
        if kind is not None:
            for sender in self._senders:
                sender.cancel()
        try:
            async with asyncio.timeout(ACCEPTED_SECONDS):
                await asyncio.gather(*self._senders, return_exceptions=kind is not None)
        finally:
            await self._http.aclose()

    async def more(self, count: int) -> None:
        """Return once so many more events have been accepted than by now."""
        wanted = len(self.accepted) + count
        async with asyncio.timeout(ACCEPTED_SECONDS):
            while len(self.accepted) < wanted:
                await asyncio.sleep(0.02)

    async def _send(self, sender: int) -> None:
        for number in itertools.count():
            # Every other sender has one long journey, which outlasts the outage and passes from worker to worker.
            journey = f"{self._name}-{sender}-{number // EVENTS_PER_JOURNEY if sender % 2 else 'long'}"
            self.accepted.append(await self._until_accepted(journey, f"{self._name}-{sender}-{number}"))
            if self._ending.is_set():
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _until_accepted(self, journey: str, id_: str) -> Accepted:
        data = CustomerGreeted(manner=4) if not id_.endswith("0") else CustomerArrived(channel="door")
        event = new_event(data, id=id_, source="/door", store=STORE, subject=journey, time=datetime.now(UTC))
        first_sent = time.monotonic()
        for attempt in itertools.count(1):
            try:
                answer = await self._http.post("/v1/events", content=event.to_json())
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == httpx.codes.ACCEPTED:
                    return Accepted(id_, journey, first_sent, attempt)
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            await asyncio.sleep(RETRY_SECONDS)
        raise AssertionError("counting never ends")
