"""The AsyncAPI document: it is one by AsyncAPI's own schema, and says of every event where it goes and who tells it."""

import copy
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from touchline_contracts import KINDS, TOPICS, Kind
from touchline_contracts.asyncapi import VERSION, asyncapi_document
from touchline_contracts.envelope import event_model
from touchline_contracts.examples import golden_examples

DOCUMENT = asyncapi_document({kind.name: golden_examples(kind) for kind in KINDS})
SPECIFICATION = json.loads((Path(__file__).parent / "asyncapi_specification/3.0.0.schema.json").read_text())


def message_id(kind: Kind) -> str:
    return event_model(kind).__name__


def references(part: object) -> Iterator[str]:
    """Every $ref of the document; what an example holds is not the document's."""
    if isinstance(part, dict):
        for word, value in part.items():
            if word == "$ref":
                yield value
            elif word != "examples":
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def looked_up(document: dict, reference: str) -> dict:
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_document_keeps_to_the_schema_of_asyncapi():
    errors = [f"{error.json_path}: {error.message}" for error in Draft7Validator(SPECIFICATION).iter_errors(DOCUMENT)]

    assert errors == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("operations/greetingSendsToTouchpoints/action", "publish"),
        ("channels/touchpoints/bindings/kafka/partitions", 0),
        ("channels/touchpoints/bindings/kafka/topicConfiguration/cleanup.policy", "compact"),
        ("components/messages/PromiseMadeV1/payload", {"type": "text"}),
        ("info/version", None),
        ("servers/kafka/port", 9092),
    ],
)
def test_the_schema_of_asyncapi_would_notice(path: str, value: object):
    document = copy.deepcopy(DOCUMENT)
    *above, last = path.split("/")
    looked_up(document, "/".join(above))[last] = value

    assert list(Draft7Validator(SPECIFICATION).iter_errors(document)) != []


def test_every_reference_leads_somewhere():
    found = set(references(DOCUMENT))

    assert len(found) > 3 * len(KINDS)
    for reference in found:
        assert reference.startswith("#/")
        assert isinstance(looked_up(DOCUMENT, reference), dict), reference


def test_every_topic_is_a_channel_that_can_be_created_from_the_document():
    channels = {channel["address"]: channel["bindings"]["kafka"] for channel in DOCUMENT["channels"].values()}

    assert sorted(channels) == sorted(topic.name for topic in TOPICS)
    for topic in TOPICS:
        binding = channels[topic.name]
        assert (binding["topic"], binding["partitions"]) == (topic.name, topic.partitions)
        assert binding["topicConfiguration"]["cleanup.policy"] == [topic.cleanup]
    # Thirty days, by hand: 30 x 24 x 3600 x 1000.
    assert channels["touchline.touchpoints"]["topicConfiguration"]["retention.ms"] == 2_592_000_000
    assert "retention.ms" not in channels["touchline.evaluations"]["topicConfiguration"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_is_on_its_topic_and_no_other_and_one_service_alone_tells_it(kind: Kind):
    on = [channel for channel in DOCUMENT["channels"].values() if message_id(kind) in channel["messages"]]
    told_in = [
        operation
        for operation in DOCUMENT["operations"].values()
        for message in operation["messages"]
        if operation["action"] == "send" and message["$ref"].endswith(f"/{message_id(kind)}")
    ]

    assert [channel["address"] for channel in on] == [kind.topic.name]
    assert [operation["tags"] for operation in told_in] == [[{"name": kind.teller}]]
    assert DOCUMENT["components"]["messages"][message_id(kind)]["name"] == kind.type


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_examples_of_a_message_keep_to_its_payload(kind: Kind, faults):
    message = DOCUMENT["components"]["messages"][message_id(kind)]
    payload = {**message["payload"], "components": DOCUMENT["components"]}

    assert [example["name"] for example in message["examples"]] == list(golden_examples(kind))
    for example in message["examples"]:
        assert faults(payload, example["payload"]) == []
        assert faults(payload, {**example["payload"], "specversion": "0"}) != []


def test_what_the_services_read_is_what_others_send():
    operations = DOCUMENT["operations"]

    read = {message["$ref"] for name in ("experienceReadsTouchpoints", "alertsReadsEvaluations")
            for message in operations[name]["messages"]}  # fmt: skip
    sent = {message["$ref"] for operation in operations.values() if operation["action"] == "send"
            for message in operation["messages"]}  # fmt: skip
    assert read < sent


def test_the_version_of_the_document_is_that_of_the_wheel(contracts: Path):
    project = tomllib.loads((contracts / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION == DOCUMENT["info"]["version"]
