"""Whether a service takes an event, and what it then puts on the event. Pure: the time comes from outside."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import to_json

from services.chassis.field_errors import FieldError, Location, closest, field_errors, field_name
from services.keys.key import Key
from services.touchpoints.ports import DEFAULT_PORTS
from services.touchpoints.shell.limits import DEEPEST_NESTING, LARGEST_EVENT_BYTES, MOST_ERRORS
from services.touchpoints.shell.reading import Sent
from services.touchpoints.shell.service import TouchpointService
from services.touchpoints.shell.shapes import Shape, schema_of
from touchline_contracts import BY_TYPE, AnyEvent, event_model

AHEAD = timedelta(seconds=1)
"""A sender's clock may run ahead by this much before it is told."""
TRACEPARENT = re.compile(r"^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")
"""Source: W3C Trace Context, section 3.2."""


class Taken(NamedTuple):
    """An event that is in order, as it will be published."""

    event: AnyEvent
    value: bytes
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An event that cannot be taken, and why. `id` and `source` as far as they could be read."""

    errors: tuple[FieldError, ...]
    id: str | None = None
    source: str | None = None
    malformed: bool = False
    of_another_store: bool = False
    """Its sender may not speak for its store."""


class Checking:
    """Checks and stamps the events of one service."""

    def __init__(self, service: TouchpointService) -> None:
        self.service = service
        self._models = {kind.type: event_model(kind) for kind in service.kinds}
        self._shapes = {kind.type: Shape(schema_of(kind), service.example_events[kind.type]) for kind in service.kinds}

    def check(
        self, sent: Sent, *, now: datetime, traceparent: str | None = None, key: Key | None = None
    ) -> Taken | Refused:
        """Take the event, stamped as received `now`, or refuse it. Fields that nobody knows are kept, and warned about.

        `traceparent` is that of the request; an event's own wins. `key` is what it was sent with: an event of another
        store is refused, and one that names none is of the key's, where that is just one. None: anybody may send it.
        """
        if sent.malformed is not None:
            return Refused(errors=(sent.malformed,), malformed=True)
        if not isinstance(sent.document, dict):
            what = "An event has to be a JSON object."
            hint = "an object; send a list of events as application/cloudevents-batch+json"
            return Refused(
                errors=(FieldError(location=(), name="the event", detail=what, expected=hint, got=sent.document),)
            )
        # An attribute that is null is as good as not there: CloudEvents 1.0, JSON format, section 2.2.
        document = {name: value for name, value in sent.document.items() if value is not None or name == "data"}
        errors = [] if key is None else list(_not_for(document, key))
        of_another_store = bool(errors)
        errors = errors or list(_unfit(document)) or self._wrong_type(document)
        if not errors:
            checked = self._stamped(document, now, traceparent)
            if isinstance(checked, Taken):
                return checked
            errors = checked
        if sent.binary:
            errors = [_as_header(error) for error in errors]
        return Refused(
            errors=_not_too_many(errors),
            id=_text(document.get("id")),
            source=_text(document.get("source")),
            of_another_store=of_another_store,
        )

    def _stamped(self, document: dict[str, Any], now: datetime, traceparent: str | None) -> Taken | list[FieldError]:
        shape = self._shapes[document["type"]]
        document.pop("partitionkey", None)
        document["receivedtime"] = _written(now)
        if traceparent is not None and TRACEPARENT.match(traceparent):
            document.setdefault("traceparent", traceparent)
        text = to_json(document)
        try:
            # Read from JSON text, and not from the objects, because that is how its readers will read it.
            event = self._models[document["type"]].model_validate_json(text)
        except ValidationError as error:
            found = error.errors(include_url=False)
            return field_errors(found, document, expected_at=shape.expected)
        document["partitionkey"] = event.key
        value = text[:-1] + b',"partitionkey":' + to_json(event.key) + b"}"  # no need to write all the rest again
        if len(value) > LARGEST_EVENT_BYTES:
            detail = f"An event may have at most {LARGEST_EVENT_BYTES:,} bytes, got {len(value):,}."
            return [FieldError(location=(), name="the event", detail=detail)]
        return Taken(event=event, value=value, warnings=tuple(_warnings(event, document, shape, now)))

    def _wrong_type(self, document: Mapping[str, Any]) -> list[FieldError]:
        type_ = document.get("type")
        if isinstance(type_, str) and type_ in self._models:
            return []
        types = list(self._models)
        expected = "one of " + ", ".join(types)
        if type_ is None:
            detail = "type is missing"
            if "data" not in document and "specversion" not in document:
                detail += (
                    "; this looks like the data of an event without its envelope. Put it into `data`, "
                    "or send the envelope as ce- headers"
                )
            return [FieldError(location=("type",), detail=detail, expected=expected)]
        kind = BY_TYPE.get(type_) if isinstance(type_, str) else None
        if kind is not None and kind.teller in DEFAULT_PORTS:
            detail = (
                f"{type_} is not taken by {self.service.name} but by {kind.teller} "
                f"(POST /v1/events, port {DEFAULT_PORTS[kind.teller]} unless it was moved)"
            )
        elif kind is not None:
            detail = f"{type_} is told by Touchline itself, and taken from nobody over HTTP"
        else:
            meant = closest(type_, types)
            detail = f"{self.service.name} does not know this type" + (f"; did you mean {meant}?" if meant else "")
        return [FieldError(location=("type",), detail=detail, expected=expected, got=type_)]


@lru_cache(1)
def _written(now: datetime) -> str:
    """The time of receipt, which the events of one request share."""
    return now.isoformat().replace("+00:00", "Z")


def _not_for(document: dict[str, Any], key: Key) -> Iterator[FieldError]:
    """Whether a key does not speak for the event's store; one that names none is of the key's only store."""
    store = document.get("store")
    if store is None and key.only_store is not None:
        document["store"] = key.only_store
    elif isinstance(store, str) and not key.is_for(store):
        detail = "store is none of those that the key is for; each store system has a key of its own"
        yield FieldError(location=("store",), detail=detail, expected=_one_of(key), got=store)


def _one_of(key: Key) -> str:
    stores = sorted(key.stores or ())
    return "one of " + ", ".join(stores[:MOST_ERRORS]) + (" ..." if len(stores) > MOST_ERRORS else "")


def _unfit(document: dict[str, Any]) -> Iterator[FieldError]:
    """What no event may hold, of whatever kind: nesting without end, and numbers that JSON cannot write."""
    containers = (dict, list)  # made once: a union is made anew, and is slow to ask
    left: list[tuple[Location, dict[str, Any] | list[Any]]] = [((), document)]
    while left:
        location, outer = left.pop()
        if len(location) >= DEEPEST_NESTING:
            detail = f"The event has more than {DEEPEST_NESTING} levels of objects and lists within each other."
            yield FieldError(location=location[:3], name=field_name(location[:3]), detail=detail)
            return
        for name, value in outer.items() if isinstance(outer, dict) else enumerate(outer):
            if isinstance(value, str):
                continue  # most are
            if isinstance(value, containers):
                left.append(((*location, name), value))
            elif isinstance(value, float) and not math.isfinite(value):
                at = (*location, name)
                yield FieldError(location=at, detail=f"{field_name(at)} is a number too large to be kept")


def _warnings(event: AnyEvent, document: Mapping[str, Any], shape: Shape, now: datetime) -> Sequence[str]:
    warnings = []
    if event.time - now > AHEAD:
        warnings.append("time is ahead of our clock; the event counts as of its receipt. Set the sender's clock.")
    for location, meant in shape.unknown(document):
        warning = f"{field_name(location)[:200]} is not part of {event.type}; kept, but nobody reads it."
        warnings.append(warning + (f" Did you mean {meant}?" if meant else ""))
    if len(warnings) > MOST_ERRORS:
        warnings[MOST_ERRORS:] = [f"And {len(warnings) - MOST_ERRORS} more."]
    return warnings


def _as_header(error: FieldError) -> FieldError:
    if not error.location or error.location[0] == "data":
        return error
    return replace(error, name=f"the header ce-{error.location[0]}")


def _not_too_many(errors: list[FieldError]) -> tuple[FieldError, ...]:
    if len(errors) <= MOST_ERRORS:
        return tuple(errors)
    more = FieldError(location=(), name="the event", detail=f"And {len(errors) - MOST_ERRORS} more.")
    return (*errors[:MOST_ERRORS], more)


def _text(value: object) -> str | None:
    return value[:128] if isinstance(value, str) else None
