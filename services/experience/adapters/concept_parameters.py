"""The table of all that a concept can say: key, default, unit and range, meaning, source. Made from the code alone."""

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise
from textwrap import dedent
from types import NoneType
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_fields import Bounds, Section
from services.experience.adapters.concept_sections import StandardSection
from services.experience.adapters.concept_values import in_words, standards_of
from services.experience.adapters.concept_yaml import Path
from services.experience.domain.concept import ServiceConcept, Standard

NAME: Final = "NAME"
"""Stands in a key for whatever name the concept gives."""
SOURCE: Final = "Source:"
"""What follows it in a description is where the default comes from."""
ASSUMPTION: Final = "assumption"
REQUIRED: Final = "required"
NOTHING: Final = "none"


class Parameter(NamedTuple):
    """One key of a concept."""

    key: str
    default: str
    unit: str
    """Unit and range."""
    meaning: str
    source: str


def parameters() -> Iterator[Parameter]:
    """Every key that a concept may have, in the order of its keys."""
    yield from _parameters_of(ConceptDocument, ())


def as_markdown() -> str:
    """The tables, a section of the concept each."""
    sections: dict[str, list[Parameter]] = {}
    for each in parameters():
        head, _, rest = each.key.partition(".")
        sections.setdefault(head if rest else "", []).append(each)
    standard = [each for _, each in _fields_of(StandardSection, (), Standard._field_defaults)]
    parts = [_table("The concept itself", inspect.getdoc(ConceptDocument) or "", sections.pop(""))]
    parts.append(_table("Every standard", "What each of the standards below may say of itself as well.", standard))
    for name, rows in sections.items():
        kind = _section_in(ConceptDocument.model_fields[name].annotation)
        about = inspect.getdoc(kind) if kind else ConceptDocument.model_fields[name].description
        parts.append(_table(f"`{name}`", about or "", rows))
    return "\n".join(parts)


def _table(title: str, about: str, rows: Iterable[Parameter]) -> str:
    lines = [
        f"### {title}",
        about,
        "",
        "| key | default | unit and range | meaning | source |",
        "|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join([f"`{each.key}`", *(_cell(cell) for cell in each[1:])]) + " |" for each in rows]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _parameters_of(kind: type[Section], path: Path) -> Iterator[Parameter]:
    """The keys of a section; those that every standard has only where their default differs."""
    standard = _DEFAULT_STANDARDS.get(path)
    for field_path, parameter in _fields_of(kind, path, standard._asdict() if isinstance(standard, Standard) else {}):
        field = kind.model_fields[str(field_path[-1])]
        inner = _section_in(field.annotation)
        if inner is None:
            of_all = (
                StandardSection.model_fields.get(str(field_path[-1])) if issubclass(kind, StandardSection) else None
            )
            if of_all is None or (standard is not None and _default_of(of_all) != parameter.default):
                yield parameter
            continue
        if get_origin(_alone(field.annotation)) is not dict:
            yield from _parameters_of(inner, field_path)
            continue
        yield from _parameters_of(inner, (*field_path, NAME))
        for known in _DEFAULT_STANDARDS:
            if known[:-1] == field_path:
                yield from (each for each in _parameters_of(inner, known) if each.default != REQUIRED)


def _fields_of(kind: type[Section], path: Path, effective: Mapping[str, Any]) -> Iterator[tuple[Path, Parameter]]:
    texts = _texts_about(kind)
    for key, field in kind.model_fields.items():
        meaning, _, source = (field.description or texts.get(key, "")).partition(SOURCE)
        here = (*path, key)
        yield (
            here,
            Parameter(
                key=".".join(map(str, here)),
                default=in_words(effective[key]) if effective.get(key) is not None else _default_of(field),
                unit=_unit_of(field),
                meaning=meaning.strip(),
                source=source.strip().rstrip(".") or (ASSUMPTION if _is_number(field) else ""),
            ),
        )


def _default_of(field: FieldInfo) -> str:
    if field.is_required():
        return REQUIRED
    value = field.get_default(call_default_factory=True)
    return NOTHING if value in (None, "", {}, []) else in_words(value)


def _is_number(field: FieldInfo) -> bool:
    return isinstance(field.get_default(call_default_factory=True), int | float | timedelta)


def _unit_of(field: FieldInfo) -> str:
    kind, metadata = _taken_apart(field)
    if get_origin(kind) is dict:
        kind, metadata = _taken_apart(FieldInfo.from_annotation(get_args(kind)[1]))
    found = [each.func for each in metadata if isinstance(each, AfterValidator) and isinstance(each.func, Bounds)]
    if found:
        unit = found[0].unit or ("whole number" if kind is int else "number")
        return f"{unit}, {found[0].in_words}"
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    return {timedelta: "duration", datetime: "date, or instant with its zone", str: "text"}.get(
        kind, "list" if get_origin(kind) is list else str(kind)
    )


def _taken_apart(field: FieldInfo) -> tuple[Any, Sequence[Any]]:
    """The type itself, without that it may be None, and what else is said of it."""
    kind = _alone(field.annotation)
    if get_origin(kind) is Annotated:
        return get_args(kind)[0], get_args(kind)[1:]
    return kind, field.metadata


def _alone(kind: Any) -> Any:
    kinds = get_args(kind)
    return next(each for each in kinds if each is not NoneType) if NoneType in kinds else kind


def _section_in(kind: Any) -> type[Section] | None:
    """The section that a key holds, or holds several of by name."""
    kind = _alone(kind)
    if get_origin(kind) is dict:
        kind = get_args(kind)[1]
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def _texts_about(kind: type[Section]) -> Mapping[str, str]:
    """What the domain says about the keys of a section: in the class that has most of them."""
    best = max(_DOMAIN, key=lambda each: len(_DOMAIN[each].keys() & kind.model_fields.keys()))
    return _DOMAIN[best]


def _domain_classes(kind: type, found: dict[type, dict[str, str]]) -> dict[type, dict[str, str]]:
    """All classes that this one's fields hold, and itself, each with what is written below its fields."""
    found[kind] = _written_below(kind)
    for hint in get_type_hints(kind).values():
        for each in (hint, *get_args(hint)):
            ours = isinstance(each, type) and each.__module__.startswith(kind.__module__.rpartition(".")[0])
            if ours and each not in found and not issubclass(each, Enum):
                _domain_classes(each, found)
    return found


def _written_below(kind: type) -> dict[str, str]:
    """The docstring below each field, which Python itself does not keep."""
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, below in pairwise(definition.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            found[field.target.id] = " ".join(str(text).split())
    return found


_DEFAULT_STANDARDS: Final = standards_of(ServiceConcept())
_DOMAIN: Final = _domain_classes(ServiceConcept, {})
