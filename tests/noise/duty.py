"""The alert service with people on call, in one thread: routes by a rota, and delivers as to one person.

`AlertProcess` has one phone for everybody. Here what is told goes where the service itself would send it; the phones
always take it.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from services.alerts.actions import Actions
from services.alerts.adapters.digest import KIND, digest_body
from services.alerts.adapters.instants import instant_or_none
from services.alerts.adapters.rota_file import read_rotas
from services.alerts.adapters.tables import ALERTS, DELIVERIES
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.delivery import Delivery, personal
from services.alerts.domain.action import acknowledge
from services.alerts.domain.alert import Act
from services.alerts.domain.pacing import Page, at_once
from services.alerts.domain.quiet import when_to_tell
from services.alerts.domain.repeating import Repeating
from services.alerts.domain.routing import Routing
from services.alerts.entrypoints.claiming import Claim, ToOnePerson
from services.alerts.entrypoints.repeating import AT_ONCE
from services.alerts.ports import Told
from services.alerts.usecases import Alerts
from tests.faults.simulated import Log
from tests.faults.simulation import AlertProcess

PAGE_URL = "http://127.0.0.1"
MANAGERS = {
    "shared": Path(__file__).with_name("rota.yaml"),
    "store": Path(__file__).with_name("rota_of_each_store.yaml"),
}
"""Who is on call: one manager for all three stores, or one in each."""
REPEATING = Repeating(every={"critical": timedelta(minutes=15)})
"""As the service is set when nobody says otherwise."""
LAST_RESORT = "owner"


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """An alert in a message."""

    alert_id: str
    store: str
    journey: str | None
    line: str
    calls: bool
    """Somebody has to act; else it is over."""
    taken: bool
    """Somebody had its cause: nobody was called for it."""
    kind: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A message on somebody's phone."""

    at: datetime
    person: str
    alerts: tuple[Named, ...]

    @property
    def is_page(self) -> bool:
        """It calls somebody. Else it says that something is over, or what has joined a cause that somebody has."""
        return any(each.calls and not each.taken for each in self.alerts)

    @property
    def is_quiet(self) -> bool:
        """It calls nobody, and names something that is to be done."""
        return not self.is_page and any(each.calls for each in self.alerts)


class OnDuty(AlertProcess):
    """The alert service, telling whoever is on call."""

    def __init__(
        self,
        log: Log,
        database: Path,
        *,
        managers: str = "shared",
        claim: Claim | None = None,
        drops: Callable[[Told], bool] = lambda _: False,
    ) -> None:
        """`managers`: one of `MANAGERS`.

        `claim`: how what waits is put into messages; as the service does unless told otherwise.
        """
        super().__init__(log, database)
        self.rotas = read_rotas(MANAGERS[managers])
        people = {person for rota in self.rotas.all for person in rota.people}
        self.channels = {personal("webhook", person): person for person in sorted(people)}
        self.routing = Routing(
            rota_of=self.rotas.of, first_channel={person: name for name, person in self.channels.items()}
        )
        self.claim: Claim = claim or ToOnePerson(partial(digest_body, page_url=PAGE_URL), self._not_before)
        self._drops = drops
        self.arrived: list[Arrived] = []
        self.alerts = Alerts(announce=alert_message, notify=self._notify, pass_on=notice_message, repeating=REPEATING)
        self.actions = Actions(announce=alert_message, notify=self._notify, repeating=REPEATING)

    def next_delivery_at(self) -> datetime | None:
        """When something becomes due for anybody."""
        waiting = DELIVERIES.c.state.in_(["pending", "sending"])
        return self._first(select(func.min(DELIVERIES.c.next_at)).where(waiting))

    def next_repeat_at(self) -> datetime | None:
        """When something is told again."""
        return self._first(select(func.min(ALERTS.c.repeat_at)).where(ALERTS.c.repeat_at.is_not(None)))

    def repeat(self, now: datetime) -> None:
        """Tell again what nobody has acknowledged."""
        while len(self.transact(lambda each: self.actions.repeat(each, now=now))) >= AT_ONCE:
            pass

    def take(self, alert_id: str, person: str, now: datetime) -> None:
        """Somebody acknowledges an alert; nothing where it has ended."""
        act = Act(by=person, at=now)
        self.transact(lambda each: self.actions.act(each, alert_id, lambda alert: acknowledge(alert, act), now=now))

    def deliver_to_people(self, now: datetime) -> list[Arrived]:
        """Send everybody what is due. Returns what has arrived."""
        return [message for channel in self.channels for message in self._deliver_through(channel, now)]

    def _deliver_through(self, channel: str, now: datetime) -> list[Arrived]:
        found = []
        while messages := self.transact(lambda each: self.claim(each, channel, now, room=1, under_way=())):
            for message in messages:
                self.transact(lambda each, members=message.members: _note(each, members, now))
                found.append(Arrived(at=now, person=self.channels[channel], alerts=named_in(message.delivery.body)))
        self.arrived += found
        return found

    def _notify(self, told: Told, told_before: Collection[str]) -> Sequence[Delivery]:
        if self._drops(told):
            return []
        channels = self.routing.channels(told.step, told.case.alert, told.at, told_before)
        return deliveries(told, channels, PAGE_URL, now=told.at)

    def _not_before(self, page: Page, now: datetime) -> datetime:
        rota = self.rotas.of(page.store)
        if rota is None:
            return at_once(page, now)
        return when_to_tell("critical" if page.critical else "warning", now, None, rota.hours)

    def _first(self, query: Any) -> datetime | None:
        with self.engine.begin() as connection:
            return instant_or_none(connection.execute(query).scalar())


def named_in(body: bytes) -> tuple[Named, ...]:
    """What the body of a message names."""
    content = json.loads(body)
    steps = content["data"]["alerts"] if content["type"] == KIND else [content]
    return tuple(_named(each["type"], each["data"]) for each in steps)


def _named(kind: str, data: dict[str, Any]) -> Named:
    return Named(
        alert_id=data["alert_id"],
        store=data["store"],
        journey=data["journey"],
        line=data["line"],
        calls=data["closed_at"] is None,
        taken=data.get("taken", False),
        kind=kind,
        until=data["until"] and datetime.fromisoformat(data["until"]),
    )


def _note(transaction: Any, members: Sequence[Delivery], now: datetime) -> None:
    for each in members:
        transaction.delivered(each.delivery_id, at=now)
