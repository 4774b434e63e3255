"""The warehouse story as store systems tell it: over HTTP, at its own hours, again until it is taken."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from services.chassis.clock import ScaledClock
from services.commands.stories import Branch
from services.commands.stories.times import at
from services.commands.stories.warehouse import WAREHOUSE
from tests.compose.installation import Failed
from touchline_contracts import AnyEvent, new_event
from touchline_contracts.greeting import CustomerArrived

SPEED = 120
"""So many seconds of the story pass in one of ours: two minutes a second."""
BEGINS = "10:50"
PATIENCE_SECONDS = 240.0
"""Everything comes about within seconds, where a machine is not busy with other things."""
CLOUDEVENT = {"content-type": "application/cloudevents+json"}


@dataclass(frozen=True)
class Moment:
    """Something that happens in one of the story's branches."""

    at: datetime
    branch: str
    words: str
    event: AnyEvent


def _moved() -> timedelta:
    """From the story's day to tomorrow: concepts hold from their publication on, and that is today."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    return timedelta(days=(tomorrow - at(BEGINS).date()).days)


class Day:
    """The day on which the story happens, and the clock that all containers share with us."""

    def __init__(self, *, seconds_ahead: float) -> None:
        """The story begins after `seconds_ahead` of ours."""
        self._moved = _moved()
        since = datetime.now(UTC) + timedelta(seconds=seconds_ahead)
        self.clock = ScaledClock(start=self.at(BEGINS), since=since, speed=SPEED)

    def at(self, hour: str) -> datetime:
        """A time of the day, HH:MM."""
        return at(hour) + self._moved

    def moments(self, *, after: str = "00:00", until: str = "23:59") -> list[Moment]:
        """What happens later than one hour and not later than another, in order."""
        moments = (each for branch in WAREHOUSE.branches for each in self._moments(branch))
        chosen = (each for each in moments if self.at(after) < each.at <= self.at(until))
        return sorted(chosen, key=lambda each: each.at)

    def _moments(self, branch: Branch) -> Iterator[Moment]:
        for step, event in WAREHOUSE.events(branch, store=WAREHOUSE.store, later=self._moved):
            yield Moment(event.time, branch.name, step.words, event)

    def ignored_customer(self, name: str) -> AnyEvent:
        """Somebody comes in now. If nobody greets them the manager hears of it, by the clock alone."""
        return new_event(
            CustomerArrived(channel="door"),
            id=name, source="/riga-1/door", store=WAREHOUSE.store, subject=name, time=self.clock.now(),
        )  # fmt: skip

    def wait_until(self, instant: datetime) -> None:
        """Return once the clock shows it."""
        time.sleep(max((instant - self.clock.now()).total_seconds() / SPEED, 0.0))

    def seconds_after(self, hour: str, instant: datetime) -> float:
        """How much later than an hour something happened, in our seconds."""
        return (instant - self.at(hour)).total_seconds() / SPEED


class StoreSystem:
    """Hands events to the touchpoint service that takes them, wherever `urls` says it is at the moment."""

    def __init__(self, client: httpx.Client, urls: dict[str, str]) -> None:
        self._client = client
        self._urls = urls

    def tell(self, event: AnyEvent) -> httpx.Response:
        """Hand in an event once."""
        kind = event.kind
        if kind is None:
            raise ValueError(f"no service takes {event.type}")
        return self._client.post(f"{self._urls[kind.teller]}/v1/events", content=event.to_json(), headers=CLOUDEVENT)

    def tell_until_taken(self, event: AnyEvent) -> float:
        """Hand in an event, the same again while the service cannot take it. Returns the seconds; raises Failed."""
        began = time.monotonic()
        while True:
            answer = self.tell(event)
            if answer.status_code == httpx.codes.ACCEPTED:
                return time.monotonic() - began
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() - began > PATIENCE_SECONDS:
                raise Failed(f"{event.type} is not taken: {answer.status_code} {answer.text}")
            time.sleep(0.2)
