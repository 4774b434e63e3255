"""The OpenAPI document of a touchpoint service: everything that an integrator needs, and every example checked."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from services.chassis.problems import CONTENT_TYPE as PROBLEM
from services.chassis.problems import Problem
from services.touchpoints.shell.accepting import Results
from services.touchpoints.shell.answering import answer
from services.touchpoints.shell.checking import Checking, Refused, Taken
from services.touchpoints.shell.limits import LARGEST_EVENT_BYTES, LARGEST_REQUEST_BYTES, MOST_EVENTS
from services.touchpoints.shell.reading import BATCH, LINES, PLAIN, STRUCTURED, Place, Sent, read_events, too_slow
from services.touchpoints.shell.sample import curl
from services.touchpoints.shell.service import EXAMPLE_TIME, TouchpointService
from services.touchpoints.shell.shapes import schema_of
from touchline_contracts import BY_TYPE, Kind

SET_BY_US = ("partitionkey", "receivedtime")
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "store", "customer", "replay")

Document = dict[str, Any]


def openapi_of(service: TouchpointService, checking: Checking, *, takes_keys: bool) -> Document:
    """The document of one service."""
    return {
        "openapi": "3.1.0",
        "info": {"title": service.title, "version": "1", "description": _description(service, takes_keys=takes_keys)},
        "paths": {"/v1/events": {"post": _operation(service, checking)}},
        "components": {"schemas": _event_schemas(service.kinds) | _ANSWERS},
    }


def _description(service: TouchpointService, *, takes_keys: bool) -> str:
    kinds = "\n".join(f"| `{kind.type}` | {kind.description} |" for kind in service.kinds)
    return f"""{service.description}

| type | what happened |
| --- | --- |
{kinds}

Each event is a [CloudEvent](https://cloudevents.io) 1.0. The first one:

```sh
{curl(service, f"http://127.0.0.1:{service.default_port}", with_key=takes_keys)}
```

**Ways to send**: one event as `{STRUCTURED}`; one event with its attributes as `ce-` headers and its data as
`{PLAIN}` (binary mode); many as `{BATCH}`, or a line each as `{LINES[0]}`.

**What the answer means**: 202, all of it is on disk here, and goes on to Kafka. 207, some events of a batch
are refused, the others are in. 4xx, nothing is in; mend it. 503, or no answer at all: send the same again.
`source` and `id` together identify an event for ever, so it counts once however often it is sent.

**Fields we do not know** are kept, and named in the answer's warnings, because they are mostly misspelt.

**Limits**: {LARGEST_EVENT_BYTES // 1024} KiB an event; {LARGEST_REQUEST_BYTES // 1024} KiB and {MOST_EVENTS:,} events
a request."""


def _operation(service: TouchpointService, checking: Checking) -> Document:
    return {
        "operationId": "takeEvents",
        "summary": "Tell what happened",
        "description": "Takes one event or many, in any of the ways below. Answers once they are on disk.",
        "parameters": [_header(name, service) for name in ATTRIBUTES] + [_TRACEPARENT],
        "requestBody": {"required": True, "content": _contents(service)},
        "responses": _responses(service, checking),
    }


def _header(name: str, service: TouchpointService) -> Document:
    schema = schema_of(service.kinds[0])["properties"].get(name, {})
    schema = schema.get("anyOf", [schema])[0]
    return {
        "name": f"ce-{name}",
        "in": "header",
        "required": False,
        "description": f"In binary mode alone, percent-encoded. {schema.get('description', '')}".strip(),
        "schema": {"type": "string"},
    }


_TRACEPARENT = {
    "name": "traceparent",
    "in": "header",
    "required": False,
    "description": "W3C trace context, for events that have none of their own.",
    "schema": {"type": "string"},
}


def _contents(service: TouchpointService) -> Document:
    events = _one_of(service.kinds)
    named = {
        type_: {"summary": BY_TYPE[type_].description, "value": event}
        for type_, event in service.example_events.items()
    }
    data = {
        f"{type_} (binary mode)": {"summary": "The data alone; the rest are ce- headers.", "value": event["data"]}
        for type_, event in service.example_events.items()
    }
    every = list(service.example_events.values())
    lines = "".join(json.dumps(event) + "\n" for event in every)
    line_wise = {"schema": {"type": "string", "description": "An event on each line."}, "example": lines}
    return {
        STRUCTURED: {"schema": events, "examples": named},
        PLAIN: {
            "schema": {"anyOf": [events, *[_ref(kind.data.__name__) for kind in service.kinds]]},
            "examples": named | data,
        },
        BATCH: {
            "schema": {"type": "array", "items": events, "maxItems": MOST_EVENTS},
            "examples": {"all kinds": {"summary": "One of each kind.", "value": every}},
        },
        **dict.fromkeys(LINES, line_wise),
    }


def _one_of(kinds: Sequence[Kind]) -> Document:
    names = {kind.type: schema_of(kind)["title"] for kind in kinds}
    return {
        "oneOf": [_ref(name) for name in names.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {type_: f"#/components/schemas/{name}" for type_, name in names.items()},
        },
    }


def _event_schemas(kinds: Sequence[Kind]) -> Document:
    schemas: Document = {}
    for kind in kinds:
        schema = deepcopy(schema_of(kind))
        schemas |= schema.pop("$defs", {})
        for name in SET_BY_US:
            schema["properties"][name]["readOnly"] = True
        schemas[schema["title"]] = schema
    return schemas


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _responses(service: TouchpointService, checking: Checking) -> Document:
    good, *_ = service.example_events.values()
    misspelt = good | {"data": good["data"] | {"notes": "two children"}}
    bad = good | {"time": "2026-11-21T14:00:00", "store": "Riga, main street"}
    taken = checking.check(Sent(document=misspelt), now=EXAMPLE_TIME)
    refused = checking.check(Sent(document=bad), now=EXAMPLE_TIME)
    assert isinstance(taken, Taken)
    assert isinstance(refused, Refused)
    second = Place(unit="index", number=1)
    all_in = Results(accepted=[(None, taken)], refused=[], unacknowledged=[])
    some_in = Results(accepted=[(Place(unit="index", number=0), taken)], refused=[(second, refused)], unacknowledged=[])
    none_in = Results(accepted=[], refused=[(None, refused)], unacknowledged=[])
    late = Results(accepted=[], refused=[], unacknowledged=[(None, taken)], why=_WHY)
    return {
        "202": _response("All of it is kept.", "Accepted", _body(all_in)),
        "207": _response("Some events of a batch are refused; the others are in.", "PartlyAccepted", _body(some_in)),
        "400": _problem("The body is not JSON.", lambda: read_events({"content-type": STRUCTURED}, b'{"id": }')),
        "408": _problem("The body did not come.", lambda: _raise(too_slow())),
        "413": _problem(
            "Too much at once.", lambda: read_events({"content-type": LINES[0]}, b"0\n" * (MOST_EVENTS + 1))
        ),
        "415": _problem(
            "A content type that is not taken here.", lambda: read_events({"content-type": "text/xml"}, b"<e/>")
        ),
        "422": _problem("It is JSON, but not an event of this service.", lambda: _body(none_in)),
        "503": _problem(
            "Nothing could be kept, or too much is sent at once. Send the same again.",
            lambda: _body(late),
            _RETRY_AFTER,
        ),
    }


def _body(results: Results) -> Any:
    return json.loads(bytes(answer(results, retry_after_seconds=2).body))


def _response(description: str, schema: str, example: Any) -> Document:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema), "example": example}}}


_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def _problem(description: str, provoke: Callable[[], object], headers: Mapping[str, Any] | None = None) -> Document:
    """A response whose example is what is really answered."""
    try:
        provoke()
    except Problem as problem:
        content = {PROBLEM: {"schema": _ref("Problem"), "example": problem.body()}}
        return {"description": description, "content": content} | ({"headers": dict(headers)} if headers else {})
    raise AssertionError(f"the example of {description!r} is no problem")


def _raise(problem: Problem) -> None:
    raise problem


_STRING = {"type": "string"}
_ERROR = {
    "type": "object",
    "description": "One thing that is wrong.",
    "required": ["pointer", "field", "detail"],
    "properties": {
        "pointer": _STRING | {"description": "Where, as a JSON pointer into the event."},
        "field": _STRING | {"description": "Where, as people write it."},
        "got": {"description": "What was there, shortened to 100 characters. Absent when nothing was."},
        "detail": _STRING | {"description": "What is wrong, in plain words."},
        "expected": _STRING | {"description": "What would be right, with an example."},
    },
}
_PLACED = {
    "index": {"type": "integer", "description": "Its index in the batch, from 0."},
    "line": {"type": "integer", "description": "Its line, from 1."},
    "id": _STRING,
    "source": _STRING,
}
_REFUSED = {
    "type": "object",
    "description": "An event of a batch that was refused.",
    "required": ["errors"],
    "properties": _PLACED | {"errors": {"type": "array", "items": _ref("Error")}},
}
_WHY = "The spool is full: 512,340 events wait in the spool for Kafka"
_COUNT = {"type": "integer", "minimum": 0, "description": "How many events are kept."}
_WARNINGS = {
    "type": "array",
    "description": "In a batch: what is probably a mistake, each once, with how many events have it and the first.",
    "items": {
        "type": "object",
        "required": ["detail", "events", "first"],
        "properties": {
            "detail": _STRING,
            "events": {"type": "integer"},
            "first": {"type": "object", "properties": {name: _PLACED[name] for name in ("index", "line")}},
        },
    },
}
_EVENTS = {
    "type": "array",
    "description": "The event, when it was sent alone.",
    "items": {
        "type": "object",
        "required": ["id", "source"],
        "properties": {
            "id": _STRING,
            "source": _STRING,
            "subject": _STRING,
            "warnings": {"type": "array", "items": _STRING},
        },
    },
}
_ACCEPTED = {"accepted": _COUNT, "events": _EVENTS, "warnings": _WARNINGS}
_REFUSED_LIST = {"type": "array", "items": _ref("Refused")}
_ANSWERS: Document = {
    "Accepted": {"type": "object", "required": ["accepted"], "properties": _ACCEPTED},
    "PartlyAccepted": {
        "type": "object",
        "required": ["accepted", "refused"],
        "properties": _ACCEPTED | {"refused": _REFUSED_LIST},
    },
    "Refused": _REFUSED,
    "Error": _ERROR,
    "Problem": {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": _STRING
            | {"description": "What programs compare.", "examples": ["urn:touchline:problem:invalid-event"]},
            "title": _STRING,
            "status": {"type": "integer"},
            "detail": _STRING | {"description": "What is wrong and what to do, for people."},
            "errors": {"type": "array", "items": _ref("Error")},
            "accepted": _COUNT,
            "refused": _REFUSED_LIST,
            "unacknowledged": {"type": "array", "items": {"type": "object", "properties": _PLACED}},
            "line": {"type": "integer"},
            "column": {"type": "integer"},
            "supported": {"type": "array", "items": _STRING},
        },
    },
}
