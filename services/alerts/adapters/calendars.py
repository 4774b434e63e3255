"""The calendars of all rotas: read again and again, and what one said last stays in force while it cannot be."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.alerts.adapters.calendar_copies import Copies
from services.alerts.adapters.calendar_plan import is_address
from services.alerts.adapters.calendar_process import reading_apart
from services.alerts.adapters.calendar_reading import NoCalendar, Reading, Terms
from services.alerts.adapters.fetching import TOTAL_SECONDS, NotFetched, fetch, where
from services.alerts.adapters.rota_file import Rotas
from services.alerts.allowance import PUBLIC_ONLY, Allowance
from services.alerts.domain.rota import Span

MOST_BYTES = 4 << 20
"""Of one calendar: some twenty thousand events."""
BEHIND = timedelta(days=2)
AHEAD = timedelta(days=60)
"""How far calendars are read, from the instant at which they are."""
READ_AGAIN_AFTER = timedelta(hours=1)
"""What has not changed is read again after this, for the days that have come into sight."""

Read = Callable[[bytes, Terms], Awaitable[Reading]]
"""What a calendar says. Raises NoCalendar."""


class Calendars:
    """The rotas with what their calendars say. `refresh` is to be called every few minutes, by one task."""

    def __init__(
        self,
        rotas: Rotas,
        allowed: Allowance = PUBLIC_ONLY,
        *,
        kept_in: Path | None = None,
        fetching_seconds: float = TOTAL_SECONDS,
        read: Read = reading_apart,
    ) -> None:
        """`kept_in` is a folder for what calendars said last, which a restart finds again."""
        self.rotas = rotas
        """As of the last refresh; before the first one no calendar says anything."""
        self.troubles: tuple[str, ...] = ()
        """Which calendars could not be read, why, and what counts instead."""
        self.mistakes: tuple[str, ...] = ()
        """What is wrong with events in those that could be."""
        self._allowed = allowed
        self._copies = Copies(kept_in)
        self._fetching_seconds, self._read_apart = fetching_seconds, read
        self._last: dict[tuple[str, str], _Last] = {}

    async def refresh(self, now: datetime, *, ahead: timedelta = AHEAD) -> None:
        """Read all calendars. Nothing in them, and nothing that keeps them away, makes it raise."""
        sources = list(dict.fromkeys(source for plan in self.rotas.plans.values() for source in plan.sources))
        came = dict(zip(sources, await asyncio.gather(*map(self._came, sources)), strict=True))
        zones = {rota.name: rota.zone for rota in self.rotas.all}
        said: dict[str, list[tuple[Span, ...]]] = {}
        troubles, mistakes = [], []
        for name, plan in self.rotas.plans.items():
            terms = Terms(zone=zones[name], names=plan.names, since=now - BEHIND, until=now + ahead)
            for source in plan.sources:
                reading, trouble = await self._reading((name, source), came[source], terms)
                said.setdefault(name, []).append(reading.spans)
                troubles += [f"{name}, {_shown(source)}: {trouble}"] if trouble else []
                mistakes += [f"{name}, {_shown(source)}: {mistake}" for mistake in reading.mistakes]
        self.rotas = self.rotas.with_calendars(said)
        self.troubles, self.mistakes = tuple(troubles), tuple(mistakes)

    async def _came(self, source: str) -> bytes | str:
        """A calendar as it is now, or why it did not come."""
        try:
            if is_address(source):
                seconds = self._fetching_seconds
                return await fetch(source, self._allowed, most_bytes=MOST_BYTES, total_seconds=seconds)
            return await asyncio.to_thread(_file, Path(source))
        except NotFetched as error:
            return str(error)
        except OSError as error:
            return f"the file cannot be read: {error.strerror}"

    async def _reading(self, key: tuple[str, str], came: bytes | str, terms: Terms) -> tuple[Reading, str]:
        """What a calendar says, and what the trouble with it is: an empty text when there is none."""
        source = key[1]
        trouble = came if isinstance(came, str) else ""
        if isinstance(came, bytes):
            try:
                reading = await self._read(key, came, terms)
            except NoCalendar as error:
                trouble = str(error)
            else:
                try:
                    self._copies.keep(source, came)
                except OSError as error:
                    trouble = f"what it says cannot be kept for the next start: {error}"
                return reading, trouble
        kept = self._copies.of(source)
        try:
            said = await self._read(key, kept, terms) if kept else None
        except NoCalendar:
            # It could be read before: the machine has too much to do.
            said = self._last[key].reading if key in self._last else None
        if said is None:
            return Reading(spans=()), f"{trouble}; nobody is on call by it"
        return said, f"{trouble}; what it said last counts"

    async def _read(self, key: tuple[str, str], content: bytes, terms: Terms) -> Reading:
        last = self._last.get(key)
        if last and last.content == content and last.covers(terms):
            return last.reading
        reading = await self._read_apart(content, terms)
        self._last[key] = _Last(content=content, terms=terms, reading=reading)
        return reading


@dataclass(frozen=True, kw_only=True, slots=True)
class _Last:
    """What was read last, of which content, for which time."""

    content: bytes
    terms: Terms
    reading: Reading

    def covers(self, terms: Terms) -> bool:
        """Whether reading it again would find the same, but for what has just come into sight."""
        return self.terms.since <= terms.since and terms.until <= self.terms.until + READ_AGAIN_AFTER


def _file(file: Path) -> bytes:
    if not file.is_file():
        raise NotFetched("there is no such file" if not file.exists() else "it is no file")
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NotFetched(f"it is larger than {MOST_BYTES >> 20} MiB")
    return content


def _shown(source: str) -> str:
    return where(source) if is_address(source) else source
