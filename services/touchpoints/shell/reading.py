"""From a request to the events in it: structured, binary, batch or NDJSON.."""

import asyncio
from collections.abc import Mapping, Sequence
from email.message import Message
from typing import Any, Literal, NamedTuple

from fastapi import Request

from services.chassis.field_errors import FieldError
from services.chassis.problems import Problem
from services.touchpoints.shell.binary_mode import is_binary, read_binary
from services.touchpoints.shell.json_reading import Malformed, read_json
from services.touchpoints.shell.limits import BODY_SECONDS, LARGEST_EVENT_BYTES, MOST_EVENTS

STRUCTURED = "application/cloudevents+json"
PLAIN = "application/json"
BATCH = "application/cloudevents-batch+json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
SUPPORTED: tuple[str, ...] = (STRUCTURED, PLAIN, BATCH, *LINES)

UTF_8 = {"utf-8", "utf8", "us-ascii"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Place(NamedTuple):
    """Where in a request an event was: its index in a batch from 0, or its line from 1."""

    unit: Literal["index", "line"]
    number: int


class Sent(NamedTuple):
    """One event as it was sent; either a JSON value, or the reason why it could not even be read as JSON."""

    document: Any = None
    malformed: FieldError | None = None
    place: Place | None = None
    """None: the only one."""
    size: int | None = None
    """Its bytes, where that is known."""
    binary: bool = False


async def read_body(request: Request) -> bytes:
    """The whole body of a request. Raises Problem when it does not come."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError:
        raise too_slow() from None


def too_slow() -> Problem:
    """The problem of a body that does not come. Its connection ends: what may still come is no other request."""
    detail = f"The body has not come within {BODY_SECONDS:g} s; nothing of it was taken. Send it again."
    return Problem(408, "too-slow", "The request took too long", detail, headers={"connection": "close"})


def read_events(headers: Mapping[str, str], body: bytes) -> Sequence[Sent]:
    """The events in a request. Raises Problem when nothing of it can be read, or nothing of it may be."""
    content_type = _content_type(headers)
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body.strip():
        raise Problem(400, "empty", "The request is empty", "The body is empty; it has to hold an event.")
    if content_type == BATCH:
        return _batch(body)
    if content_type in LINES:
        return _lines(body)
    if len(body) > LARGEST_EVENT_BYTES:
        detail = f"An event may have at most {LARGEST_EVENT_BYTES:,} bytes, got {len(body):,}."
        raise Problem(413, "too-large", "The event is too large", detail)
    try:
        document = read_json(body)
    except Malformed as error:
        raise not_json(error) from error
    if content_type == PLAIN and is_binary(headers):
        return [Sent(document=read_binary(headers, document), size=len(body), binary=True)]
    return [Sent(document=document, size=len(body))]


def not_json(error: Malformed) -> Problem:
    """The problem of a body that is not JSON."""
    return Problem(400, "malformed", "The body is not JSON", str(error), line=error.line, column=error.column)


def _content_type(headers: Mapping[str, str]) -> str:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        detail = f"The body is compressed with {encoding[:40]}; send it as it is."
        raise Problem(415, "unsupported", "Unsupported encoding", detail, headers={"accept-encoding": "identity"})
    if "content-type" not in headers:
        raise _unsupported("The header Content-Type is missing.")
    message = Message()
    message["content-type"] = headers["content-type"]
    content_type, charset = message.get_content_type(), message.get_param("charset", "utf-8")
    if content_type not in SUPPORTED:
        raise _unsupported(f"{headers['content-type'][:100]} is not taken here.")
    if str(charset).lower() not in UTF_8:
        raise _unsupported(f"The charset {str(charset)[:40]} is not taken here; JSON is written in UTF-8.")
    return content_type


def _unsupported(what: str) -> Problem:
    detail = f"{what} Send one event as {STRUCTURED}, many as {BATCH} or {LINES[0]}."
    return Problem(415, "unsupported", "Unsupported content type", detail, supported=list(SUPPORTED))


def _batch(body: bytes) -> Sequence[Sent]:
    try:
        documents = read_json(body)
    except Malformed as error:
        raise not_json(error) from error
    if not isinstance(documents, list):
        detail = f"{BATCH} has to be a list of events; send one event alone as {STRUCTURED}."
        raise Problem(422, "not-a-batch", "The batch is not a list", detail)
    _not_too_many(len(documents))
    return [Sent(document=each, place=Place(unit="index", number=index)) for index, each in enumerate(documents)]


def _lines(body: bytes) -> Sequence[Sent]:
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    _not_too_many(len(lines))
    return [_line(line, Place(unit="line", number=number)) for number, line in lines]


def _line(line: bytes, place: Place) -> Sent:
    try:
        return Sent(document=read_json(line), place=place, size=len(line))
    except Malformed as error:
        detail = f"line {place.number}, column {error.column}: {error.what}"
        return Sent(malformed=FieldError(location=(), name="the line", detail=detail), place=place)


def _not_too_many(events: int) -> None:
    if events > MOST_EVENTS:
        detail = f"A request may hold at most {MOST_EVENTS:,} events, got {events:,}. Send them in several requests."
        raise Problem(413, "too-many", "Too many events", detail)
