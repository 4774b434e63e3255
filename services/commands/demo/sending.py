"""How the simulated stores tell what happens: over HTTP, as a store system would."""

import asyncio
from collections import defaultdict
from datetime import datetime
from itertools import count

import httpx

from services.commands.machine import Machine
from touchline_contracts import BY_DATA, AnyEvent, new_event
from touchline_contracts.fields import Fields

TRIES = 5
PAUSE_SECONDS = 0.5
NDJSON = {"content-type": "application/x-ndjson"}


class StoreSystems:
    """Posts events to the touchpoint services; sends again, with the same ids, what was not accepted."""

    def __init__(self, machine: Machine, client: httpx.AsyncClient) -> None:
        self._machine, self._client = machine, client
        self._numbers = count(1)
        self.accepted = 0
        """How many events were accepted."""

    async def tell(self, store: str, journey: str, *happened: tuple[datetime, Fields]) -> None:
        """Tell what happened in a journey. Raises RuntimeError when a service refuses it or does not answer."""
        by_service: dict[str, list[AnyEvent]] = defaultdict(list)
        for time, data in happened:
            event = new_event(
                data,
                id=f"{journey}-{next(self._numbers)}",
                source=f"/{store}/demo",
                store=store,
                subject=journey,
                time=time,
            )
            by_service[BY_DATA[type(data)].teller].append(event)
        for service, events in by_service.items():
            await self._post(service, events)
            self.accepted += len(events)

    async def _post(self, service: str, events: list[AnyEvent]) -> None:
        body = b"\n".join(event.to_json() for event in events)
        answer = "no answer"
        for _ in range(TRIES):
            try:
                response = await self._client.post(
                    f"{self._machine.url(service)}/v1/events", content=body, headers=NDJSON
                )
            except httpx.HTTPError as error:
                answer = repr(error)
            else:
                if response.status_code == httpx.codes.ACCEPTED:
                    return
                answer = response.text
            await asyncio.sleep(PAUSE_SECONDS)
        raise RuntimeError(f"the {service} service does not accept what happened: {answer}")
