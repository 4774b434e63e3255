"""A phrase as it is published: in English, and as the phrase itself for those who say it in another language."""

from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from services.experience.domain.phrase import Argument, Phrase
from touchline_contracts.words import catalogue

MOST_REMEMBERED = 10_000
"""Phrases whose words are kept: most of what is said of journeys is the same for thousands of them."""


class Published(NamedTuple):
    """A phrase as the contract has it. Everybody gets the same dictionary: do not change it."""

    english: str
    phrase: dict[str, Any]


@lru_cache(MOST_REMEMBERED)
def published(phrase: Phrase) -> Published:
    """The phrase as it is published."""
    return Published(catalogue().say(phrase), _fields(phrase))


def in_english(phrase: Phrase) -> str:
    """The phrase in English."""
    return published(phrase).english


def _fields(phrase: Phrase) -> dict[str, Any]:
    return {"code": phrase.code, "arguments": {name: _plain(value) for name, value in phrase.arguments}}


def _plain(argument: Argument) -> Any:
    if isinstance(argument, Phrase):
        return _fields(argument)
    return argument.total_seconds() if isinstance(argument, timedelta) else argument
