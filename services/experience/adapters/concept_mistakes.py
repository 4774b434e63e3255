"""What is wrong with a concept, in words for whoever wrote it: where, what stands there, what would be right."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_yaml import Mistake, Path

LONGEST_VALUE = 60
"""Values are repeated at most this long, in characters."""

_TYPES = {
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list, such as [riga-1, vilnius-1]",
    "dict_type": "must be a section with keys of its own",
    "model_type": "must be a section with keys of its own",
    "model_attributes_type": "must be a section with keys of its own",
    "finite_number": "must be a finite number",
}


class ConceptError(ValueError):
    """A concept that cannot be used; its text has one line per mistake. Correct the file and read it again."""


def concept_error(name: str, mistakes: Iterable[Mistake], kind: type[ConceptError] = ConceptError) -> ConceptError:
    """The error that tells all mistakes, in the order of their lines; `name` is the file, or what it is called.

    What is wrong with the files that this one builds on comes after its own mistakes.
    """

    def place(mistake: Mistake) -> tuple[str, int, list[str]]:
        source = mistake.source or name
        return ("" if source == name else source, mistake.line or 0, list(map(str, mistake.path)))

    return kind("\n".join(_line(name, mistake) for mistake in sorted(mistakes, key=place)))


def mistakes_from(errors: Iterable[Mapping[str, Any]]) -> list[Mistake]:
    """pydantic's errors about a `ConceptDocument` as mistakes."""
    return [_mistake(error) for error in errors]


def _line(name: str, mistake: Mistake) -> str:
    where = [mistake.source or name, *(str(part) for part in (mistake.line, mistake.column) if part is not None)]
    key = ".".join(map(str, mistake.path))
    return f"{':'.join(where)}: {f'{key}: ' if key else ''}{mistake.text}"


def as_written(path: Path, document: object) -> Path:
    """The path without what only a spelled out section would have: `window: 90s` has no key `within`."""
    for position, key in enumerate(path):
        if isinstance(document, list) and isinstance(key, int):
            document = document[key]
        elif isinstance(document, Mapping):
            document = document.get(key, {})
        else:
            return path[:position]
    return path


def _mistake(error: Mapping[str, Any]) -> Mistake:
    path: Path = error["loc"]
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if path and path[-1] == "[key]":
        return Mistake(path=path[:-1], text=f"this key {context.get('error', error['msg'])}")
    if kind == "missing":
        return Mistake(path=path, text="is missing", mendable=True)
    if kind == "extra_forbidden":
        return Mistake(path=path, text=f"is not a key of {_section(path)}; {_instead(path)}")
    if kind == "literal_error":
        text = "must be " + " or ".join(re.findall(r"[\w-]+", context["expected"].replace(" or ", " ")))
    elif kind == "value_error":
        text = str(context["error"])
        if isinstance(given, Mapping | BaseModel):  # about several keys together: its text says what they are
            return Mistake(path=path, text=text, mendable=True)
    else:
        text = _TYPES.get(kind) or error["msg"]
        if kind in ("int_type", "float_type") and isinstance(given, str):
            text += _how_to_write(given)
    return Mistake(path=path, text=f"{text}, got {_shown(given)}")


def _how_to_write(number: str) -> str:
    """What a text that was meant as a number lacks to be one."""
    match = re.fullmatch(r"\s*[-+]?\d+(?:([.,])\d+)?\s*(\S*)\s*", number)
    if match is None:
        return ""
    if match[1] == ",":
        return " with a point, such as 0.5"
    return ", such as 0.25 for 25%" if match[2] == "%" else " without a unit" if match[2] else " without quotes"


def _section(path: Path) -> str:
    return ".".join(map(str, path[:-1])) or "a concept"


def _instead(path: Path) -> str:
    allowed = _keys_allowed_in(path[:-1])
    near = get_close_matches(str(path[-1]), allowed, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"its keys are {', '.join(allowed)}"


def _keys_allowed_in(path: Sequence[str | int]) -> list[str]:
    """The keys of the section at `path`, found by walking down the document's types."""
    kind: Any = ConceptDocument
    for key in path:
        # Either a section, or a mapping from names to sections.
        kind = kind.model_fields[str(key)].annotation if hasattr(kind, "model_fields") else get_args(kind)[1]
        if NoneType in get_args(kind):
            kind = get_args(kind)[0]
    return sorted(kind.model_fields)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
