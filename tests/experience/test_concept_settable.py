"""Every value that the evaluation uses can be set in a concept, and every key of a concept sets something."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_file import ConceptError, concept_from_document
from services.experience.adapters.concept_merging import leaves, merged, spelled_out
from services.experience.adapters.concept_yaml import Path
from services.experience.domain.concept import Standard, Unit

EVERYTHING = spelled_out(
    {
        "concept": "shop",
        "version": 1,
        "title": "A shop",
        "greeting": {"within": "60s", "manner": 4},
        "stages": {"x": "5m", "budget": "10m"},
        "cleanliness": {"x": 4},
        "conduct": {"courtesy": 4, "competence": 4, "ownership": 4, "interest": 3},
        "delivery": {"within": "2h"},
        "promises": {"x": {}},
        "observers": {"sensor": 0.5},
    }
)
"""A concept in which every section is there."""
OTHERS = ("must_be", "performance", "attractive", "other", ["other"], "61s", "31d", 1, -1, 2, 5, 0.31, 1.01, -1.5)
"""Among these, and near what stands there, is another allowed value for every key."""
NO_EFFECT = {("promise",), ("extends",), ("holds_from",)}
"""Words for people alone; and what says which concept holds, not what it says."""
NOT_TO_BE_SET = {
    "builds_on",  # follows from what it extends
    "conditions.as_ordered",  # as ordered is what a customer expects: 1 by definition
}


def domain_values(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """All that a concept of the domain holds, by the way to it."""
    if is_dataclass(value):
        inner = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, Standard):
        inner = value._asdict()
        # What a standard is about, and how it is measured, is what its section is for.
        fixed = {"touchpoint", "unit", "expected" if value.unit is Unit.DONE else "missed"}
        if path[0] not in ("defects", "tidiness"):
            fixed.add("missed")  # the others are done or not done, and nothing in between
        inner = {key: each for key, each in inner.items() if key not in fixed}
    elif isinstance(value, Mapping):
        inner = value
    else:
        yield ".".join(path), value
        return
    for key, each in inner.items():
        yield from domain_values(each, (*path, str(key)))


def written_at(path: Path, value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def moved_by(path: Path, value: Any, before: Mapping[str, Any]) -> set[str]:
    """What of the domain's concept is another when this key has another value."""
    near = [value * 1.01, value * 0.99] if isinstance(value, float) else []
    more = [f"{value.total_seconds() + 1:g}s"] if isinstance(value, timedelta) else []
    for other in (*near, *more, *OTHERS):
        try:
            changed = concept_from_document(merged(EVERYTHING, written_at(path, other)))
        except ConceptError:
            continue  # outside what is allowed, alone or together with others
        after = dict(domain_values(changed))
        moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        if moved:
            return moved
    return set()


def test_every_value_of_the_domain_can_be_set_and_every_key_sets_something():
    before = dict(domain_values(concept_from_document(EVERYTHING)))
    keys = dict(leaves(ConceptDocument.model_validate(EVERYTHING).model_dump()))

    moved = {path: moved_by(path, value, before) for path, value in keys.items() if path not in NO_EFFECT}

    assert [path for path, what in moved.items() if not what] == []
    assert before.keys() - set().union(*moved.values()) == NOT_TO_BE_SET
