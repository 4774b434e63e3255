"""What is wrong with a mapping, in words for whoever wrote it: where, what stands there, what would be right."""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from services.experience.adapters.concept_yaml import Mistake, Path

LONGEST_VALUE = 60
"""Values are repeated at most this long, in characters."""
_UNIONS = {"str", "int", "float", "bool", "list[str]", "list[union[str,int,float,bool]]"}
"""What pydantic adds to the place of a mistake for each thing that a value might have been."""
_TYPES = {
    "string_type": "must be a text; put a number in quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a section with keys of its own",
    "model_type": "must be a section with keys of its own",
    "model_attributes_type": "must be a section with keys of its own",
    "finite_number": "must be a finite number",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def read_section(model: type[BaseModel], written: object, path: Path, mistakes: list[Mistake]) -> Any:
    """The section that is `written` at `path`; None, with its mistakes added, when it has any."""
    try:
        return model.model_validate(written)
    except ValidationError as error:
        mistakes += mistakes_of(error.errors(include_url=False), model, path)
        return None


def mistakes_of(errors: Iterable[Mapping[str, Any]], model: type[BaseModel], path: Path) -> list[Mistake]:
    """pydantic's errors about a `model` that is written at `path`, one for each place."""
    found: dict[Path, Mistake] = {}
    for error in errors:
        place = tuple(part for part in error["loc"] if part not in _UNIONS)
        mistake = Mistake(path=(*path, *place), text=_text(error, model, place))
        found.setdefault(mistake.path, mistake)
    return list(found.values())


def instead_of(name: object, names: Iterable[str]) -> str:
    """What was probably meant, or what there is to choose from."""
    allowed = sorted(names)
    near = get_close_matches(str(name), allowed, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(allowed)}"


def shown(value: object) -> str:
    """A value as a mistake repeats it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _text(error: Mapping[str, Any], model: type[BaseModel], place: Path) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        fields = _section(model, place[:-1]).model_fields.items()
        return (
            f"is not a key that is known here; {instead_of(place[-1], (each.alias or name for name, each in fields))}"
        )
    if kind == "value_error":
        text = str(context["error"])
        if isinstance(given, Mapping | BaseModel):  # about several keys together: its text says what they are
            return text
    elif kind == "string_pattern_mismatch":
        text = {"^[smhd]$": "must be s, m, h or d"}.get(
            context["pattern"], "must be a name of letters, digits and . _ - (at most 64)"
        )
    else:
        message = re.sub("^Input should (be )?", "must be ", str(error["msg"]))
        text = _TYPES.get(kind) or message
    return f"{text}, got {shown(given)}"


def _section(model: type[BaseModel], place: Path) -> type[BaseModel]:
    """The section at a place: only `csv` and each of `events` are sections within one."""
    for key in place:
        annotation = model.model_fields[key].annotation if isinstance(key, str) else model
        inner = getattr(annotation, "__args__", [annotation])[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model
