"""The form of a story: branches that share a beginning, each one customer's journey."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from touchline_contracts import AnyEvent, new_event
from touchline_contracts.fields import Fields


@dataclass(frozen=True)
class Step:
    """Something that happens at a time of the story's day. `words` tell it to people."""

    time: str
    """HH:MM or HH:MM:SS."""
    words: str
    data: Fields


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One way the story can go."""

    name: str
    words: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """A story: where it happens, under which concept, and how it can go."""

    name: str
    title: str
    concept: str
    """File name in deploy/concepts, without ending."""
    store: str
    day: str
    """The date on which it is played: YYYY-MM-DD."""
    until: str
    """The time by which everything is over, HH:MM."""
    branches: tuple[Branch, ...]

    def at(self, time: str) -> datetime:
        """A time of the story's day."""
        return datetime.fromisoformat(f"{self.day}T{time}").replace(tzinfo=UTC)

    def journey(self, branch: Branch) -> str:
        """The journey id of a branch."""
        return f"{self.name}-{branch.name}"

    def events(self, branch: Branch) -> Iterator[tuple[Step, AnyEvent]]:
        """The steps of a branch with their events, in order."""
        for number, step in enumerate(branch.steps, 1):
            yield (
                step,
                new_event(
                    step.data,
                    id=f"{self.journey(branch)}-{number}",
                    source=f"/{self.store}/story",
                    store=self.store,
                    subject=self.journey(branch),
                    time=self.at(step.time),
                ),
            )
