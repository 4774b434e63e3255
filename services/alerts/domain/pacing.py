"""How one person is told: what has one cause is one message, and what would be too many messages is one digest.

A step of an alert that waits to be told to one person is a page here. The rules are those of Alertmanager's groups (it
waits a little for what belongs together, and longer before it tells of the same again) and a bound on top.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

GATHERED = timedelta(seconds=3)
"""So long the first page of a cause waits for the others: ten journeys that meet one dirty room are told at once."""
APART = timedelta(minutes=10)
"""Between two messages about one cause, where the second is about other journeys."""
PATIENCE = timedelta(minutes=30)
"""A warning waits at most so long for another message to go out with.

Whoever is told again of what they know is told with the next message, or so long after the last one.
"""
SHARE = 0.25
"""Of the time that there is to act, a warning waits at most this."""
TIME_TO_ACT = timedelta(minutes=3)
"""More of a cause that was told lately wait no longer than until so long before it is too late."""
MOST = 5
WITHIN = timedelta(minutes=1)
"""More messages than `MOST` within this are one digest."""
ENDS_WITHIN = timedelta(minutes=30)
"""That something is over calls nobody: it waits so long, and goes with all that is over by then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A step of an alert that waits to be told to one person."""

    page_id: str
    alert_id: str
    step: int
    """Rises with each step of the alert."""
    store: str
    cause: str
    """Of several alerts with the same cause one person is told in one message."""
    calls: bool
    """Somebody has to act: it was opened, got worse, or is told again. Else it is over."""
    critical: bool
    again: bool = False
    """Told again because nobody has acknowledged it, not because somebody had put it off until now."""
    until: datetime | None = None
    """When it is too late to act; None: it is, or there is no such time."""
    lost: bool = False
    """It is over, and the journey ended badly: whoever was to be told hears of it in any case."""
    due_at: datetime


NotBefore = Callable[[Page, datetime], datetime]
"""When this person may be told of a page, given the time: now, or later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A message that this person got lately."""

    message_id: str
    at: datetime
    cause: str
    """One of those in it."""


@dataclass(kw_only=True, slots=True)
class Arranged:
    """What becomes of the pages that wait."""

    messages: list[list[Page]] = field(default_factory=list)
    """To be sent now, the most urgent first; each with the pages that it tells, by alert and step."""
    held: dict[str, datetime] = field(default_factory=dict)
    """Pages, by id, that wait until then."""
    settled: list[str] = field(default_factory=list)
    """Pages, by id, that nobody has to be told any more: it was over before anybody was."""


def at_once(_: Page, now: datetime) -> datetime:
    """Of a person without quiet hours."""
    return now


def patience(*, critical: bool, at: datetime, until: datetime | None) -> timedelta:
    """How long a page may wait for others, from when there was something to tell, without harm to what it is about."""
    if critical or until is None:
        return GATHERED
    return max(GATHERED, min(PATIENCE, (until - at) * SHARE))


def arrange(
    waiting: Iterable[Page],
    said: Sequence[Said],
    now: datetime,
    *,
    told_of: Collection[str] = (),
    not_before: NotBefore = at_once,
) -> Arranged:
    """What to do with all the pages that wait for one person. `told_of`: the alerts that the person knows of."""
    arranged = Arranged()
    calls: dict[str, list[list[Page]]] = {}
    ends: list[list[Page]] = []
    reminders: list[tuple[datetime, list[Page]]] = []
    for pages in _by_alert(waiting):
        last = pages[-1]
        if last.calls:
            news = last.alert_id in told_of or len(pages) > 1
            until = _may_be_told(pages, said, now, news=news, not_before=not_before)
            if until > now:
                arranged.held |= {each.page_id: until for each in pages}
            elif last.again and last.alert_id in told_of and (again_at := _again_at(said, now)) > now:
                reminders.append((again_at, pages))
            else:
                calls.setdefault(last.cause, []).append(pages)
        elif last.alert_id in told_of or last.lost:
            until = not_before(replace(last, critical=False), now)
            if until > now:
                arranged.held |= {each.page_id: until for each in pages}
            else:
                ends.append(pages)
        else:
            arranged.settled += [each.page_id for each in pages]
    ready = [group for group in calls.values() if _due_at(group) <= now]
    if any(pages[-1].due_at <= now for pages in ends):
        ready.append(ends)
    if ready:
        # What could wait for longer goes out with what does not.
        company = [pages for group in calls.values() if _due_at(group) > now + GATHERED for pages in group]
        min(ready, key=_urgency).extend([*company, *(pages for _, pages in reminders)])
    else:
        arranged.held |= {each.page_id: until for until, pages in reminders for each in pages}
    _within_bounds(ready, said, now, arranged)
    return arranged


def _by_alert(waiting: Iterable[Page]) -> list[list[Page]]:
    by_alert: dict[str, list[Page]] = {}
    for page in sorted(waiting, key=lambda each: (each.step, each.page_id)):
        by_alert.setdefault(page.alert_id, []).append(page)
    return list(by_alert.values())


def _due_at(group: Sequence[list[Page]]) -> datetime:
    return min(page.due_at for pages in group for page in pages)


def _may_be_told(
    pages: Sequence[Page], said: Sequence[Said], now: datetime, *, news: bool, not_before: NotBefore
) -> datetime:
    """When an alert that calls somebody may be told: now, or later."""
    last = pages[-1]
    until = min(not_before(each, now) for each in pages if each.calls)
    if news:  # it has got worse, or nobody looks after it
        return until
    apart = max((each.at + APART for each in said if each.cause == last.cause), default=until)
    # Of two customers who wait at the door, the second would have gone.
    return max(until, apart if last.until is None else min(apart, last.until - TIME_TO_ACT))


def _again_at(said: Sequence[Said], now: datetime) -> datetime:
    """When somebody is told again of what they know, unless something else is to be told before."""
    return max((each.at + PATIENCE for each in said), default=now)


def _within_bounds(
    ready: Sequence[Sequence[list[Page]]], said: Sequence[Said], now: datetime, arranged: Arranged
) -> None:
    """Each cause a message of its own; more than may be sent are one, or wait."""
    groups = sorted(ready, key=_urgency)
    lately = sorted({each.message_id: each.at for each in said if each.at > now - WITHIN}.values())
    room = MOST - len(lately)
    if len(groups) > room > 0:
        groups = [[pages for group in groups for pages in group]]
    for group in groups:
        pages = [page for pages in group for page in pages]
        if room > 0:
            arranged.messages.append(pages)
        else:
            arranged.held |= {each.page_id: lately[-MOST] + WITHIN for each in pages}


def _urgency(group: Sequence[list[Page]]) -> tuple[bool, bool, datetime]:
    pages = [page for pages in group for page in pages]
    return (
        not any(each.calls for each in pages),
        not any(each.critical for each in pages),
        min(each.due_at for each in pages),
    )
