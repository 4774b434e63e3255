"""The import of a whole log: its rows read one after the other, turned into events, and counted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.commands.log_import.columns import missing_columns
from services.commands.log_import.csv_rows import open_table
from services.commands.log_import.mapping import Mapping
from services.commands.log_import.problems import Problem, Problems
from services.commands.log_import.rows import LogFile, Row, Unreadable
from services.commands.log_import.xes_rows import XesLog
from touchline_contracts import AnyEvent

REMEMBERED = 50_000
"""Events whose identity is remembered: two rows that say the same nearly always lie near each other."""
MOST_ACTIVITIES = 1000
"""How many different activities without an event are told apart."""


@dataclass(kw_only=True)
class Counts:
    """What an import has come to so far."""

    rows: int = 0
    events: int = 0
    told_twice: int = 0
    """Events that say exactly what one shortly before them says: they count once."""
    without_event: int = 0
    """Rows that no entry of the mapping is about."""
    activities: Counter[str] = field(default_factory=Counter)
    """The activities of such rows."""
    of_moment: Counter[int] = field(default_factory=Counter)
    """How many rows each entry of the mapping is about, by the line on which it begins."""


@dataclass(frozen=True, kw_only=True)
class LogImport:
    """A log that was opened, and found to have the columns that its mapping needs."""

    mapping: Mapping
    rows: Iterator[Row | Unreadable]
    xes: XesLog | None

    def events(self, counts: Counts, problems: Problems) -> Iterator[list[AnyEvent]]:
        """The events of each row, in the order of the file; problems are reported as they are found."""
        seen = _Seen()
        for row in self.rows:
            events: list[AnyEvent] = []
            if isinstance(row, Unreadable):
                problems.report(Problem(line=row.line, what=row.what, instead=row.instead))
            else:
                counts.rows += 1
                fitting = [moment for moment in self.mapping.moments if moment.fits(row)]
                for moment in fitting:
                    counts.of_moment[moment.line] += 1
                    event = moment.event(row, problems.report)
                    if event is not None:
                        counts.told_twice += seen.before(event.identity)
                        events.append(event)
                counts.events += len(events)
                if not fitting:
                    self._note(row, counts)
            yield events

    def columns_never_met(self) -> list[str]:
        """Of an XES log, what the mapping needs and no event had; only its end tells."""
        missing = "no event of the log has the attribute"
        return [] if self.xes is None else missing_columns(self.xes.keys, self.mapping.needed, missing)

    def _note(self, row: Row, counts: Counts) -> None:
        counts.without_event += 1
        activity = row.cells.get(self.mapping.activity or "", "")
        if activity and (activity in counts.activities or len(counts.activities) < MOST_ACTIVITIES):
            counts.activities[activity] += 1


def open_import(log: LogFile, mapping: Mapping) -> LogImport:
    """Ready to import a log. Raises UnusableLog when it lacks a column that the mapping needs."""
    if log.is_xes:
        xes = XesLog(log, mapping.needed.lines)
        return LogImport(mapping=mapping, rows=xes.rows(), xes=xes)
    return LogImport(mapping=mapping, rows=open_table(log, mapping.csv, mapping.needed).rows(), xes=None)


class _Seen:
    """The identities that were met lately: of a log of any length no more than fit into some megabytes."""

    def __init__(self) -> None:
        self._lately: set[tuple[str, str, str]] = set()
        self._before: set[tuple[str, str, str]] = set()

    def before(self, identity: tuple[str, str, str]) -> bool:
        if identity in self._lately or identity in self._before:
            return True
        if len(self._lately) >= REMEMBERED:
            self._before, self._lately = self._lately, set()
        self._lately.add(identity)
        return False
