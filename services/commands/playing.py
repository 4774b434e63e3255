"""Playing a story through the whole path, instant by instant, and keeping what is known when it is over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from services.alerts.domain.wording import plain
from services.commands.concept_files import CONCEPTS
from services.commands.stories import Branch, Ending, Look, Played, Step, Story
from services.commands.stories.times import at, spoken
from services.commands.whole import Whole
from touchline_contracts import AnyEvent
from touchline_contracts.alerts import NoticeGiven


@dataclass(frozen=True)
class Moment:
    """Something that was seen while a story was played: a step, or what the alert service said."""

    time: str
    """As the story says it."""
    branch: str
    who: str
    words: str
    is_alert: bool = False


Tell = Callable[[list[Moment]], None]
"""Told what is seen at an instant."""
_Due = tuple[datetime, Branch, Step | Look, AnyEvent | None]
"""What is to happen when in which branch; with its event, unless somebody only looks."""


async def play_story(story: Story, services: Whole, tell: Tell = lambda _: None) -> Played:
    """Play all branches of a story side by side, on the first day that the clock of `services` has not reached."""
    played = Played(_later(story, services.clock.now()))
    for branch in story.branches:
        await services.publish(CONCEPTS / f"{story.concept_of(branch)}.yaml", story.store_of(branch))
    heard = len(services.watcher.alerts)

    def hear() -> None:
        nonlocal heard
        tell(_alert_moments(story, services.watcher.alerts[heard:], played.later))
        heard = len(services.watcher.alerts)

    for instant, group in groupby(_in_order(story, played.later), key=lambda each: each[0]):
        await services.turn_to(instant)
        hear()
        due = list(group)
        await services.post(*(event for _, _, _, event in due if event is not None))
        tell([Moment(step.heard, branch.name, step.who, step.words) for _, branch, step, _ in due])
        hear()
        for _, branch, step, _ in due:
            if isinstance(step, Look):
                answer = await services.page(step.path, step.service)
                played.pages[branch.name, step.name] = answer.text
    await services.turn_to(at(story.until) + played.later)
    hear()
    for branch in story.branches:
        _keep(story, branch, services, played)
    return played


def alert_in_words(event: AnyEvent) -> str:
    """What the alert service said, in a few words."""
    data = event.data
    kind = event.kind.name if event.kind is not None else event.type
    if kind == "notice.given":
        return plain(f"GOOD NEWS {data.headline}")
    kind = kind.removeprefix("store_")
    if kind in ("alert.opened", "alert.escalated"):
        what, remedy = (data.severity.upper(), f" {data.remedy}") if kind == "alert.opened" else ("ESCALATED", "")
        call = f" Call: {data.call}." if data.call else ""
        return plain(f"{what} {data.headline}.{remedy}{call}")
    if kind == "alert.resolved":
        return {
            "none": "resolved: nothing is left to do",
            "pending": "resolved: the danger is over",
            "saved": "SAVED: the journey ended well all the same",
            "lost": "LOST: the customer went away disappointed",
        }[getattr(data, "grade", "none")]
    return kind.removeprefix("alert.")


def _later(story: Story, now: datetime) -> timedelta:
    """By how many days the story has to be moved, so that nothing of it is heard before `now`."""
    first = min(at(step.heard) for branch in story.branches for step in branch.steps)
    days = max((now.date() - first.date()).days, 0)
    return timedelta(days=days if first + timedelta(days=days) >= now else days + 1)


def _in_order(story: Story, later: timedelta) -> list[_Due]:
    """All that happens, by when it is heard of; at one instant branch by branch, as it is told."""
    return sorted(_steps(story, later), key=lambda each: each[0])


def _steps(story: Story, later: timedelta) -> Iterator[_Due]:
    for branch in story.branches:
        for step, event in story.events(branch, later=later):
            yield at(step.heard) + later, branch, step, event
        for look in branch.steps:
            if isinstance(look, Look):
                yield at(look.heard) + later, branch, look, None


def _alert_moments(story: Story, alerts: Sequence[AnyEvent], later: timedelta) -> list[Moment]:
    """The alerts that are about the story."""
    stores = {story.store_of(branch): branch for branch in story.branches}
    moments = []
    for event in sorted(alerts, key=lambda each: (each.time, each.store)):
        branch = stores.get(event.store)
        if branch is not None:
            who = [each for each in story.customers(branch) if story.journey(branch, each) == event.subject]
            words = alert_in_words(event)
            moments.append(Moment(spoken(event.time - later), branch.name, "".join(who), words, is_alert=True))
    return moments


def _keep(story: Story, branch: Branch, services: Whole, played: Played) -> None:
    store = story.store_of(branch)
    alerts = [event for event in services.watcher.alerts if event.store == store]
    played.of_store[branch.name] = tuple(event for event in alerts if event.subject is None)
    whole = services.watcher.evaluations.get((store, ""))
    if whole is not None:
        played.stores[branch.name] = whole.data
    played.messages[branch.name] = tuple(each for each in services.phone.messages if each["data"]["store"] == store)
    for who in story.customers(branch):
        journey = story.journey(branch, who)
        standing = services.watcher.evaluations.get((store, journey))
        if standing is not None:
            played.endings[branch.name, who] = Ending(
                journey=journey,
                evaluation=standing.data,
                alerts=tuple(each for each in alerts if each.subject == journey and not _is_notice(each)),
                notices=tuple(each for each in alerts if each.subject == journey and _is_notice(each)),
                messages=tuple(each for each in services.phone.messages if each["data"].get("journey") == journey),
            )


def _is_notice(event: AnyEvent) -> bool:
    return isinstance(event.data, NoticeGiven)
