"""Within version 1 nothing breaks: not today against what is released, and the check that says so can say no.

What it cannot see: a field that keeps its schema and changes its meaning, and rules that only the models know.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from touchline_contracts import BY_TYPE, KINDS
from touchline_contracts.compatibility import LESS, MORE, WHAT_TO_DO, breaking_changes, breaking_changes_in_all
from touchline_contracts.json_schemas import json_schema, schema_file

Planted = Callable[[str, Callable], tuple[dict, dict]]

BREAKING = {
    "a field is removed": ("promise.made", lambda _, data: data["properties"].pop("made_by"), "data.made_by", "miss"),
    "a part of the envelope is removed": (
        "promise.made",
        lambda schema, _: schema["properties"].pop("replay"),
        "PromiseMadeV1.replay",
        "miss",
    ),
    "a new field is required": (
        "promise.made",
        lambda _, data: (data["properties"].update(price={"type": "number"}), data["required"].append("price")),
        "data.price: was not there, is required",
        LESS,
    ),
    "an optional field is required": (
        "promise.made",
        lambda _, data: data["required"].append("confirm_by"),
        "data.confirm_by: was optional, is required",
        LESS,
    ),
    "a required field is optional": (
        "promise.made",
        lambda _, data: data["required"].remove("due"),
        "data.due: was required, is optional",
        "count on it",
    ),
    "a value is taken from the list": (
        "customer.arrived",
        lambda _, data: data["properties"]["channel"]["enum"].remove("desk"),
        "data.channel (values)",
        '["desk"] is gone',
    ),
    "a value is added to the list": (
        "journey.evaluated",
        lambda schema, _: schema["$defs"]["LedgerLine"]["properties"]["state"]["enum"].append("forgotten"),
        "lines.(each).state (values)",
        '["forgotten"] is new',
    ),
    "another pattern": (
        "promise.made",
        lambda schema, _: schema["properties"]["store"].update(pattern="^[a-z]+$"),
        "PromiseMadeV1.store (pattern)",
        "something else",
    ),
    "a pattern where there was none": (
        "promise.made",
        lambda schema, _: schema["properties"]["partitionkey"]["anyOf"][0].update(pattern="/"),
        "PromiseMadeV1.partitionkey (pattern)",
        LESS,
    ),
    "a higher minimum": (
        "conduct.observed",
        lambda _, data: data["properties"]["score"].update(minimum=2),
        "data.score (minimum): was 1, is 2",
        LESS,
    ),
    "a lower minimum": (
        "conduct.observed",
        lambda _, data: data["properties"]["score"].update(minimum=0),
        "data.score (minimum): was 1, is 0",
        MORE,
    ),
    "a lower maximum": (
        "conduct.observed",
        lambda _, data: data["properties"]["score"].update(maximum=4),
        "data.score (maximum): was 5, is 4",
        LESS,
    ),
    "a bound is lifted": (
        "conduct.observed",
        lambda _, data: data["properties"]["score"].pop("maximum"),
        "data.score (maximum): was 5, is none",
        MORE,
    ),
    "a shorter text": (
        "promise.made",
        lambda schema, _: schema["properties"]["traceparent"]["anyOf"][0].update(maxLength=55),
        "PromiseMadeV1.traceparent (maxLength): was 64, is 55",
        LESS,
    ),
    "null is no longer allowed": (
        "promise.made",
        lambda schema, _: schema["properties"]["receivedtime"]["anyOf"].pop(),
        'PromiseMadeV1.receivedtime: was {"type": "null"}',
        LESS,
    ),
    "null is allowed": (
        "promise.made",
        lambda _, data: data["properties"].update(due={"anyOf": [data["properties"]["due"], {"type": "null"}]}),
        "data.due",
        MORE,
    ),
    "other fields are forbidden": (
        "promise.made",
        lambda _, data: data.update(additionalProperties=False),
        "data.(other fields)",
        LESS,
    ),
    "other fields have a type": (
        "promise.made",
        lambda _, data: data.update(additionalProperties={"type": "string"}),
        "data.(other fields)",
        LESS,
    ),
    "a field of a nested object is removed": (
        "problem.reported",
        lambda schema, _: schema["$defs"]["Cost"]["properties"].pop("currency"),
        "data.cost.currency",
        "miss",
    ),
    "a field of the items of a list has another format": (
        "journey.evaluated",
        lambda schema, _: schema["$defs"]["Attention"]["properties"]["since"].update(format="date"),
        "data.attention.(each).since (format)",
        "something else",
    ),
    "the names of a mapping are narrowed": (
        "mystery_visit.reported",
        lambda _, data: data["properties"]["scores"].update(minProperties=2),
        "data.scores (minProperties): was 1, is 2",
        LESS,
    ),
    "another default": (
        "promise.made",
        lambda schema, _: schema["properties"]["replay"].update(default=True),
        "PromiseMadeV1.replay (default): was false, is true",
        "something else",
    ),
    "a keyword that is not known": (
        "promise.made",
        lambda _, data: data.update(dependentRequired={"made_by": ["confirm_by"]}),
        "data (dependentRequired)",
        LESS,
    ),
}


def test_nothing_released_is_broken(contracts: Path):
    released = {file.name: json.loads(file.read_text()) for file in (contracts / "released").glob("*.json")}

    assert breaking_changes_in_all(released, {schema_file(kind): json_schema(kind) for kind in KINDS}) == []


def test_every_kind_is_released(contracts: Path):
    assert {file.name for file in (contracts / "released").iterdir()} >= {schema_file(kind) for kind in KINDS}


@pytest.mark.parametrize(("kind", "change", "where", "effect"), BREAKING.values(), ids=BREAKING.keys())
def test_a_breaking_change_is_named_once_with_where_and_why_and_what_to_do(
    planted: Planted, kind: str, change: Callable, where: str, effect: str
):
    released, current = planted(kind, change)

    (line,) = breaking_changes(released, current)

    assert where in line
    assert effect in line
    assert ": was " in line
    assert ", is " in line
    assert line.endswith(WHAT_TO_DO)


@pytest.mark.parametrize(
    ("kind", "change", "where"),
    [
        ("promise.made", lambda _, data: data["properties"]["promise_id"].update(type="integer"), "data.promise_id"),
        (
            "customer.arrived",
            lambda _, data: data["properties"]["party_size"]["anyOf"][0].update(type="number"),
            "data.party_size",
        ),
        (
            "promise.made",
            lambda schema, _: schema["properties"]["type"].update(const="touchline.promise.made.v2"),
            "PromiseMadeV1.type (values)",
        ),
    ],
    ids=["another type", "a number where there was a whole one", "another constant"],
)
def test_what_replaces_something_is_refused_by_both_sides(planted: Planted, kind: str, change: Callable, where: str):
    released, current = planted(kind, change)

    (older_senders, older_readers) = breaking_changes(released, current)

    assert where in older_senders
    assert LESS in older_senders
    assert where in older_readers
    assert MORE in older_readers


def test_a_released_kind_that_is_gone_is_missed_and_a_new_one_is_welcome():
    schema = json_schema(BY_TYPE["touchline.promise.made.v1"])

    (line,) = breaking_changes_in_all({"promise.made": schema}, {"promise.given": schema})

    assert line.startswith("promise.made: was released, is gone;")


def test_an_optional_field_breaks_readers_who_were_promised_that_there_is_no_other():
    released = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}

    (line,) = breaking_changes(released, {**released, "properties": {"a": {}, "b": {}}})

    assert line.startswith("event.b: was forbidden")


def test_of_several_alternatives_of_one_type_each_has_to_find_its_equal():
    text, code = {"type": "string", "maxLength": 200}, {"type": "string", "pattern": "^[a-z]+$"}

    assert breaking_changes({"anyOf": [text, code]}, {"anyOf": [code, text]}) == []
    (line,) = breaking_changes({"anyOf": [text, code]}, {"anyOf": [code]})
    assert '"maxLength": 200' in line
    assert LESS in line


def test_a_schema_that_contains_itself_is_compared_to_its_end():
    def tree(**leaf: object) -> dict:
        node = {"type": "object", "properties": {"leaf": leaf, "left": {"$ref": "#/$defs/Tree"}}}
        return {"title": "Tree", "$defs": {"Tree": node}, "$ref": "#/$defs/Tree"}

    assert breaking_changes(tree(type="string"), tree(type="string")) == []
    assert breaking_changes(tree(type="string", maxLength=9), tree(type="string", maxLength=8)) != []


def test_a_reference_that_leads_out_of_the_schema_is_refused():
    with pytest.raises(ValueError, match=r"'other\.json#/a'; put what it means there"):
        breaking_changes({"$ref": "other.json#/a"}, {"$ref": "other.json#/a"})
