"""What a concept becomes together with what it builds on: by section and name, the later over the earlier.

Works on plain values, as they stand in YAML and JSON; what is wrong with them stays in, to be named later.
"""

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any, Final, get_args, get_origin

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_fields import Section, is_plain
from services.experience.adapters.concept_yaml import Path

ITS_OWN: Final = ("concept", "version", "extends", "holds_from", "stores")
"""Keys that say which document this is, and where and when it holds: nobody inherits them."""


def spelled_out(value: Any, kind: Any = ConceptDocument) -> Any:
    """A document in which each section that was written in short is written whole, so that it can be merged."""
    kind = _without_none(kind)
    if isinstance(kind, type) and issubclass(kind, Section):
        if kind.short and is_plain(value):
            return {kind.short: value}
        if isinstance(value, Mapping):
            kinds = {key: field.annotation for key, field in kind.model_fields.items()}
            return {key: spelled_out(each, kinds.get(key)) for key, each in value.items()}
    elif get_origin(kind) is dict and isinstance(value, Mapping):
        return {key: spelled_out(each, get_args(kind)[1]) for key, each in value.items()}
    return value


def inherited(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the last of some spelled out documents is, each building on the one before. None still means dropped."""
    whole: dict[str, Any] = {}
    for document in documents:
        whole = merged({key: value for key, value in whole.items() if key not in ITS_OWN}, document)
    return whole


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """The later over the earlier. Whatever is no section is replaced whole; None drops what was there.

    Associative, but where a section is dropped and given again: then nothing of the dropped one comes back.
    """
    whole = dict(earlier)
    for key, value in later.items():
        before = whole.get(key)
        deeper = isinstance(before, Mapping) and isinstance(value, Mapping)
        whole[key] = merged(before or {}, value) if deeper else value
    return whole


def without_dropped(value: Any) -> Any:
    """A document without the keys that stand for something dropped."""
    if isinstance(value, Mapping):
        return {key: without_dropped(each) for key, each in value.items() if each is not None}
    return value


def dropped_in(document: Mapping[str, Any]) -> list[Path]:
    """The ways to all that a document drops of what it builds on."""
    return [path for path, value in leaves(document) if value is None and path[0] not in ITS_OWN]


def leaves(value: Any, path: Path = ()) -> Iterable[tuple[Path, Any]]:
    """Every value that is no section, with the way to it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif path:
        yield path, value


def has(document: Any, path: Path) -> bool:
    """Whether there is something at the end of this way, dropped or not."""
    for key in path:
        if not isinstance(document, Mapping) or key not in document:
            return False
        document = document[key]
    return True


def _without_none(kind: Any) -> Any:
    """The kind itself, of one that may be None."""
    kinds = get_args(kind)
    return next(each for each in kinds if each is not NoneType) if NoneType in kinds else kind
