"""What makes one touchpoint service different from the others: its name, its words for integrators, its examples."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any, Literal

from pydantic_core import from_json

from services.touchpoints.ports import DEFAULT_PORTS
from touchline_contracts import BY_DATA, Kind, new_event, told_by
from touchline_contracts.fields import Fields

Name = Literal["greeting", "handoff", "delivery", "cleanliness", "promises", "recovery", "feedback"]

EXAMPLE_TIME = datetime(2026, 11, 21, 14, 0, tzinfo=timezone(timedelta(hours=2)))
"""When the examples happen: a Saturday afternoon in Riga."""


@dataclass(frozen=True, kw_only=True)
class TouchpointService:
    """One touchpoint service. It takes the kinds that its name may tell, and no other."""

    name: Name
    title: str
    description: str
    """For integrators, in Markdown: what to tell, and when."""
    examples: tuple[Fields, ...]
    """The data of an example for each kind, the most common first."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of event that this service takes."""
        return told_by(self.name)

    @property
    def default_port(self) -> int:
        """Where it listens unless told otherwise."""
        return DEFAULT_PORTS[self.name]

    @cached_property
    def example_events(self) -> dict[str, dict[str, Any]]:
        """A whole event for each type, as a store system would send it: without what Touchline sets."""
        return {
            BY_DATA[type(data)].type: self._example_event(data, number) for number, data in enumerate(self.examples)
        }

    def _example_event(self, data: Fields, number: int) -> dict[str, Any]:
        event = new_event(
            data,
            id=f"example-{self.name}-{number + 1}",
            source=f"/riga-1/{self.name}",
            store="riga-1",
            time=EXAMPLE_TIME + timedelta(minutes=5 * number),
            subject=None if BY_DATA[type(data)].scope == "store" else "visit-1042",
        )
        written: dict[str, Any] = from_json(event.to_json())
        return {name: value for name, value in written.items() if name not in {"partitionkey", "replay"}}
