"""A mapping file, read. Every mistake in it is told with its line, all of them at once."""

from dataclasses import replace
from pathlib import Path as File

from pydantic import ValidationError

from services.commands.log_import.mapping import Mapping, mapping_of
from services.commands.log_import.mapping_document import MappingDocument
from services.commands.log_import.mapping_mistakes import mistakes_of
from services.commands.log_import.values import Values
from services.experience.adapters.concept_yaml import Mistake, Written, read_yaml

NO_VALUE = "has no value: give one, or leave the key out"
LONGEST = 1 << 20
"""Characters of a mapping."""


class MappingError(ValueError):
    """A mapping that cannot be used; its text has one line per mistake. Correct the file and import again."""


def read_mapping(file: File) -> Mapping:
    """The mapping in a file. Raises MappingError, naming every mistake found."""
    try:
        with file.open(encoding="utf-8-sig") as stream:
            text = stream.read(LONGEST + 1)
    except OSError as error:
        raise MappingError(f"{file} cannot be read: {error.strerror}; name a mapping in YAML") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{file} is not written in UTF-8 ({error}); save it as UTF-8") from error
    return mapping_from(text, name=str(file))


def mapping_from(text: str, *, name: str) -> Mapping:
    """The mapping that a YAML text holds; `name` is the file's. Raises MappingError, naming every mistake found."""
    if len(text) > LONGEST:
        raise MappingError(f"{name} has more than {LONGEST:,} characters; this is no mapping. Is it the log?")
    written = read_yaml(text)
    mistakes = [
        # Concepts, for which the reader was made, mean something by a key without a value; mappings do not.
        replace(mistake, text=NO_VALUE) if mistake.text.startswith("has no value") else mistake
        for mistake in written.mistakes
    ]
    if any(mistake.column is not None for mistake in mistakes):
        raise _error(name, mistakes)
    document = _document(written, mistakes)
    mapping = None
    if document is not None:
        values = Values(written, mistakes, document.csv.decimal)
        mapping = mapping_of(document, values, name)
    if mapping is None or mistakes:
        raise _error(name, [replace(each, line=each.line or written.line_of(each.path)) for each in mistakes])
    return mapping


def _document(written: Written, mistakes: list[Mistake]) -> MappingDocument | None:
    """The document; where parts of it are mistakes, what is left, so that the mistakes in that are found as well."""
    try:
        return MappingDocument.model_validate(written.value)
    except ValidationError as error:
        found = mistakes_of(error.errors(include_url=False), MappingDocument, ())
        mistakes += found
        spoilt = {mistake.path[0] for mistake in found if mistake.path}
        if not isinstance(written.value, dict) or "events" in spoilt:
            return None
        rest = {key: value for key, value in written.value.items() if key not in spoilt}
        return MappingDocument.model_validate({"log": "unnamed", "store": "unnamed"} | rest)


def _error(name: str, mistakes: list[Mistake]) -> MappingError:
    empty = {mistake.path for mistake in mistakes if mistake.no_value}
    told = {
        (mistake.line or 0, mistake.column, ".".join(map(str, mistake.path)), mistake.text): None
        for mistake in sorted(mistakes, key=lambda each: (each.line or 0, list(map(str, each.path))))
        if mistake.no_value or mistake.path not in empty
    }
    lines = []
    for line, column, key, text in told:
        where = f"{name}:{line}" if column is None else f"{name}:{line}:{column}"
        lines.append(f"{where}: {f'{key}: ' if key else ''}{text}")
    return MappingError("\n".join(lines))
