"""The words of the managers' pages in every language, beside those of the contracts; and which one somebody reads."""

from collections.abc import Iterator
from typing import Any

from touchline_contracts.words import Catalogue, catalogue, languages

NAMES = {"en": "English", "lt": "Lietuvių", "lv": "Latviešu", "ru": "Русский"}
"""Each language as those who speak it call it."""


class PageWords:
    """What the pages say, in one language: `says("call")`; `catalogue` has the words of alerts."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.catalogue: Catalogue = catalogue(language, __package__)

    def says(self, code: str, /, **arguments: Any) -> str:
        """The entry page.<code>, with these arguments in its placeholders."""
        return self.catalogue.words(f"page.{code}", **arguments)


def chosen(caller: str | None, cookie: str | None, accepted: str, default: str) -> str:
    """The language to speak: the caller's own, the one chosen in the page, one that the browser asks for, or `default`.

    `accepted` is the header Accept-Language.
    """
    return next(each for each in (caller, cookie, *_by_preference(accepted), default) if each in languages())


def _by_preference(accepted: str) -> Iterator[str]:
    """The languages of an Accept-Language header, without their countries, those that are wanted most first."""
    wanted = []
    for place, part in enumerate(accepted.split(",")[:20]):
        name, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if quality > 0:
            wanted.append((-quality, place, name.partition("-")[0].strip().lower()))
    yield from (name for _, _, name in sorted(wanted))
