"""Whether a schema still agrees with the released one. Pure; works on JSON Schemas alone, whatever made them.

Within a version senders and readers are of different ages, in both directions: a till that was never updated sends
to today's Touchline, and a data warehouse with last year's wheel reads what today's Touchline sends. So only one thing
may be added to a released event: an optional field. Whatever allows less breaks older senders; whatever allows more
breaks older readers.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any] | bool

WHAT_TO_DO = "Undo it and add an optional field instead, or make a new version of this event beside the released one."

LESS = "what senders of the released schema write would be refused"
MORE = "readers of the released schema would refuse it"
OTHER = "senders and readers of the released schema would take it for something else"

SAYS_NOTHING = frozenset({"$schema", "$id", "$comment", "$defs", "title", "description", "examples", "deprecated"})
"""Keywords that neither allow nor forbid anything: they may change."""

UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
COMPARED_ELSEWHERE = frozenset({"type", "required", "properties", "default"})

HOLDS_A_SCHEMA = {"additionalProperties": "other fields", "propertyNames": "names of fields", "items": "each"}
"""Keywords whose value is a schema, and how to call the place that it is about. Absent, they allow anything."""

LONGEST_SHOWN = 160
"""How much of a value is shown, in characters; the files hold the whole."""


def breaking_changes(released: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """What in `current` breaks those who rely on `released`: a line for each, with where, was, is, and what to do.

    Follows $ref, anyOf and oneOf. A keyword that is not known here must not change at all.
    """
    comparison = _Comparison(released, current)
    where = str(released.get("title", "event"))
    return list(comparison.differences(where, released, current, frozenset()))


def breaking_changes_in_all(
    released: Mapping[str, Mapping[str, Any]], current: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """The breaking changes of every released schema, those that are gone included. New ones break nobody."""
    lines: list[str] = []
    for name in sorted(released):
        if name in current:
            lines += breaking_changes(released[name], current[name])
        else:
            lines.append(f"{name}: was released, is gone; {LESS}. Bring it back: a released event is never taken away.")
    return lines


@dataclass(frozen=True)
class _Comparison:
    """Two schemas, each with the root that its references are looked up in."""

    released: Mapping[str, Any]
    current: Mapping[str, Any]

    def differences(self, where: str, was: Schema, now: Schema, seen: frozenset[tuple[int, int]]) -> Iterator[str]:
        """Compare what two schemas allow at one place.

        `seen`: the pairs of objects around it; a schema may contain itself.
        """
        if isinstance(was, Mapping) and isinstance(now, Mapping) and "default" in was:
            yield from _of_default(where, was["default"], now.get("default", "none"))
        before = list(_alternatives(self.released, was))
        after = list(_alternatives(self.current, now))
        for type_ in dict.fromkeys(_type(alternative) for alternative in [*before, *after]):
            left = [alternative for alternative in before if _type(alternative) == type_]
            right = [alternative for alternative in after if _type(alternative) == type_]
            if len(left) == len(right) == 1:
                yield from self._of_one_type(where, left[0], right[0], seen)
                continue
            # Several of one type, or none on one side: each needs its equal on the other, or one that allows anything.
            for alternative in left:
                if not any(_allows_anything(other) or self._agree(alternative, other, seen) for other in after):
                    yield _line(where, alternative, after or "nothing", LESS)
            for alternative in right:
                if not any(_allows_anything(other) or self._agree(other, alternative, seen) for other in before):
                    yield _line(where, before or "nothing", alternative, MORE)

    def _agree(self, was: Mapping[str, Any], now: Mapping[str, Any], seen: frozenset[tuple[int, int]]) -> bool:
        return _type(was) == _type(now) and not any(self._of_one_type("", was, now, seen))

    def _of_one_type(
        self, where: str, was: Mapping[str, Any], now: Mapping[str, Any], seen: frozenset[tuple[int, int]]
    ) -> Iterator[str]:
        for keyword in sorted((was.keys() | now.keys()) - SAYS_NOTHING - COMPARED_ELSEWHERE):
            before, after = was.get(keyword), now.get(keyword)
            if keyword in HOLDS_A_SCHEMA:
                place = f"{where}.({HOLDS_A_SCHEMA[keyword]})"
                yield from self.differences(place, was.get(keyword, True), now.get(keyword, True), seen)
            elif before != after:
                yield from _of_keyword(where, keyword, before, after)
        pair = (id(was.get("properties")), id(now.get("properties")))
        if _type(was) == "object" and pair not in seen:
            yield from self._of_fields(where, was, now, seen | {pair})

    def _of_fields(
        self, where: str, was: Mapping[str, Any], now: Mapping[str, Any], seen: frozenset[tuple[int, int]]
    ) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        needed_before, needed_after = set(was.get("required", ())), set(now.get("required", ()))
        for field in sorted(before.keys() | after.keys() | needed_before | needed_after):
            place = f"{where}.{field}"
            if field in before and field not in after:
                yield _line(place, before[field], "gone", "readers of the released schema would miss it")
            elif field in before:
                yield from self.differences(place, before[field], after[field], seen)
            elif was.get("additionalProperties") is False:
                yield _line(place, "forbidden", after.get(field, True), MORE)
            if field in needed_after - needed_before:
                yield _line(place, "optional" if field in before else "not there", "required", LESS)
            if field in needed_before - needed_after and field in after:
                yield _line(place, "required", "optional", "readers of the released schema count on it")


def _of_default(where: str, was: object, now: object) -> Iterator[str]:
    if was != now:
        yield _line(f"{where} (default)", was, now, OTHER)


def _of_keyword(where: str, keyword: str, was: object, now: object) -> Iterator[str]:
    if keyword == "enum" and isinstance(was, list) and isinstance(now, list):
        lost, added = [value for value in was if value not in now], [value for value in now if value not in was]
        if lost:
            yield _line(f"{where} (values)", was, now, f"{_shown(lost)} is gone: {LESS}")
        if added:
            yield _line(f"{where} (values)", was, now, f"{_shown(added)} is new: {MORE}")
        return
    effect = OTHER
    if None in (was, now):
        effect = MORE if now is None else LESS
    elif keyword in UPPER | LOWER and isinstance(was, int | float) and isinstance(now, int | float):
        effect = LESS if (now < was) == (keyword in UPPER) else MORE
    yield _line(f"{where} ({keyword})", "none" if was is None else was, "none" if now is None else now, effect)


def _line(where: str, was: object, now: object, effect: str) -> str:
    return f"{where}: was {_shown(was)}, is {_shown(now)}; {effect}. {WHAT_TO_DO}"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        value = {word: said for word, said in value.items() if word not in SAYS_NOTHING | {"default"}}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _allows_anything(schema: Mapping[str, Any]) -> bool:
    return not schema.keys() - SAYS_NOTHING - {"default"}


def _type(schema: Mapping[str, Any]) -> str:
    """The type of what a schema allows; when it names none, the type of the values it lists."""
    if "type" in schema:
        return str(schema["type"])
    kinds = {_TYPES.get(type(value), "anything") for value in schema.get("enum", ())}
    if len(kinds) == 1:
        return kinds.pop()
    return "object" if "properties" in schema else "anything"


_TYPES = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    dict: "object",
}


def _alternatives(root: Mapping[str, Any], schema: Schema) -> Iterator[Mapping[str, Any]]:
    """The schemas of which one must hold, each without $ref, anyOf, oneOf, const, or several types."""
    if schema is False:
        return
    if schema is True:
        schema = {}
    for splitter in ("anyOf", "oneOf"):
        if splitter in schema:
            beside = {word: value for word, value in schema.items() if word != splitter}
            for alternative in schema[splitter]:
                yield from _alternatives(root, _both(beside, alternative))
            return
    if "$ref" in schema:
        beside = {word: value for word, value in schema.items() if word != "$ref"}
        yield from _alternatives(root, _both(beside, _looked_up(root, schema["$ref"])))
    elif isinstance(schema.get("type"), list):
        for type_ in schema["type"]:
            # Bounds of other types say nothing about null.
            beside = {"enum": schema["enum"]} if "enum" in schema else {}
            yield from _alternatives(root, {**(beside if type_ == "null" else schema), "type": type_})
    elif "const" in schema:
        yield {"enum": [schema["const"]], **{word: value for word, value in schema.items() if word != "const"}}
    else:
        yield schema


def _both(beside: Mapping[str, Any], schema: Schema) -> Schema:
    """A schema with the keywords that stand beside it."""
    return {**beside, **schema} if isinstance(schema, Mapping) else (beside if schema else False)


def _looked_up(root: Mapping[str, Any], reference: str) -> Schema:
    """What a reference inside a schema points to. Raises ValueError for one that points outside."""
    found: Any = root
    for escaped in reference.removeprefix("#/").split("/"):
        step = escaped.replace("~1", "/").replace("~0", "~")
        if not reference.startswith("#/") or not isinstance(found, Mapping) or step not in found:
            raise ValueError(f"$ref must point into the schema's own $defs, got {reference!r}; put what it means there")
        found = found[step]
    return found  # type: ignore[no-any-return]  # a JSON Schema is a mapping or a boolean, both of them schemas
