"""The JSON Schema of each kind of event, made from its model. Pure; writing it to files is done elsewhere."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from touchline_contracts.envelope import event_model
from touchline_contracts.kinds import Kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The meta-schema that the schemas are written in."""

ANNOTATIONS = ("description", "examples")
"""Keywords that tell a person something and allow or forbid nothing."""

KIND_FOR_EVERY_STORE = "concept.published"
"""The one kind that may name '*' as its store."""


class _Readable(GenerateJsonSchema):
    """No titles that only repeat a field's name; what an optional field means stands where it is looked for."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's own)
        """Never: the name says it."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """As pydantic makes it, with the description beside the alternatives instead of inside one of them."""
        made = super().nullable_schema(schema)
        branches = [branch for branch in made.get("anyOf", ()) if branch.get("type") != "null"]
        for branch in branches:
            made.update({word: branch.pop(word) for word in ANNOTATIONS if word in branch})
        return made


def json_schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of event: what a sender must write, and what a reader may count on.

    Two rules of the models are beyond JSON Schema, and only parse_event checks them:
    a feedback score lies on its own scale, and instants are of a plausible year.
    """
    schema = event_model(kind).model_json_schema(by_alias=True, schema_generator=_Readable)
    if kind.scope == "store":
        absent = {"type": "null", "description": "Absent: this is about a store, not a journey."}
        schema["properties"]["subject"] = absent
    if kind.name != KIND_FOR_EVERY_STORE:
        schema["properties"]["store"]["not"] = {"const": "*"}
    return {"$schema": DIALECT, **schema}


def schema_file(kind: Kind) -> str:
    """The name of the file that holds the JSON Schema of a kind."""
    return f"{kind.name}.v{kind.version}.schema.json"
