"""The form of a story: what happens in each of its branches, and what has to come out. `docs/stories.md` says how."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from services.commands.stories.expected import Expected
from services.commands.stories.times import at, moved
from touchline_contracts import AnyEvent, new_event
from touchline_contracts.fields import Fields

STORE: Final = "*"
"""`who` of what has no customer: it holds for everybody in the store."""


@dataclass(frozen=True)
class Step:
    """Something that happens. `words` tell it to people. The same step twice is the same event, told twice."""

    time: str
    """HH:MM or HH:MM:SS; `+1 09:00` is a day later, `-365 09:00` a year before."""
    words: str
    data: Fields
    who: str = ""
    """Which customer, where a branch has several; `STORE`: the whole store."""
    arrives: str = ""
    """When Touchline hears of it, where that is later than it happened."""
    replay: bool = False
    """It is fed in as history."""

    @property
    def heard(self) -> str:
        """When Touchline hears of it."""
        return self.arrives or self.time


@dataclass(frozen=True)
class Look:
    """Somebody looks at a page of a service; what it says then is kept under `name` for what is expected."""

    time: str
    words: str
    name: str
    path: str
    service: str = "alerts"
    who: str = ""
    """Nobody in particular."""

    @property
    def heard(self) -> str:
        """When somebody looks."""
        return self.time


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One way the story can go: a world of its own, played in a store of its own."""

    name: str
    words: str
    steps: tuple[Step | Look, ...]
    concept: str = ""
    """The service concept, where it is not the story's."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A story: where it happens, under which concept, how it can go, and what has to come out."""

    name: str
    title: str
    concept: str
    """File name in deploy/concepts, without ending."""
    store: str
    until: str
    """The time by which everything is over."""
    branches: tuple[Branch, ...]
    expected: tuple[Expected, ...]

    def concept_of(self, branch: Branch) -> str:
        """The service concept that holds in a branch."""
        return branch.concept or self.concept

    def store_of(self, branch: Branch) -> str:
        """The store in which a branch is played."""
        return f"{self.store}-{branch.name}"

    def journey(self, branch: Branch, who: str = "") -> str:
        """The journey id of a customer."""
        return "-".join(part for part in (self.name, branch.name, who.replace(" ", "-")) if part)

    def customers(self, branch: Branch) -> list[str]:
        """`who` of everybody who has a journey, in the order in which they appear."""
        named = [step.who for step in branch.steps if isinstance(step, Step) and step.who != STORE]
        return list(dict.fromkeys(named))

    def events(
        self, branch: Branch, *, store: str = "", later: timedelta = timedelta()
    ) -> Iterator[tuple[Step, AnyEvent]]:
        """The steps of a branch with their events, in order: in another store if need be, and so much later."""
        store = store or self.store_of(branch)
        known: list[Step] = []
        for step in branch.steps:
            if isinstance(step, Look):
                continue
            told = replace(step, arrives="")
            if told not in known:
                known.append(told)
            yield (
                step,
                new_event(
                    moved(step.data, later),
                    id=f"{self.journey(branch)}-{known.index(told) + 1}",
                    source=f"/{store}/story",
                    store=store,
                    subject=None if step.who == STORE else self.journey(branch, step.who),
                    time=at(step.time) + later,
                    replay=step.replay,
                ),
            )
