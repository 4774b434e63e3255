"""What one kind of event looks like, as its JSON Schema tells: what would be right at a place, what has none."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from services.chassis.field_errors import Location, closest
from touchline_contracts import Kind, event_model

Schema = Mapping[str, Any]
Names = Mapping[str, "Names"]
"""The names that an object may have, each with those within it; none: they are not prescribed."""

OF_OTHERS = frozenset({"dataschema", "tracestate", "sequence"})
"""Attributes of CloudEvents and its documented extensions that we do not read, and that are nobody's mistake."""

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
}


class Shape:
    """The shape of one kind of event, with an example of it."""

    def __init__(self, schema: Schema, example: Mapping[str, Any]) -> None:
        self._schema = schema
        self._example = example
        self._names = self._names_in(schema)

    def expected(self, location: Location) -> str | None:
        """What would be right at a place, in words and with an example; None when nothing is known of the place."""
        schema = self._at(location)
        if schema is None:
            return None
        words = _in_words(schema)
        example = None if "enum" in schema or "const" in schema else self._example_at(location, schema)
        if example is not None:
            words += f", such as {json.dumps(example, ensure_ascii=False)}"
        if "pattern" in schema:
            words += f" (it has to match {schema['pattern']})"
        description = str(schema.get("description", "")).rstrip(".")
        return f"{description}: {words}" if description else words

    def unknown(self, document: Mapping[str, Any]) -> Iterator[tuple[Location, str | None]]:
        """The fields of an event that its kind does not have, each with the name that was probably meant."""
        for location, meant in _unknown(document, self._names, ()):
            if len(location) > 1 or location[0] not in OF_OTHERS:
                yield location, meant

    def _names_in(self, schema: Schema) -> Names:
        properties: Mapping[str, Schema] = self._resolved(schema).get("properties", {})
        return {name: self._names_in(inner) for name, inner in properties.items()}

    def _at(self, location: Location) -> Schema | None:
        schema: Schema | None = self._schema
        for part in location:
            schema = self._resolved(schema or {})
            schema = schema.get("properties", {}).get(part) or schema.get("additionalProperties")
            if not isinstance(schema, Mapping):
                return None
        return None if schema is None else self._resolved(schema)

    def _resolved(self, schema: Schema) -> Schema:
        """The schema itself, where it refers to another one or allows null as well."""
        if "$ref" in schema:
            return self._resolved(self._schema["$defs"][schema["$ref"].rpartition("/")[2]])
        for choice in schema.get("anyOf", ()):
            if choice.get("type") != "null":
                return self._resolved(choice)
        return schema

    def _example_at(self, location: Location, schema: Schema) -> Any:
        example: Any = self._example
        for part in location:
            example = example.get(part) if isinstance(example, Mapping) else None
        if example is None and schema.get("examples"):
            return schema["examples"][0]
        return example if location else None


def _unknown(value: Mapping[str, Any], names: Names, location: Location) -> Iterator[tuple[Location, str | None]]:
    if not names:  # the sender may choose them, such as touchpoints
        return
    for name, inner in value.items():
        if name not in names:
            yield (*location, name), closest(name, [each for each in names if each not in value])
        elif isinstance(inner, dict):
            yield from _unknown(inner, names[name], (*location, name))


@cache
def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of one kind of event."""
    return event_model(kind).model_json_schema(ref_template="#/components/schemas/{model}")


def _in_words(schema: Schema) -> str:
    if "const" in schema:
        return f"always {json.dumps(schema['const'])}"
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    words = _TYPES.get(str(schema.get("type")), "a value")
    if schema.get("format") == "date-time":
        words = "a date and time with a zone (RFC 3339)"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None:
        words += f" from {low:g} to {high:g}" if high is not None else f" of at least {low:g}"
    return words
