"""A phrase: what is to be said, and not how. The catalogue of the contracts says it in a language."""

from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias, Union

Argument: TypeAlias = Union[str, float, timedelta, datetime, "Phrase"]


class Phrase(NamedTuple):
    """The code of an entry in the catalogue, and what stands in its placeholders."""

    code: str
    arguments: tuple[tuple[str, Argument], ...] = ()


def phrase(code: str, **arguments: Argument) -> Phrase:
    """The phrase of this code."""
    return Phrase(code, tuple(arguments.items()))
