"""What is wrong with a field, in plain words: where, what was found, what would be right. From pydantic's errors."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Location = tuple[str | int, ...]
"""The way to a field: the names and indexes on the way from the whole document."""

LONGEST_VALUE = 100
"""Values are given back at most this long, in characters."""

_ABSENT = object()

_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "list_type": "a list",
}


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One thing that is wrong. `got` is absent when the field is."""

    location: Location
    detail: str
    expected: str | None = None
    got: object = _ABSENT
    name: str | None = None
    """What the sender calls the field where that is not its way through the document, such as a header."""

    @property
    def pointer(self) -> str:
        """Where, as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.location)

    @property
    def field(self) -> str:
        """Where, as people write it."""
        return self.name or field_name(self.location)

    def body(self) -> dict[str, object]:
        """The error as a JSON object."""
        body: dict[str, object] = {"pointer": self.pointer, "field": self.field}
        if self.got is not _ABSENT:
            body["got"] = shortened(self.got)
        body["detail"] = self.detail
        if self.expected is not None:
            body["expected"] = self.expected
        return body


def field_name(location: Location) -> str:
    """A location as people write it: data.cost.class."""
    return ".".join(map(str, location))


def shortened(value: object) -> object:
    """A value as an answer may repeat it: itself when it is short, else the beginning of its text."""
    if value is None or isinstance(value, bool) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
    if isinstance(value, int) and abs(value) < 10**LONGEST_VALUE:
        return value
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):  # a number of thousands of digits, or a nesting of thousands of levels
        text = f"{_type_in_words(value)} too long to repeat"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def closest(name: object, names: Sequence[str]) -> str | None:
    """The one of `names` that was probably meant by `name`, if any."""
    if not isinstance(name, str) or len(name) > LONGEST_VALUE:
        return None
    near = get_close_matches(name, names, n=1, cutoff=0.75)
    return near[0] if near else None


def field_errors(
    errors: Sequence[Mapping[str, Any]],
    document: object,
    *,
    expected_at: Callable[[Location], str | None] = lambda _: None,
) -> list[FieldError]:
    """pydantic's `errors` about `document` in plain words. `expected_at` says what would be right at a place."""
    return [_field_error(error, document, expected_at) for error in errors]


def _field_error(
    error: Mapping[str, Any], document: object, expected_at: Callable[[Location], str | None]
) -> FieldError:
    location: Location = error["loc"]
    is_key = bool(location) and location[-1] == "[key]"
    if is_key:
        location = location[:-1]
    what = _in_plain_words(error)
    # A message of our own that begins with a field's name and a colon is about that field, not about the whole.
    named = re.match(r"([a-z_]+): ", what)
    if error["type"] == "value_error" and location == () and named and isinstance(document, dict):
        location, what = (named[1],), what.removeprefix(named[0])
        found = document.get(named[1], _ABSENT)
        return FieldError(location=location, detail=f"{named[1]}: {what}", expected=expected_at(location), got=found)
    name = field_name(location) or "the whole"
    got = error.get("input")
    if error["type"] == "missing":
        got = _ABSENT
        # A name that is right in its place was not written for another one, however alike: scale_min, scale_max.
        unplaced = [key for key in error.get("input", ()) if expected_at((*location[:-1], key)) is None]
        similar = closest(location[-1], unplaced)
        what += f"; did you write it as {similar}?" if similar else ""
    return FieldError(
        location=location,
        detail=f"{'the name ' if is_key else ''}{name} {what}",
        expected=expected_at(location),
        got=got,
    )


def _in_plain_words(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, not {_type_in_words(error.get('input'))}"
    if kind == "timezone_aware":
        return "has no time zone, so nobody can tell which moment it means"
    if kind.startswith("datetime"):
        return f"is not a date and time: {context.get('error', 'it cannot be read')}"
    if kind == "string_pattern_mismatch":
        return "is not written as it has to be" if error.get("input") else "is empty"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        meant = closest(error.get("input"), allowed)
        return "is none of the values it may have" + (f"; did you mean {meant}?" if meant else "")
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    message = str(error["msg"])
    for begin in (
        "Input should ",
        "String should ",
        "Value should ",
        "Dictionary should ",
        "List should ",
        "Tuple should ",
    ):
        message = message.replace(begin, "must ")
    return message[:1].lower() + message[1:]


def _type_in_words(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    words = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return words.get(type(value), type(value).__name__)
