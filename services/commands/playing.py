"""Playing a story through the whole path, step by step, and what is known of each branch when it is over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.commands.stories import Branch, Story
from services.commands.whole import Whole
from touchline_contracts import AnyEvent
from touchline_contracts.evaluations import JourneyEvaluated


@dataclass(frozen=True)
class Moment:
    """Something that was seen while a story was played: a step, or what the alert service said."""

    at: datetime
    branch: str
    words: str
    is_alert: bool = False


@dataclass
class Played:
    """A story that has been played."""

    story: Story
    moments: list[Moment] = field(default_factory=list)
    evaluations: dict[str, JourneyEvaluated] = field(default_factory=dict)
    """The last evaluation of each branch."""
    alerts: dict[str, list[AnyEvent]] = field(default_factory=dict)
    """Every step of every alert of each branch, in order."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What reached the manager's phone."""

    def steps(self, branch: str) -> list[str]:
        """The steps of a branch's alerts, such as opened, escalated, resolved."""
        return [event.kind.name.removeprefix("alert.") for event in self.alerts[branch] if event.kind is not None]

    def grade(self, branch: str) -> str | None:
        """What became of a branch's alerts: saved, lost, or None without one."""
        grades = [event.data.grade for event in self.alerts[branch] if hasattr(event.data, "grade")]
        return grades[-1] if grades else None


async def play_story(story: Story, services: Whole, tell: Callable[[Moment], None] = lambda _: None) -> Played:
    """Play all branches of a story side by side. The clock of `services` must not be past the story's first step."""
    played = Played(story)
    names = {story.journey(branch): branch.name for branch in story.branches}
    heard = 0

    def note(moment: Moment) -> None:
        played.moments.append(moment)
        tell(moment)

    def hear() -> None:
        nonlocal heard
        for event in services.watcher.alerts[heard:]:
            if event.subject in names:
                note(Moment(event.time, names[event.subject], _alert_in_words(event), is_alert=True))
        heard = len(services.watcher.alerts)

    steps: list[tuple[datetime, Branch, str, AnyEvent]] = sorted(
        ((event.time, branch, step.words, event) for branch in story.branches for step, event in story.events(branch)),
        key=lambda each: (each[0], each[1].name),
    )
    for at, branch, words, event in steps:
        await services.turn_to(at)
        hear()
        await services.post(event)
        note(Moment(at, branch.name, words))
        hear()
    await services.turn_to(story.at(story.until))
    hear()
    for branch in story.branches:
        journey = story.journey(branch)
        played.evaluations[branch.name] = services.watcher.evaluations[story.store, journey].data
        played.alerts[branch.name] = [event for event in services.watcher.alerts if event.subject == journey]
    played.messages = [each for each in services.phone.messages if each["data"]["journey"] in names]
    return played


def _alert_in_words(event: AnyEvent) -> str:
    data = event.data
    kind = event.kind.name if event.kind is not None else event.type
    if kind in ("alert.opened", "alert.escalated"):
        what = "WARNING" if kind == "alert.opened" else "ESCALATED"
        call = f" Call {data.call.replace('_', ' ')}." if data.call else ""
        return f"{what} {data.headline}.{call}"
    if kind == "alert.resolved":
        return {
            "pending": "resolved: the danger is over",
            "saved": "SAVED: the journey ended well all the same",
            "lost": "LOST: the customer went away disappointed",
        }[data.grade]
    return kind.removeprefix("alert.")
