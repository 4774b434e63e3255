"""What is known of the day so far, from what the services say: the numbers behind the screen and the summary."""

from dataclasses import dataclass, field
from datetime import datetime

from services.commands.demo.day import STORES
from touchline_contracts import AnyEvent
from touchline_contracts.alerts import (
    AlertClosed,
    AlertEscalated,
    AlertOpened,
    AlertResolved,
    AlertRetracted,
    NoticeGiven,
)
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.store_alerts import (
    StoreAlertClosed,
    StoreAlertEscalated,
    StoreAlertOpened,
    StoreAlertResolved,
    StoreAlertRetracted,
)

MOST_NEWS = 12
"""Lines of news on the screen."""

News = tuple[datetime, str, str, str]
"""When, in which store, how it is to be shown, and what."""


@dataclass
class StoreView:
    """One store as its manager would see it."""

    open: int = 0
    closed: int = 0
    mean_kv: float | None = None
    promises_open: int = 0
    alerts_open: int = 0


@dataclass
class Board:
    """Everything heard so far."""

    evaluations: dict[tuple[str, str], AnyEvent] = field(default_factory=dict)
    alerts_open: dict[str, AnyEvent] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    grades: dict[str, str] = field(default_factory=dict)
    retracted: int = 0
    escalated: int = 0
    news: list[News] = field(default_factory=list)
    first_alert_at: datetime | None = None

    def hear(self, event: AnyEvent) -> None:
        """Take in an evaluation or a step of an alert."""
        data = event.data
        if isinstance(data, JourneyEvaluated):
            self.evaluations[event.store, event.subject or ""] = event
        elif isinstance(data, AlertOpened | StoreAlertOpened):
            self.opened.add(data.alert_id)
            self.alerts_open[data.alert_id] = event
            call = f" Call {data.call.replace('_', ' ')}." if data.call else ""
            self.say(event.time, event.store, f"WARNING: {data.headline}.{call}", "yellow")
        elif isinstance(data, AlertEscalated | StoreAlertEscalated):
            self.escalated += 1
            self.alerts_open[data.alert_id] = event
            self.say(event.time, event.store, f"ESCALATED: {data.headline}.", "bold red")
        elif isinstance(data, AlertRetracted | StoreAlertRetracted):
            self.retracted += 1
            self.alerts_open.pop(data.alert_id, None)
            self.say(event.time, event.store, "Alert withdrawn: late news shows there was no ground for it.", "dim")
        elif isinstance(data, AlertClosed | StoreAlertClosed):
            self.alerts_open.pop(data.alert_id, None)
            self.say(event.time, event.store, "Somebody has closed the alert.", "dim")
        elif isinstance(data, StoreAlertResolved):
            self.alerts_open.pop(data.alert_id, None)
            self.say(event.time, event.store, "Nothing is left to do about the store.", "green")
        elif isinstance(data, NoticeGiven):
            self.say(event.time, event.store, f"GOOD NEWS: {data.headline}.", "bold green")
        elif isinstance(data, AlertResolved):
            self.alerts_open.pop(data.alert_id, None)
            self.grades[data.alert_id] = data.grade
            words = {
                "pending": ("The danger is over; the alert is resolved.", "green"),
                "saved": ("SAVED: the alerted journey ended as it should.", "bold green"),
                "lost": ("LOST: the customer went away disappointed.", "red"),
            }[data.grade]
            self.say(event.time, event.store, *words)

    def say(self, at: datetime, store: str, words: str, style: str = "") -> None:
        """Add a line of news."""
        self.news.append((at, store, style, words))

    def view(self, store: str) -> StoreView:
        """How a store stands."""
        view = StoreView()
        kvs = []
        for (its_store, _), event in self.evaluations.items():
            if its_store != store:
                continue
            if event.data.journey_state == "closed":
                view.closed += 1
                kvs.append(event.data.kv)
            else:
                view.open += 1
            view.promises_open += sum(line.state in ("made", "confirmed", "declined") for line in event.data.lines)
        view.mean_kv = sum(kvs) / len(kvs) if kvs else None
        view.alerts_open = sum(event.store == store for event in self.alerts_open.values())
        return view

    @property
    def saves(self) -> int:
        """Alerted journeys that ended well all the same."""
        return sum(grade == "saved" for grade in self.grades.values())

    @property
    def losses(self) -> int:
        """Alerted journeys that did not."""
        return sum(grade == "lost" for grade in self.grades.values())

    def stores(self) -> dict[str, StoreView]:
        """All stores."""
        return {store: self.view(store) for store in STORES}
