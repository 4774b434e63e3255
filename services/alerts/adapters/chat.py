"""Chat and telephone services, by Apprise: each step of an alert as a short message, off the event loop, in time."""

import asyncio
import json
from contextlib import suppress
from datetime import tzinfo
from importlib import import_module
from threading import BoundedSemaphore, Thread
from typing import Any, Self

from services.alerts.adapters.digest import message_of
from services.alerts.delivery import Attempt, Delivery, Fate
from touchline_contracts.words import ENGLISH

TOTAL_SECONDS = 15.0
"""For one attempt. Apprise itself waits 4 s for a connection, and 4 s for each part of an answer."""
MOST_UNDER_WAY = 8
"""Threads, those included that nobody waits for any more: they cannot be stopped, so there must not be too many."""
WORKER = "services.alerts.adapters.notifying"
"""Imported by the first message: a service that uses no Apprise starts without it."""


class ChatChannel:
    """Sends through Apprise. Implements `ports.Channel`; use as an asynchronous context manager."""

    def __init__(
        self,
        url: str,
        zone: tzinfo,
        *,
        language: str = ENGLISH,
        name: str = "apprise",
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`url` is one of Apprise's, and a secret. `name` stays the same for ever."""
        self.name = name
        # What follows is what keeps strangers out, wherever it stands: it is never shown.
        self.where = f"{url.partition('://')[0]} by Apprise"
        self._url, self._zone, self._language, self._total_seconds = url, zone, language, total_seconds
        self._room = BoundedSemaphore(MOST_UNDER_WAY)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Threads that still hang end with the process."""

    async def send(self, delivery: Delivery) -> Attempt:
        """Send once."""
        if not self._room.acquire(blocking=False):
            return Attempt(fate=Fate.REFUSED, why="earlier messages still hang")
        title, _, body = message_of(delivery.body, self._zone, self._language).chat.partition("\n")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Attempt] = loop.create_future()

        def settle(attempt: Attempt) -> None:
            if not outcome.done():
                outcome.set_result(attempt)

        def work() -> None:
            attempt = self._attempt(title, body, _kind(delivery))
            self._room.release()
            with suppress(RuntimeError):  # nobody waits any more: the loop has ended
                loop.call_soon_threadsafe(settle, attempt)

        # A daemon: one that hangs must not keep the process from ending.
        Thread(target=work, name=self.name, daemon=True).start()
        try:
            async with asyncio.timeout(self._total_seconds):
                return await outcome
        except TimeoutError:
            return Attempt(fate=Fate.REFUSED, why=f"no answer within {self._total_seconds:g} s")

    def _attempt(self, title: str, body: str, kind: str) -> Attempt:
        try:
            notified = import_module(WORKER).notify(self._url, title, body, kind)
        except Exception as error:  # noqa: BLE001  # whatever one of its many services raises
            return Attempt(fate=Fate.REFUSED, why=f"Apprise has failed ({type(error).__name__})")
        # Those that took it would get it twice, were it tried again for the others.
        return Attempt(fate=Fate.SENT if notified.somebody else Fate.REFUSED, why=notified.why)


def _kind(delivery: Delivery) -> str:
    """How a service marks the message."""
    account: dict[str, Any] = json.loads(delivery.body)["data"]
    if account["closed_at"]:
        return "success"
    if account.get("taken"):
        return "info"
    return "failure" if account["severity"] == "critical" else "warning"
