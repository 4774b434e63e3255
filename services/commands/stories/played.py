"""What is known of a story when it has been played: how each journey ended, and who was told what when."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.commands.stories.times import at
from touchline_contracts import AnyEvent
from touchline_contracts.evaluations import JourneyEvaluated, LedgerLine
from touchline_contracts.stores import StoreEvaluated


class NotThere(LookupError):
    """What was asked for has not happened. Says what, and in which branch."""


@dataclass(frozen=True)
class Ending:
    """How a journey ended. Alerts are the events of the alert service, so `opened.time` and `opened.data.call`."""

    journey: str
    evaluation: JourneyEvaluated
    """The last one."""
    alerts: tuple[AnyEvent, ...]
    """Every step of every alert, in order."""
    messages: tuple[dict[str, Any], ...]
    """What reached the manager's phone."""
    notices: tuple[AnyEvent, ...] = ()
    """Good news, which calls nobody."""

    @property
    def kv(self) -> float:
        """The evaluation: 1 is as expected."""
        return self.evaluation.kv

    @property
    def adequate(self) -> float:
        """The KV below which the customer is let down."""
        return self.evaluation.adequate

    @property
    def steps(self) -> list[str]:
        """The steps of its alerts, such as opened, escalated, resolved."""
        return steps_of(self.alerts)

    @property
    def grade(self) -> str | None:
        """What became of its alerts: saved, lost, pending, or None without one that stood."""
        grades = [getattr(event.data, "grade", None) for event in self.alerts if not hasattr(event.data, "headline")]
        return grades[-1] if grades else None

    @property
    def opened(self) -> AnyEvent:
        """The first warning."""
        return self.alert("opened")

    @property
    def escalated(self) -> AnyEvent:
        """The first escalation."""
        return self.alert("escalated")

    def alert(self, step: str, line: str = "") -> AnyEvent:
        """The first such step of an alert about a line whose name begins so."""
        return first_alert(self.alerts, step, line, where=self.journey)

    def line(self, name: str) -> LedgerLine:
        """The first line of the ledger whose name begins so."""
        for line in self.evaluation.lines:
            if line.line.startswith(name):
                return line
        raise NotThere(f"{self.journey}: no line {name} in the ledger")

    def experienced(self, name: str) -> float | None:
        """KP of the first line whose name begins so."""
        outcome = self.line(name).outcome
        return None if outcome is None else outcome.value


@dataclass
class Played:
    """A story that has been played: `played["a"]` is the journey of branch a, `played["a", "late"]` one of several."""

    later: timedelta
    """How much later than it is told of the story was played."""
    endings: dict[tuple[str, str], Ending] = field(default_factory=dict)
    """By branch and customer."""
    of_store: dict[str, tuple[AnyEvent, ...]] = field(default_factory=dict)
    """By branch, what was told of its store and not of a journey."""
    stores: dict[str, StoreEvaluated] = field(default_factory=dict)
    """By branch, how its store as a whole stands."""
    messages: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    """By branch, what reached the manager's phone of its store and of all journeys there."""
    pages: dict[tuple[str, str], str] = field(default_factory=dict)
    """By branch and name, what somebody saw who looked."""

    def __getitem__(self, key: str | tuple[str, str]) -> Ending:
        branch, who = (key, "") if isinstance(key, str) else key
        found = self.endings.get((branch, who))
        if found is None:
            raise NotThere(f"branch {branch}: nothing is known of {who or 'its journey'}")
        return found

    def store(self, branch: str) -> StoreEvaluated:
        """How the store of a branch stands as a whole."""
        found = self.stores.get(branch)
        if found is None:
            raise NotThere(f"branch {branch}: nothing is known of its store as a whole")
        return found

    def store_alert(self, branch: str, step: str, line: str = "") -> AnyEvent:
        """The first such step of an alert about a line of the store whose name begins so."""
        return first_alert(self.of_store[branch], step, line, where=f"store of branch {branch}")

    def at(self, time: str) -> datetime:
        """A time of the story, as it was played."""
        return at(time) + self.later

    def page(self, branch: str, name: str) -> str:
        """What somebody saw who looked."""
        found = self.pages.get((branch, name))
        if found is None:
            raise NotThere(f"branch {branch}: nobody looked at {name}")
        return found


def steps_of(alerts: tuple[AnyEvent, ...]) -> list[str]:
    """The steps of alerts, such as opened, escalated, resolved."""
    return [event.kind.name.rpartition(".")[2] for event in alerts if event.kind is not None]


def first_alert(alerts: tuple[AnyEvent, ...], step: str, line: str = "", *, where: str) -> AnyEvent:
    """The first such step of an alert about a line whose name begins so. Raises NotThere."""
    for event in alerts:
        if steps_of((event,)) == [step] and getattr(event.data, "line", "").startswith(line):
            return event
    raise NotThere(f"{where}: no alert was {step}" + (f" about {line}" if line else ""))
