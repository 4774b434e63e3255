"""The golden examples: every kind has them, every reader can read them, and they are about nobody.

What cannot be seen here: whether an edge is missing. Add an example with each edge that somebody got wrong.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from math import fsum, log

import pytest

from touchline_contracts import BY_TYPE, KINDS, Kind, journey_key, parse_event
from touchline_contracts.examples import UNKNOWN, examples_folder, golden_examples
from touchline_contracts.json_schemas import json_schema

EXAMPLES = [
    pytest.param(kind, event, id=f"{kind.name}/{name}")
    for kind in KINDS
    for name, event in golden_examples(kind).items()
]
NOT_KNOWN = [pytest.param(event, id=name) for name, event in golden_examples(None).items()]
EVALUATIONS = [example for example in EXAMPLES if example.values[0].name == "journey.evaluated"]

FROM_A_NEWER_SENDER = {"exit-1050": {".sequence", ".data.basket_count", ".data.exit.door"}}
"""What the examples hold that this version does not know, by the event's id: read, and left out when written."""

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")

PERSONAL = re.compile(r"\S@\S|\+\d{2,3}[ -]?\d{6,}|\b(mr|mrs|ms)\.? [A-Z]", re.IGNORECASE)
"""E-mail addresses, telephone numbers, forms of address."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_a_plain_example_and_one_of_an_edge(kind: Kind):
    names = list(golden_examples(kind))

    assert names[0] == "plain"
    assert len(names) >= 2


def test_every_folder_of_examples_belongs_to_a_kind():
    folders = {folder.name for folder in examples_folder().iterdir()}

    assert folders == {kind.name for kind in KINDS} | {UNKNOWN}
    assert [file for file in examples_folder().rglob("*") if file.is_file() and file.suffix != ".json"] == []


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_an_example_is_read_as_its_kind_and_written_as_it_was_read(kind: Kind, event: dict):
    read = parse_event(json.dumps(event))

    assert read.kind is kind
    assert isinstance(read.data, kind.data)
    assert parse_event(read.to_json()) == read


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_an_example_is_read_whatever_else_is_called_type_before_its_own(kind: Kind, event: dict):
    misleading = {"extension": {"type": "touchline.problem.owned.v1"}, **event}

    assert parse_event(json.dumps(misleading).encode()) == parse_event(json.dumps(event).encode())
    assert parse_event(json.dumps(misleading).encode()).kind is kind


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_an_example_keeps_to_the_schema_of_its_kind_before_and_after(kind: Kind, event: dict, faults):
    written = json.loads(parse_event(json.dumps(event)).to_json())

    assert faults(json_schema(kind), event) == []
    assert faults(json_schema(kind), written) == []


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_reading_and_writing_loses_only_nulls_and_what_the_kind_does_not_know(kind: Kind, event: dict):
    written = json.loads(parse_event(json.dumps(event)).to_json())

    lost = set(leaves(event)) - set(leaves(written))
    assert {path for path, value in lost if value is not None} == FROM_A_NEWER_SENDER.get(event["id"], set())


@pytest.mark.parametrize(("kind", "event"), EXAMPLES)
def test_an_example_carries_the_right_key(kind: Kind, event: dict):
    read = parse_event(json.dumps(event))

    assert read.key == (journey_key(event["store"], event["subject"]) if "subject" in event else event["store"])
    assert read.partitionkey in {None, read.key}


@pytest.mark.parametrize("event", NOT_KNOWN)
def test_an_unknown_type_is_kept_as_it_came(event: dict):
    read = parse_event(json.dumps(event))

    assert event["type"] not in BY_TYPE
    assert read.kind is None
    assert parse_event(read.to_json()) == read
    assert json.loads(read.to_json())["data"] == event["data"]


@pytest.mark.parametrize(("kind", "event"), EVALUATIONS)
def test_the_contributions_of_an_evaluation_add_up_to_it(kind: Kind, event: dict):
    data = event["data"]

    # The examples are rounded to six places.
    assert fsum(line["contribution"] for line in data["lines"]) == pytest.approx(log(data["kv"]), abs=1e-5)
    assert fsum(line["forecast_contribution"] for line in data["lines"]) == pytest.approx(
        log(data["forecast"]), abs=1e-5
    )
    lines = {line["line"] for line in data["lines"]}
    assert {each["line"] for each in data["attention"]} | set(data["to_restore"]) | set(data["retracted"]) <= lines


def test_examples_are_told_apart_by_their_ids():
    identities = [parse_event(json.dumps(example.values[-1])).identity for example in EXAMPLES + NOT_KNOWN]

    assert len(identities) == len(set(identities))


def test_examples_are_about_nobody():
    texts = {file: file.read_text(encoding="utf-8") for file in examples_folder().rglob("*.json")}

    assert [(file.name, PERSONAL.search(text)) for file, text in texts.items() if PERSONAL.search(text)] == []
    assert PERSONAL.search('"made_by": "Mrs. Example, someone@example.com"')


def leaves(part: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value with the place it stands at; instants as instants, however they are written."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield from leaves(value, f"{path}.{name}")
    elif isinstance(part, list):
        for position, value in enumerate(part):
            yield from leaves(value, f"{path}[{position}]")
    else:
        yield path, datetime.fromisoformat(part) if isinstance(part, str) and INSTANT.match(part) else part
