"""What may change within version 1 of an event: optional fields are added, and words and order are free."""

from collections.abc import Callable

import pytest

from touchline_contracts.compatibility import breaking_changes


def rename_a_definition(schema: dict, data: dict) -> None:
    schema["$defs"]["WhatItCost"] = schema["$defs"].pop("Cost")
    data["properties"]["cost"]["anyOf"][0]["$ref"] = "#/$defs/WhatItCost"


def turn_around(schema: dict, data: dict) -> None:
    schema["required"].reverse()
    data["properties"]["kind"]["enum"].reverse()
    data["properties"]["cost"]["anyOf"].reverse()


HARMLESS = {
    "nothing": ("promise.made", lambda schema, data: None),
    "an optional field": (
        "promise.made",
        lambda _, data: data["properties"].update(price={"type": "number", "minimum": 0}),
    ),
    "an optional field that may be null": (
        "promise.made",
        lambda _, data: data["properties"].update(price={"anyOf": [{"type": "number"}, {"type": "null"}]}),
    ),
    "an optional part of the envelope": (
        "promise.made",
        lambda schema, _: schema["properties"].update(sequence={"type": "string"}),
    ),
    "an optional field of a new kind of object": (
        "promise.made",
        lambda schema, data: (
            schema["$defs"].update(Price={"type": "object", "properties": {}, "required": []}),
            data["properties"].update(price={"$ref": "#/$defs/Price"}),
        ),
    ),
    "an optional field of a nested object": (
        "problem.reported",
        lambda schema, _: schema["$defs"]["Cost"]["properties"].update(account={"type": "string"}),
    ),
    "an optional field of the items of a list": (
        "journey.evaluated",
        lambda schema, _: schema["$defs"]["LedgerLine"]["properties"].update(weight={"type": "number"}),
    ),
    "other words": (
        "promise.made",
        lambda schema, data: (
            schema.update(title="PromiseMade", description="Somebody promised something."),
            data["properties"]["what"].update(description="What was promised.", examples=["late_checkout"]),
        ),
    ),
    "another order": ("problem.reported", turn_around),
    "another name for a definition": ("problem.reported", rename_a_definition),
    "a constant written as a list of one": (
        "promise.made",
        lambda schema, _: schema["properties"]["specversion"].update(
            enum=[schema["properties"]["specversion"].pop("const")]
        ),
    ),
    "a list of types instead of alternatives": (
        "promise.made",
        lambda schema, _: schema["properties"]["traceparent"].update(
            type=["string", "null"], maxLength=schema["properties"]["traceparent"].pop("anyOf")[0]["maxLength"]
        ),
    ),
}


@pytest.mark.parametrize(("kind", "change"), HARMLESS.values(), ids=HARMLESS.keys())
def test_a_harmless_change_is_let_pass(planted: Callable, kind: str, change: Callable):
    released, current = planted(kind, change)

    assert breaking_changes(released, current) == []
