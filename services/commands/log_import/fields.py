"""The `data` of a kind of event as a mapping fills it: fields with their values, checked against the contract."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.chassis.field_errors import field_errors
from services.commands.log_import.cells import Value
from services.commands.log_import.mapping_mistakes import instead_of, shown
from services.commands.log_import.values import Values
from services.experience.adapters.concept_yaml import Path
from services.touchpoints.shell.shapes import Shape, schema_of
from touchline_contracts import Kind

Schema = Mapping[str, Any]
Place = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of an event's data, and where its value comes from."""

    place: Place
    value: Value
    may_be_blank: bool
    """Where its cell is blank, or cannot be read, the rest can be told without it."""


def fields_of(kind: Kind, written: Mapping[str, Any], path: Path, values: Values) -> tuple[Field, ...]:
    """The fields that are `written` at `path`. What does not fit the contract is a mistake."""
    return tuple(_Filling(kind, path, values).section(_schema(kind), written, ()))


def words_for(kind: Kind, error: ValidationError, data: Mapping[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """For each thing that the contract has against an event's data: its place, and what would be right."""
    shape = Shape(schema_of(kind), {})
    told = []
    for each in field_errors(error.errors(include_url=False), data):
        expected = shape.expected(("data", *each.location)) if each.location else None
        what = each.detail.removeprefix(f"{each.field} ").removeprefix("the whole ")
        if "as a unicode string" in what:
            what = "is not written in the encoding of the log; name the right one in the mapping, csv: {encoding: NAME}"
        elif "is not written as it has to be" in what and expected:
            what = f"does not fit ({expected})"
        elif expected and "missing" not in what and not what.startswith("must be"):
            what = f"{what} ({expected})"
        told.append((each.location, what))
    return told


def _schema(kind: Kind) -> Schema:
    schema = schema_of(kind)
    return {**_resolved(schema["properties"]["data"], schema), "$defs": schema.get("$defs", {})}


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" in schema:
        return _resolved(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    return next((_resolved(each, root) for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)


def _of_any_name(schema: Schema) -> Schema | None:
    """What stands under names that the sender may choose, such as touchpoints."""
    return next(iter(schema.get("patternProperties", {}).values()), None) or schema.get("additionalProperties")


class _Filling:
    """Goes through what is written for a kind, beside the schema of what it has to be."""

    def __init__(self, kind: Kind, path: Path, values: Values) -> None:
        self._kind, self._path, self._values = kind, path, values
        self._root = _schema(kind)

    def section(self, schema: Schema, written: Mapping[str, Any], place: Place) -> Iterator[Field]:
        known: Mapping[str, Schema] = schema.get("properties", {})
        for name, what in written.items():
            inner = known.get(name) or _of_any_name(schema)
            if not isinstance(inner, Mapping):
                text = f"is no field of {self._kind.name}; {instead_of(name, known) if known else 'it has none'}"
                self._mistake((*place, name), text)
            elif what is not None:  # that it has no value was said already
                may_be_blank = name not in schema.get("required", ())
                yield from self._field(_resolved(inner, self._root), what, (*place, name), may_be_blank=may_be_blank)
        for name in schema.get("required", ()):
            if name not in written:
                described = str(_resolved(known[name], self._root).get("description", "")).rstrip(".")
                meaning = f" ({described})" if described else ""
                self._mistake((*place, name), f"is missing; {self._kind.name} has to have it{meaning}")

    def _field(self, schema: Schema, written: object, place: Place, *, may_be_blank: bool) -> Iterator[Field]:
        if schema.get("type") == "object":
            if isinstance(written, Mapping):
                yield from self.section(schema, written, place)
            else:
                self._mistake(place, f"must be a section with keys of its own, got {shown(written)}")
            return
        value, possible = self._values.of(schema, written, (*self._path, *place))
        if value is None:
            return
        for each, where in possible:
            text = self._against(each, place)
            if text is not None:
                self._values.mistake(where, f"{text}, got {shown(each)}")
        yield Field(place=place, value=value, may_be_blank=may_be_blank)

    def _against(self, value: object, place: Place) -> str | None:
        """What the contract has against a value of the mapping's own."""
        data: Any = value
        for name in reversed(place):
            data = {name: data}
        try:
            self._kind.data.model_validate(data)
        except ValidationError as error:
            told = words_for(self._kind, error, data)
            return next((text for location, text in told if location == place and "is missing" not in text), None)
        return None

    def _mistake(self, place: Place, text: str) -> None:
        self._values.mistake((*self._path, *place), text)
