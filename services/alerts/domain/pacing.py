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
QUIETLY_APART = timedelta(minutes=1)
"""The same, where the second calls nobody."""
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
    taken: bool = False
    """Somebody has its cause: it is told, and calls nobody."""
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
    called_for: Collection[str] | None = None,
    not_before: NotBefore = at_once,
) -> Arranged:
    """What to do with all the pages that wait for one person. `told_of`: the alerts that the person knows of.

    `called_for`: those of them that the person was called for; None: all.
    """
    waits = _Waiting(
        said=said,
        now=now,
        told_of=told_of,
        called_for=told_of if called_for is None else called_for,
        not_before=not_before,
    )
    for pages in _by_alert(waiting):
        waits.put(pages)
    ready = [group for group in waits.calls.values() if _due_at(group) <= now]
    if any(pages[-1].due_at <= now for pages in waits.ends):
        ready.append(waits.ends)
    if ready:
        # What could wait for longer goes out with what does not.
        company = [pages for group in waits.calls.values() if _due_at(group) > now + GATHERED for pages in group]
        company += [pages for _, pages in [*waits.reminders, *waits.joining]]
        min(ready, key=_urgency).extend(company)
    elif any(until <= now for until, _ in waits.joining):
        ready.append([pages for _, pages in waits.joining])
        waits.hold(waits.reminders)
    else:
        waits.hold([*waits.reminders, *waits.joining])
    _within_bounds(ready, said, now, waits.arranged)
    return waits.arranged


@dataclass(kw_only=True, slots=True)
class _Waiting:
    """What waits, by what may become of it; the pages of one alert stay together."""

    said: Sequence[Said]
    now: datetime
    told_of: Collection[str]
    called_for: Collection[str]
    not_before: NotBefore
    calls: dict[str, list[list[Page]]] = field(default_factory=dict)
    """By cause."""
    ends: list[list[Page]] = field(default_factory=list)
    reminders: list[tuple[datetime, list[Page]]] = field(default_factory=list)
    """Until an instant they wait for a message to go out with."""
    joining: list[tuple[datetime, list[Page]]] = field(default_factory=list)
    """The same, of what calls nobody."""
    arranged: Arranged = field(default_factory=Arranged)

    def put(self, pages: list[Page]) -> None:
        last = pages[-1]
        if last.calls:
            self._put_call(pages)
        elif last.alert_id in self.told_of or last.lost:
            until = self.not_before(replace(last, critical=False), self.now)
            if until > self.now:
                self.hold([(until, pages)])
            else:
                self.ends.append(pages)
        else:
            self.arranged.settled += [each.page_id for each in pages]

    def hold(self, waiting: Iterable[tuple[datetime, list[Page]]]) -> None:
        self.arranged.held |= {each.page_id: until for until, pages in waiting for each in pages}

    def _put_call(self, pages: list[Page]) -> None:
        last, now = pages[-1], self.now
        open_at = min(self.not_before(each, now) for each in pages if each.calls)
        news = last.alert_id in self.told_of or len(pages) > 1  # it has got worse, or nobody looks after it
        apart = QUIETLY_APART if last.taken else APART
        until = open_at if news else _apart(last, self.said, open_at, apart)
        again_at = _again_at(self.said, now) if last.again else now
        if last.taken and open_at <= now:
            at = again_at if last.alert_id in self.told_of else until
            self.joining.append((max(at, min(each.due_at for each in pages)), pages))
        elif until > now:
            self.hold([(until, pages)])
        elif last.alert_id in self.called_for and again_at > now:
            self.reminders.append((again_at, pages))
        else:
            self.calls.setdefault(last.cause, []).append(pages)


def _by_alert(waiting: Iterable[Page]) -> list[list[Page]]:
    by_alert: dict[str, list[Page]] = {}
    for page in sorted(waiting, key=lambda each: (each.step, each.page_id)):
        by_alert.setdefault(page.alert_id, []).append(page)
    return list(by_alert.values())


def _due_at(group: Sequence[list[Page]]) -> datetime:
    return min(page.due_at for pages in group for page in pages)


def _apart(page: Page, said: Sequence[Said], at: datetime, apart: timedelta) -> datetime:
    """When an alert that the person does not know of may be told: at an instant, or later."""
    later = max((each.at + apart for each in said if each.cause == page.cause), default=at)
    # Of two customers who wait at the door, the second would have gone.
    return max(at, later if page.until is None else min(later, page.until - TIME_TO_ACT))


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
