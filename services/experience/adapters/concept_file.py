"""Service concepts as people write them (YAML) and as they are published (JSON), read into the domain's form.

The keys are those of `concept_document`; deploy/concepts holds examples.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from services.experience.adapters.concept_document import ConceptDocument
from services.experience.adapters.concept_mistakes import ConceptError, concept_error, mistakes_from
from services.experience.adapters.concept_standards import concept_from
from services.experience.adapters.concept_yaml import read_yaml
from services.experience.domain.concept import ServiceConcept

__all__ = ["ConceptError", "concept_from_document", "read_concept", "read_document"]


def read_concept(text: str, *, name: str) -> ServiceConcept:
    """The concept that a YAML text describes. `name` is the file's, for errors.

    Raises ConceptError with every mistake found: file, line, key, what stands there, what would be right.
    """
    return concept_from(_read(text, name)[0])


def read_document(text: str, *, name: str) -> dict[str, Any]:
    """The same text as the JSON that is published. Raises ConceptError as `read_concept` does."""
    return _read(text, name)[1]


def concept_from_document(document: Mapping[str, Any]) -> ServiceConcept:
    """The concept of a published document. Raises ConceptError, without lines, when it is none."""
    try:
        return concept_from(ConceptDocument.model_validate(document))
    except ValidationError as error:
        raise concept_error(f"concept {document.get('concept')}", mistakes_from(error.errors(), document)) from error


def _read(text: str, name: str) -> tuple[ConceptDocument, dict[str, Any]]:
    written = read_yaml(text)
    mistakes = list(written.mistakes)
    if any(mistake.column is not None for mistake in mistakes):
        raise concept_error(name, mistakes)
    try:
        document = ConceptDocument.model_validate(written.value)
    except ValidationError as error:
        known = {mistake.path for mistake in mistakes if mistake.no_value}
        mistakes += [
            replace(mistake, line=written.line_of(mistake.path))
            for mistake in mistakes_from(error.errors(), written.value)
            if mistake.path not in known
        ]
        raise concept_error(name, mistakes) from error
    if mistakes:
        raise concept_error(name, mistakes)
    return document, written.value
