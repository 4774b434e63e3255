"""What a log is read as, whatever its format: rows, each with its line and the cells that hold something."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

GZIP = b"\x1f\x8b"
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BROKEN_OFF = (EOFError, zlib.error, OSError, UnicodeError)
"""What reading on may raise, in the middle of a file."""
REST_LEFT_OUT = "what follows is not imported"


class Row(NamedTuple):
    """One row of a table, or one event of an XES log."""

    line: int
    cells: Mapping[str, str]
    """By column; blank ones are absent."""


class Unreadable(NamedTuple):
    """A place in the log that cannot be read, and what becomes of it."""

    line: int
    what: str
    instead: str


class UnusableLog(Exception):
    """Nothing of the log can be imported until somebody mends what the text names."""


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """An event log, opened for reading."""

    path: Path
    stream: BinaryIO
    """Its bytes, unpacked."""
    raw: BinaryIO
    """Its bytes as they lie on the disk: how far it has been read."""
    size: int
    """In bytes, as it lies on the disk."""

    @property
    def head(self) -> bytes:
        """How it begins."""
        return self.stream.peek(4096)[:4096]  # type: ignore[attr-defined, no-any-return]  # a BufferedReader has it

    @property
    def is_xes(self) -> bool:
        """Whether it is XML; a table does not begin with an angle bracket."""
        return self.head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")

    @property
    def marked_encoding(self) -> str | None:
        """The encoding that its byte order mark tells, if it has one."""
        head = self.head
        return next((name for mark, name in BYTE_ORDER_MARKS.items() if head.startswith(mark)), None)


@contextmanager
def opened(path: Path) -> Iterator[LogFile]:
    """The log, unpacked where it is packed with gzip. Raises UnusableLog when it cannot be opened."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise UnusableLog(f"{path} cannot be read: {error.strerror}; name a CSV or XES file") from error
    with raw:
        stream: BinaryIO = raw
        if raw.peek(2)[:2] == GZIP:
            stream = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 16)
        log = LogFile(path=path, stream=stream, raw=raw, size=path.stat().st_size)
        try:
            empty = not log.head
        except BROKEN_OFF as error:
            raise UnusableLog(f"{path} cannot be read: {in_words(error)}") from error
        if empty:
            raise UnusableLog(f"{path} is empty; name a CSV or XES file with the log in it")
        yield log


def in_words(error: Exception) -> str:
    """Why a file cannot be read on."""
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        return f"its compression is damaged or ends too early ({error}); fetch or pack the file again"
    if isinstance(error, UnicodeError):
        return f"it is not written in the encoding it should be in ({error}); name the right one as csv.encoding"
    return getattr(error, "strerror", None) or str(error)
