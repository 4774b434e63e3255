"""Two managers with a telephone each, the use cases on a store, and a clock that is moved by hand."""

import json
from datetime import timedelta
from functools import partial

from services.alerts.actions import Actions
from services.alerts.adapters.database import StoredTransaction
from services.alerts.adapters.digest import digest_body
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.alert import Act, Snooze, alert_id
from services.alerts.domain.pacing import GATHERED
from services.alerts.domain.repeating import Repeating
from services.alerts.domain.taken import LOOKS_AGAIN
from services.alerts.entrypoints.claiming import ToOnePerson
from services.alerts.usecases import Alerts
from tests.alerts.builders import NOON, STORE, evaluated, finding

ANNA, BORIS = "email:anna", "email:boris"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
DIRTY = finding("cleanliness/restroom", reason="failed", headline="The restroom is dirty", until=None)
WAITS = finding("greeting", reason="late", headline="A customer waits at the door", until=None)
LOOK = LOOKS_AGAIN + MINUTE
"""By then it was looked again, and the next message can go out."""


class Duty:
    """Two managers with a phone each, and the use cases on a store of their own."""

    def __init__(self, store: StoredTransaction) -> None:
        self.store, self.now, self.version = store, NOON, 0
        self.told_to = [ANNA]
        telling = {
            "announce": alert_message,
            "notify": lambda told, before: deliveries(told, {*self.told_to, *before}, "https://a", now=told.at),
            "repeating": Repeating(every={"critical": 15 * MINUTE}),
        }
        self.alerts, self.actions = Alerts(**telling, pass_on=notice_message), Actions(**telling)
        self.take = ToOnePerson(partial(digest_body, page_url="https://a"))

    def find(self, journey, found=DIRTY, **changes):
        self.version += 1
        found = [found] if found else []
        self.alerts.take_in(
            self.store, [evaluated(*found, journey=journey, version=self.version, **changes)], now=self.now
        )

    def do(self, action, journey="visit-1", found=DIRTY, **more):
        act = (Snooze if more else Act)(by="anna", at=self.now, **more)
        self.actions.act(self.store, alert_id(STORE, journey, found.line), lambda each: action(each, act), now=self.now)

    def passes(self, span):
        """Time; what is told again at its end has been gathered by then."""
        self.now += span - GATHERED
        self.actions.repeat(self.store, now=self.now)
        self.now += GATHERED

    def claims(self, channel=ANNA):
        return self.take(self.store, channel, self.now, room=8, under_way=())

    def hears(self, channel=ANNA):
        """What arrives by now: for each message whether it calls, and which journeys it names."""
        heard = []
        while messages := self.claims(channel):
            for message in messages:
                for each in message.members:
                    self.store.delivered(each.delivery_id, at=self.now)
                data = json.loads(message.delivery.body)["data"]
                named = [each["data"] for each in data["alerts"]] if "alerts" in data else [data]
                calls = data["closed_at"] is None and not data.get("taken")
                heard.append((calls, sorted(each["journey"] for each in named)))
        return heard
