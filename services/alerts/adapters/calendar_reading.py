"""A calendar in the iCalendar format: its events within a window, as spans of who is on call, every mistake named.

What others wrote may be anything: each series of events is read by itself; one that cannot be read costs no other.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import prod
from typing import Any

import icalendar
import recurring_ical_events

from services.alerts.domain.rota import Span, laid_out

MOST_OCCURRENCES = 20_000
"""A calendar that says more than this within the window plans nobody's duty."""
MOST_TIMES_A_DAY = 24
"""An event that comes more often is none of a duty, and would take for ever to count."""
MOST_MISTAKES = 50
"""Of more mistakes than this in one calendar the first are enough to mend it."""
LONGEST_TITLE = 60
LONGEST_REASON = 200

_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_SLACK = timedelta(days=2)
"""Days without a zone are compared in UTC by the library: a little more is asked for than needed."""


class NoCalendar(ValueError):
    """What was read is no calendar, or too much of one; the text says why. What it said before had better be kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How a calendar is to be read."""

    zone: tzinfo
    """Of days, and of times that name none."""
    names: Mapping[str, str]
    """Who is known: what a calendar may call them, and their id."""
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a calendar says."""

    spans: tuple[Span, ...]
    mistakes: tuple[str, ...] = ()


def read_calendar(content: bytes, terms: Terms) -> Reading:
    """Read a calendar. Raises NoCalendar. May take for ever, all memory, and remembers zones: see `reading_apart`."""
    try:
        calendar = icalendar.Calendar.from_ical(content)
    except MemoryError:
        raise
    except Exception as error:
        raise NoCalendar(f"it is no calendar: {_shortened(str(error), LONGEST_REASON)}") from error
    if calendar.name != "VCALENDAR":
        raise NoCalendar(f"it is no calendar: it begins with {calendar.name}")
    people, mistakes = _People(terms.names), _Mistakes(terms.zone)
    spans: list[Span] = []
    for series in _series(calendar):
        try:
            spans += _spans(series, calendar, terms, people, mistakes)
        except _LeftOut as error:
            mistakes.add(series[0], f"{error}: it is left out")
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  # the libraries raise anything at all, and the other events count
            why = _shortened(str(error) or type(error).__name__, LONGEST_REASON)
            mistakes.add(series[0], f"it cannot be read, and is left out: {why}")
        if len(spans) + mistakes.counted > MOST_OCCURRENCES:
            raise NoCalendar(f"it says more than {MOST_OCCURRENCES} things about this time: plan fewer")
    return Reading(spans=laid_out(spans), mistakes=mistakes.in_words())


def plain(name: str) -> str:
    """A name as names are compared: capitals, spaces, and how letters are put together, do not matter."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _series(calendar: Any) -> list[list[Any]]:
    """The events of a calendar: those that belong together, since one says how another recurs or is changed."""
    found: dict[object, list[Any]] = defaultdict(list)
    for number, event in enumerate(calendar.walk("VEVENT")):
        found[str(event.get("UID", number))].append(event)
    return list(found.values())


def _spans(series: list[Any], calendar: Any, terms: Terms, people: "_People", mistakes: "_Mistakes") -> list[Span]:
    part = icalendar.Calendar()
    for name in ("CALSCALE", "X-WR-TIMEZONE"):
        if name in calendar:
            part.add(name, calendar[name])
    for event in series:
        _warn(event, terms, mistakes)
        part.add_component(event)
    found = []
    for event in recurring_ical_events.of(part).between(terms.since - _SLACK, terms.until + _SLACK):
        begins, ends = (_instant(event[name].dt, terms.zone) for name in ("DTSTART", "DTEND"))
        if str(event.get("STATUS", "")).upper() == "CANCELLED" or ends <= terms.since or begins >= terms.until:
            continue
        named = people.named(event)
        if not named:
            mistakes.add(event, "it names nobody who is known here", begins)
        elif ends <= begins:
            mistakes.add(event, "it has no length: give it an end", begins)
        else:
            found.append(Span(begins=begins, ends=ends, people=named))
    return found


class _LeftOut(Exception):
    """An event that is not to be counted; the text says why."""


def _warn(event: Any, terms: Terms, mistakes: "_Mistakes") -> None:
    """Name what the libraries pass over. Raises _LeftOut."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        times = prod(len(rule.get(part, [])) or 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        if times > MOST_TIMES_A_DAY or _OFTEN & {str(each).upper() for each in rule.get("FREQ", [])}:
            raise _LeftOut("it recurs more often than duties do")
    begins, end = event["DTSTART"], event.get("DTEND")
    zone = begins.params.get("TZID")
    if zone and isinstance(begins.dt, datetime) and begins.dt.tzinfo is None:
        mistakes.add(event, f"its time zone {zone!r} is not known: {terms.zone} is taken")
    if end is not None and _instant(end.dt, terms.zone) < _instant(begins.dt, terms.zone):
        raise _LeftOut("it ends before it begins")


def _instant(when: date, zone: tzinfo) -> datetime:
    """The instant of a day's beginning, or of a time; without a zone it is by the clock in the store."""
    moment = when if isinstance(when, datetime) else datetime.combine(when, time.min)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


class _People:
    """Finds people in events."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {plain(name): person for name, person in names.items()}
        longest_first = sorted(self._names, key=len, reverse=True)
        # The longest first: "Anna Ozola" is not whoever is called Anna. Whole words: anna is in "anna, boris" and
        # "anna.", and neither in "joanna" nor in "anna-maria" or "anna.b".
        self._pattern = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w@-]|\.\w)")

    def named(self, event: Any) -> tuple[str, ...]:
        """Whom the title names, in its order; else who is invited and has not declined."""
        title = self._pattern.findall(plain(_title(event)))
        return tuple(dict.fromkeys(self._names[name] for name in title or self._invited(event)))

    def _invited(self, event: Any) -> Iterator[str]:
        invited = event.get("ATTENDEE", [])
        for each in invited if isinstance(invited, list) else [invited]:
            address = plain(str(each)).removeprefix("mailto:")
            if address in self._names and str(each.params.get("PARTSTAT", "")).upper() != "DECLINED":
                yield address


@dataclass(slots=True)
class _Mistakes:
    """Each said once, with when it comes first and how often."""

    zone: tzinfo
    counted: int = 0
    _found: dict[tuple[str, str], tuple[datetime | None, int]] = field(default_factory=dict)

    def add(self, event: Any, why: str, at: datetime | None = None) -> None:
        try:
            at = (at or _instant(event["DTSTART"].dt, self.zone)).astimezone(self.zone)
        except Exception:  # noqa: BLE001  # the beginning may be what is wrong with it
            at = None
        self.counted += 1
        first, times = self._found.get((_title(event), why), (at, 0))
        self._found[_title(event), why] = (min(first, at) if first and at else first or at, times + 1)

    def in_words(self) -> tuple[str, ...]:
        said = [
            f"{_shortened(title, LONGEST_TITLE)!r}"
            + (f" on {at:%a %-d %b %Y %H:%M}" if at else "")
            + (f" and {times - 1} times more" if times > 1 else "")
            + f": {why}"
            for (title, why), (at, times) in self._found.items()
        ]
        more = len(said) - MOST_MISTAKES
        return (*said[:MOST_MISTAKES], *([f"and {more} mistakes more"] if more > 0 else []))


def _title(event: Any) -> str:
    title = event.get("SUMMARY", "")
    return str(title[0] if isinstance(title, list) else title)


def _shortened(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
