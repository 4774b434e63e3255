"""Service concepts as people write them (YAML) and as they are published (JSON), read into the domain's form.

The keys are those of `concept_document`; deploy/concepts holds examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.experience.adapters.concept_lineage import Source, Whole, read_whole
from services.experience.adapters.concept_mistakes import ConceptError, concept_error
from services.experience.adapters.concept_standards import concept_from
from services.experience.adapters.concept_yaml import Written, read_yaml
from services.experience.domain.concept import ServiceConcept

__all__ = [
    "ConceptError",
    "concept_from_document",
    "concept_from_lineage",
    "concept_of",
    "read_concept",
    "read_document",
    "read_source",
]


def read_source(text: str, *, name: str) -> Source:
    """The YAML text of a concept, not yet together with what it builds on. `name` is the file's, for errors.

    Raises ConceptError for what is no YAML.
    """
    written = read_yaml(text)
    if any(mistake.column is not None for mistake in written.mistakes):
        raise concept_error(name, written.mistakes)
    return Source(name=name, written=written)


def concept_of(whole: Whole) -> ServiceConcept:
    """The concept that a lineage describes."""
    builds_on = tuple(
        (source.written.value["concept"], source.written.value["version"]) for source in whole.lineage[-2::-1]
    )
    return replace(concept_from(whole.document), builds_on=builds_on)


def read_concept(text: str, *, name: str) -> ServiceConcept:
    """The concept that a YAML text describes. `name` is the file's, for errors.

    Raises ConceptError with every mistake found: file, line, key, what stands there, what would be right.
    """
    return concept_of(read_whole([read_source(text, name=name)]))


def read_document(text: str, *, name: str) -> dict[str, Any]:
    """The same text as the JSON that is published. Raises ConceptError as `read_concept` does."""
    source = read_source(text, name=name)
    read_whole([source])
    document: dict[str, Any] = source.written.value
    return document


def concept_from_document(document: Mapping[str, Any]) -> ServiceConcept:
    """The concept of a published document that builds on no other. Raises ConceptError, without lines."""
    return concept_from_lineage([document])


def concept_from_lineage(documents: Sequence[Mapping[str, Any]]) -> ServiceConcept:
    """The concept of the last of some published documents, each building on the one before.

    Raises ConceptError, without lines, when it is none; UnfinishedConcept when only what it builds on is not there.
    """
    return concept_of(read_whole([_published(document) for document in documents]))


def _published(document: Mapping[str, Any]) -> Source:
    return Source(name=f"concept {document.get('concept')}", written=Written(value=document, in_lines=False))
