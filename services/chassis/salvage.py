"""Reading what can still be read of a damaged SQLite file: page by page, so that no page is lost because of another.

Works on bytes alone, and believes nothing that it has not looked up. Whoever reads has to know its records when it sees
them: pages that are not in use any more hold records, too.
Source: SQLite's file format (www.sqlite.org/fileformat2.html), sections 1.6, 2.1 and 4.1.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

PAGE_BYTES = 4096
"""SQLite's own default, which all our files have."""
MAGIC = b"SQLite format 3\x00"
LARGEST_RECORD_BYTES = 4 << 20
"""No record of ours is larger: a length that says so is damaged."""

_LEAF = 0x0D
_LEAF_HEADER_BYTES = 8
_LOG_HEADER_BYTES = 32
_FRAME_HEADER = struct.Struct(">II8s8s")
_LARGEST_LOCAL = PAGE_BYTES - 35
_SMALLEST_LOCAL = (PAGE_BYTES - 12) * 32 // 255 - 23
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_VARINT_BYTES = 9

Record = tuple[int, list[object]]
"""The row's number, and its columns."""


class Frame(NamedTuple):
    """A page as a transaction has left it, in the write-ahead log."""

    generation: bytes
    """The log is written again and again from its beginning; frames of one generation belong together."""
    commits: bool
    """Whether it is the last one of its transaction."""
    page: bytes
    records: list[Record]


def log_of(file: Path) -> Path:
    """The write-ahead log beside a file."""
    return file.with_name(f"{file.name}-wal")


def frames(file: Path) -> Iterator[Frame]:
    """What stands in the log beside a file, in order, whatever its checksums say."""
    find = _finder(file)
    for number, commits, generation, page in _frames(log_of(file)):
        del number
        yield Frame(generation, commits, page, list(_records(page, find)))


def records(file: Path) -> Iterator[Record]:
    """Every record in a file and in the log beside it; the same one several times, and older states of it."""
    find = _finder(file)
    for page in _pages(file):
        yield from _records(page, find)
    for frame in frames(file):
        yield from frame.records


def _pages(file: Path) -> Iterator[bytes]:
    if not file.exists():
        return
    with file.open("rb", buffering=0) as opened:
        for at in range(0, file.stat().st_size, PAGE_BYTES):
            opened.seek(at)
            try:
                page = opened.read(PAGE_BYTES)
            except OSError:  # a bad place on the disk
                continue
            if len(page) == PAGE_BYTES:
                yield page


def _frames(log: Path) -> Iterator[tuple[int, bool, bytes, bytes]]:
    if not log.exists():
        return
    with log.open("rb") as opened:
        opened.seek(_LOG_HEADER_BYTES)
        while len(frame := opened.read(_FRAME_HEADER.size + PAGE_BYTES)) == _FRAME_HEADER.size + PAGE_BYTES:
            number, size_after, generation, _ = _FRAME_HEADER.unpack_from(frame)
            yield number, size_after != 0, generation, frame[_FRAME_HEADER.size :]


def _finder(file: Path) -> Callable[[int], bytes]:
    """Looks up a page by its number: as the log has it last, or as the file has it."""
    latest = {number: place for place, (number, *_) in enumerate(_frames(log_of(file)))}

    def find(number: int) -> bytes:
        if number in latest:
            source, at = log_of(file), _LOG_HEADER_BYTES + _FRAME_HEADER.size
            at += latest[number] * (_FRAME_HEADER.size + PAGE_BYTES)
        else:
            source, at = file, (number - 1) * PAGE_BYTES
        with source.open("rb") as opened:
            opened.seek(at)
            return opened.read(PAGE_BYTES)

    return find


def _records(page: bytes, find: Callable[[int], bytes]) -> Iterator[Record]:
    if page[0] != _LEAF:
        return
    pointers = _LEAF_HEADER_BYTES + 2 * int.from_bytes(page[3:5])
    for place in range(_LEAF_HEADER_BYTES, min(pointers, PAGE_BYTES), 2):
        try:
            yield _record(page, int.from_bytes(page[place : place + 2]), find)
        except (IndexError, ValueError, OSError, struct.error):
            continue  # damaged; its neighbours need not be


def _record(page: bytes, at: int, find: Callable[[int], bytes]) -> Record:
    size, at = _varint(page, at)
    number, at = _varint(page, at)
    payload = _payload(page, at, size, find)
    end, at = _varint(payload, 0)
    types = []
    while at < end:
        type_, at = _varint(payload, at)
        types.append(type_)
    columns = []
    for type_ in types:
        column, at = _column(payload, at, type_)
        columns.append(column)
    return number, columns


def _payload(page: bytes, at: int, size: int, find: Callable[[int], bytes]) -> bytes:
    """The bytes of a record; what has no room in its page goes on in others."""
    if size > LARGEST_RECORD_BYTES:
        raise ValueError(size)
    local = size
    if size > _LARGEST_LOCAL:
        local = _SMALLEST_LOCAL + (size - _SMALLEST_LOCAL) % (PAGE_BYTES - 4)
        local = local if local <= _LARGEST_LOCAL else _SMALLEST_LOCAL
    payload = bytearray(page[at : at + local])
    following = int.from_bytes(page[at + local : at + local + 4])
    while len(payload) < size:
        if following == 0:
            raise ValueError(following)
        overflow = find(following)
        if len(overflow) != PAGE_BYTES:
            raise ValueError(following)
        following = int.from_bytes(overflow[:4])
        payload += overflow[4 : 4 + size - len(payload)]
    return bytes(payload)


def _column(payload: bytes, at: int, type_: int) -> tuple[object, int]:
    if type_ in _INTEGER_BYTES:
        end = at + _INTEGER_BYTES[type_]
        return int.from_bytes(payload[at:end], signed=True), end
    if type_ in {0, 8, 9}:
        return {0: None, 8: 0, 9: 1}[type_], at
    if type_ == 7:  # noqa: PLR2004  # a float, as the format numbers its types
        return struct.unpack_from(">d", payload, at)[0], at + 8
    end = at + (type_ - 12) // 2
    if type_ < 12 or end > len(payload):  # noqa: PLR2004  # from here on types are lengths
        raise ValueError(type_)
    return payload[at:end] if type_ % 2 == 0 else payload[at:end].decode(), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = data[at]
    if value < 0x80:  # noqa: PLR2004  # its highest bit says whether there is more
        return value, at + 1
    value = 0
    for place in range(at, at + _VARINT_BYTES - 1):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:  # noqa: PLR2004
            return value, place + 1
    return value << 8 | data[at + _VARINT_BYTES - 1], at + _VARINT_BYTES
