"""The AsyncAPI 3.0 document: which topic carries which events, under which key, and who sends and reads them. Pure."""

from collections.abc import Mapping
from typing import Any, get_args

from touchline_contracts.envelope import CONTENT_TYPE, event_model
from touchline_contracts.json_schemas import json_schema
from touchline_contracts.kinds import KINDS, Kind, Teller, told_by
from touchline_contracts.topics import ALERTS, DEAD_LETTERS, EVALUATIONS, TOPICS, TOUCHPOINTS, Topic

VERSION = "1.0.0"
"""The version of the contracts, the same as the wheel's."""

KAFKA_BINDING = "0.5.0"
"""The version of AsyncAPI's Kafka binding that the document is written in."""

CHANNELS: dict[str, Topic] = {
    "touchpoints": TOUCHPOINTS,
    "evaluations": EVALUATIONS,
    "alerts": ALERTS,
    "deadLetters": DEAD_LETTERS,
}
CHANNEL_OF: dict[str, str] = {topic.name: channel for channel, topic in CHANNELS.items()}

MILLISECONDS_PER_DAY = 86_400_000

_DESCRIPTION = """\
Store systems report what happens at each touchpoint; Touchline compares it with what the customer was led to expect
and warns the manager on duty while there is still time to act.

Every message is one CloudEvent 1.0 in structured JSON. What store systems tell goes by HTTP to the touchpoint service
that takes its kind or, from senders that Kafka's access rules trust, straight to touchline.touchpoints.
All messages of one journey have the same key, and so keep their order.

Within version 1 of a kind only optional fields are added: ignore fields that you do not know."""


def asyncapi_document(examples: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The whole document. `examples`: for each kind's name, its golden examples by their names."""
    schemas: dict[str, Any] = {}
    for kind in KINDS:
        _add_schemas(schemas, kind)
    messages = {_message_id(kind): _message(kind, examples.get(kind.name, {})) for kind in KINDS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Touchline events",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": _SERVER},
        "channels": {channel: _channel(topic) for channel, topic in CHANNELS.items()},
        "operations": _operations(),
        "components": {"messages": messages | {"DeadLetter": _DEAD_LETTER}, "schemas": schemas},
    }


_SERVER: dict[str, Any] = {
    "host": "{bootstrap}",
    "protocol": "kafka",
    "description": "The cluster that KAFKA_BOOTSTRAP_SERVERS names.",
    "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "Host and port of a broker."}},
}

_DEAD_LETTER: dict[str, Any] = {
    "name": "dead-letter",
    "title": "A message that could not be read",
    "summary": DEAD_LETTERS.description,
    "contentType": "application/octet-stream",
    "payload": {"description": "The bytes as they came, whatever they were."},
}


def _message_id(kind: Kind) -> str:
    return event_model(kind).__name__


def _message(kind: Kind, examples: Mapping[str, Any]) -> dict[str, Any]:
    key = "store/journey_id" if kind.scope == "journey" else "store"
    if kind.scope == "either":
        key = "store/journey_id, or the store when there is no subject"
    return {
        "name": kind.type,
        "title": kind.name,
        "summary": kind.description,
        "contentType": CONTENT_TYPE,
        "tags": [{"name": kind.teller}],
        "payload": {"$ref": f"#/components/schemas/{_message_id(kind)}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "minLength": 1, "description": f"{key}, in UTF-8."},
                "bindingVersion": KAFKA_BINDING,
            }
        },
        "examples": [{"name": name, "payload": event} for name, event in examples.items()],
    }


def _channel(topic: Topic) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": [topic.cleanup]}
    if topic.retention_days is not None:
        configuration["retention.ms"] = topic.retention_days * MILLISECONDS_PER_DAY
    ids = [_message_id(kind) for kind in KINDS if kind.topic == topic] or ["DeadLetter"]
    return {
        "address": topic.name,
        "description": topic.description,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {id_: {"$ref": f"#/components/messages/{id_}"} for id_ in ids},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": configuration,
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operations() -> dict[str, Any]:
    """Who sends what to which topic, and who reads it, seen from Touchline."""
    operations: dict[str, Any] = {}
    for teller in get_args(Teller):
        for topic in TOPICS:
            ids = [_message_id(kind) for kind in told_by(teller) if kind.topic == topic]
            if ids:
                channel = CHANNEL_OF[topic.name]
                operations[f"{teller}SendsTo{channel[0].upper()}{channel[1:]}"] = _operation(
                    "send", channel, ids, tag=teller, summary=f"What {_who(teller)}, and nobody else, tells."
                )
    operations["experienceReadsTouchpoints"] = _operation(
        "receive",
        "touchpoints",
        [_message_id(kind) for kind in KINDS if kind.topic == TOUCHPOINTS],
        tag="experience",
        summary="The experience service folds every event into its journey and evaluates it.",
    )
    operations["alertsReadsEvaluations"] = _operation(
        "receive",
        "evaluations",
        [_message_id(kind) for kind in KINDS if kind.topic == EVALUATIONS],
        tag="alerts",
        summary="The alert service decides whom to warn of what.",
    )
    operations["readersSetAside"] = _operation(
        "send",
        "deadLetters",
        ["DeadLetter"],
        tag="experience",
        summary="What a service could not read is set aside, so that it neither stops a partition nor is lost.",
    )
    return operations


def _who(teller: str) -> str:
    return "the command line" if teller == "command" else f"the {teller} service"


def _operation(action: str, channel: str, ids: list[str], *, tag: str, summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "tags": [{"name": tag}],
        "messages": [{"$ref": f"#/channels/{channel}/messages/{id_}"} for id_ in ids],
    }


def _add_schemas(schemas: dict[str, Any], kind: Kind) -> None:
    """Put a kind's schema, and those it refers to, among the document's.

    Raises ValueError when two differ under one name: then rename a model.
    """
    schema = json_schema(kind)
    del schema["$schema"]
    for name, found in {**schema.pop("$defs", {}), _message_id(kind): schema}.items():
        moved = _with_references_into_components(found)
        if schemas.setdefault(name, moved) != moved:
            raise ValueError(f"two models are called {name}, got another one with {kind.type}; rename one of them")


def _with_references_into_components(schema: object) -> object:
    if isinstance(schema, dict):
        return {
            word: value.replace("#/$defs/", "#/components/schemas/")
            if word == "$ref"
            else _with_references_into_components(value)
            for word, value in schema.items()
        }
    if isinstance(schema, list):
        return [_with_references_into_components(item) for item in schema]
    return schema
