"""The events of an XES log (IEEE 1849) as rows, read as a stream with the line of each.

A row's columns are the keys of its event's attributes; those of its trace have `case:` in front: case:concept:name.
Attributes within attributes, lists and containers are passed over: a cell holds one value.
"""

from collections.abc import Collection, Iterator
from xml.parsers import expat  # what makes XML dangerous, declarations of entities, is refused below

from services.commands.log_import.rows import BROKEN_OFF, REST_LEFT_OUT, LogFile, Row, Unreadable, UnusableLog, in_words

CASE = "case:"
CHUNK = 1 << 16
"""Bytes that are read at a time."""
LONGEST_TAG = 1 << 23
"""Bytes: a tag that never ends must not fill the memory."""
DEEPEST = 100
"""Elements within elements; XES needs a dozen."""
MOST_KEYS = 1000
"""How many different keys are remembered, for errors."""
VALUES = {"string", "date", "int", "float", "boolean", "id"}


class XesLog:
    """An XES log, and which of its attributes were met so far."""

    def __init__(self, log: LogFile, wanted: Collection[str]) -> None:
        self._log = log
        self._wanted = frozenset(wanted)
        self.keys: set[str] = set()
        """The columns that were met: of those that are wanted all, of others the first thousand."""

    def rows(self) -> Iterator[Row | Unreadable]:
        """The events, in order. Raises UnusableLog when this is no XES log, before the first event."""
        handler = _Handler(self._wanted, self.keys)
        parser = handler.parser
        fed = 0
        try:
            while chunk := self._log.stream.read(CHUNK):
                fed += len(chunk)
                parser.Parse(chunk, False)
                yield from handler.taken()
                _not_endless(fed - parser.CurrentByteIndex)
            parser.Parse(b"", True)
            yield from handler.taken()
        except (expat.ExpatError, _NotXes, LookupError, ValueError, *BROKEN_OFF) as error:
            # LookupError and ValueError: it says that it is written in an encoding that nobody knows.
            yield from handler.taken()
            what = in_words(error) if isinstance(error, BROKEN_OFF) else f"this is no XES log: {error}"
            line = getattr(error, "lineno", parser.CurrentLineNumber)
            if not handler.begun:
                raise UnusableLog(f"{self._log.path}:{line}: {what}") from error
            yield Unreadable(line, what, REST_LEFT_OUT)


class _NotXes(Exception):
    """XML, but nothing that an event log would hold."""


class _Handler:
    """Takes what the parser finds, and keeps the attributes of the trace and the event that it is in."""

    def __init__(self, wanted: frozenset[str], keys: set[str]) -> None:
        self._wanted, self._keys = wanted, keys
        self._open: list[str] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._line = 0
        self._events_in_trace = 0
        self._rows: list[Row | Unreadable] = []
        self.begun = False
        """Whether the first event was found."""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = _refuse

    def taken(self) -> list[Row | Unreadable]:
        """The rows that were found since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]  # the namespace may have a prefix
        inside = self._open[-1] if self._open else ""
        if not inside and name != "log":
            raise _NotXes(f"the outermost element is <{name}>, not <log>")
        if len(self._open) >= DEEPEST:
            raise _NotXes(f"elements are nested deeper than {DEEPEST} levels")
        self._open.append(name)
        if name == "trace":
            self._trace, self._events_in_trace = {}, 0
        elif name == "event":
            self._event, self._line = {}, self.parser.CurrentLineNumber
        elif name in VALUES and inside in ("event", "trace"):
            self._attribute(inside, attributes)

    def _attribute(self, inside: str, attributes: dict[str, str]) -> None:
        value = attributes.get("value", "").strip()
        key = attributes.get("key", "") if inside == "event" else CASE + attributes.get("key", "")
        wanted = key in self._wanted
        if wanted or len(self._keys) < MOST_KEYS:
            self._keys.add(key)
        if not wanted or not value:
            return
        if inside == "event":
            self._event[key] = value
            return
        self._trace[key] = value
        if self._events_in_trace:
            what = f"{key} stands after an event of its trace; put it in front of all of them"
            instead = "it does not hold for the events before it"
            self._rows.append(Unreadable(self.parser.CurrentLineNumber, what, instead))

    def _end(self, name: str) -> None:
        del name
        if self._open.pop() != "event":
            return
        self.begun = True
        self._events_in_trace += 1
        cells = self._trace | self._event if "trace" in self._open else self._event
        self._rows.append(Row(self._line, cells))


def _not_endless(waiting: int) -> None:
    """Expat keeps what it has of a tag until the tag ends."""
    if waiting > LONGEST_TAG:
        raise _NotXes(f"a tag is longer than {LONGEST_TAG:,} bytes")


def _refuse(*_: object) -> None:
    raise _NotXes("it declares a document type (DOCTYPE); event logs need none, and it can do harm. Take it out")
