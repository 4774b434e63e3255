"""Says phrases in a language: `catalogue("lt").say(phrase)`. All that differs between languages is in the .po files."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final, NamedTuple, Protocol

from touchline_contracts.words.po import Entry, read_po, translations

ENGLISH: Final = "en"
MOST_REMEMBERED = 10_000
"""Spans whose words are kept: nearly all that is said of time is said again."""
TEXT = "text"
"""The context of entries that are whole texts: names and remedies that hold where a service concept gives none."""


class Said(Protocol):
    """Anything that says what is to be said: a Phrase of the contract, or a service's own."""

    @property
    def code(self) -> str:
        """The entry of the catalogue."""

    @property
    def arguments(self) -> Mapping[str, Any] | Iterable[tuple[str, Any]]:
        """What stands in its placeholders, by their names."""


class Unsayable(LookupError):
    """The catalogue does not know the phrase, or not with these arguments: it is older. Show the English text."""


class Placeholder(NamedTuple):
    """A piece of a text: what stands before a placeholder, its name, and the kind of its value."""

    before: str
    name: str | None
    """None: the end of the text."""
    kind: str


class Catalogue:
    """The words of one language.

    A placeholder is written {name:kind}. Without a kind it holds a text, or another phrase; the kinds are `name` (a
    code of the company, said with blanks; `Name`: with a capital), `word` (a code of Touchline, said by the entry
    word.<code>), `span`, `time`, `day`, `instant`, `percent`, `count` (it chooses the plural form), and `number`,
    which may go on with a format: `number.3f`.
    """

    def __init__(self, language: str, template: Iterable[Entry], translated: Iterable[Entry]) -> None:
        self.language = language
        self._translations = translations(translated)
        self._point = self._translations.pgettext("number.point", ".")
        self._pieces: dict[str, tuple[Placeholder, ...]] = {}
        self._counted: dict[str, Entry] = {}
        for entry in template:
            if entry.context is not None and entry.context != TEXT:
                if entry.plural is None:
                    said = self._translations.pgettext(entry.context, entry.text)
                    self._pieces[entry.context] = placeholders(said)
                else:
                    self._counted[entry.context] = entry
        self._seconds = lru_cache(MOST_REMEMBERED)(self._span)

    def say(self, phrase: Said) -> str:
        """The phrase in this language. Raises Unsayable."""
        return self.words(phrase.code, **dict(phrase.arguments))

    def said(self, phrase: Said | None, english: str) -> str:
        """The phrase in this language; the English text where there is no phrase, or one that is not known here."""
        try:
            return self.text(english) if phrase is None else self.say(phrase)
        except Unsayable:
            return english

    def text(self, text: str) -> str:
        """A text of Touchline's own in this language; one of the company's own stays as it is."""
        return self._translations.pgettext(TEXT, text)

    def words(self, code: str, /, **arguments: Any) -> str:
        """The entry of this code, with these arguments in its placeholders. Raises Unsayable."""
        try:
            said = "".join(
                [
                    before if name is None else before + self._value(arguments[name], kind)
                    for before, name, kind in self._pieces.get(code) or self._plural_form(code, arguments)
                ]
            )
        except KeyError as missing:
            raise Unsayable(f"the phrase {code!r} says nothing of {missing}") from None
        except (AttributeError, TypeError, ValueError) as wrong:
            raise Unsayable(f"the phrase {code!r} cannot be said of {arguments}: {wrong}") from None
        return said[:-1] if said.endswith("..") else said  # the point of an abbreviation ends the sentence, too

    def span(self, span: timedelta) -> str:
        """A span as people say it: 45 s, 12 min, 3 h 20 min, 4 days."""
        return self._seconds(round(span.total_seconds()))

    def _span(self, total: int) -> str:
        if total < 120:  # noqa: PLR2004  # people say 90 s, and 2 min
            return self.words("span.seconds", seconds=total)
        minutes, rest = divmod(total, 60)
        if minutes < 10 and rest:  # noqa: PLR2004
            return self.words("span.minutes_seconds", minutes=minutes, seconds=rest)
        minutes = round(total / 60)
        if minutes < 120:  # noqa: PLR2004
            return self.words("span.minutes", minutes=minutes)
        hours, minutes = divmod(minutes, 60)
        if hours < 48:  # noqa: PLR2004
            whole = "span.hours_minutes" if minutes else "span.hours"
            return self.words(whole, hours=hours, minutes=minutes)
        return self.words("span.days", days=round(total / 86400))

    def _plural_form(self, code: str, arguments: Mapping[str, Any]) -> tuple[Placeholder, ...]:
        entry = self._counted.get(code)
        if entry is None or entry.plural is None:
            raise Unsayable(f"the catalogue knows no phrase {code!r}")
        number = next(arguments[each.name or ""] for each in placeholders(entry.plural) if each.kind == "count")
        return placeholders(self._translations.npgettext(code, entry.text, entry.plural, int(number)))

    def _value(self, value: Any, kind: str) -> str:
        match kind:
            case "":
                return self.text(value) if isinstance(value, str) else self.say(value)
            case "name" | "Name":
                name = self.text(plain(value))
                return name if kind == "name" else name[:1].upper() + name[1:]
            case "word":
                return self.words(f"word.{value}") if f"word.{value}" in self._pieces else plain(value)
            case "span":
                return self._seconds(round(value.total_seconds() if isinstance(value, timedelta) else value))
            case "count":
                return str(int(value))
            case "percent":
                return self.words("number.percent", number=round(100 * value))
            case "time" | "day" | "instant":
                instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
                return instant.strftime(self.words(f"instant.{kind}"))
        return format(value, kind.removeprefix("number") or "g").replace(".", self._point)


@cache
def catalogue(language: str = ENGLISH, *packages: str) -> Catalogue:
    """The words of a language, one of `languages()`, and of `packages` that have files of the same names beside them.

    Raises ValueError for another language.
    """
    if language not in languages():
        raise ValueError(f"language must be one of {', '.join(languages())}, got {language!r}")
    places = (__package__, *packages)
    template = [entry for each in places for entry in read_po(_file(each, "touchline.pot"))]
    if language == ENGLISH:
        return Catalogue(language, template, template)
    return Catalogue(language, template, [entry for each in places for entry in read_po(_file(each, f"{language}.po"))])


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are words for: English, and each that has a file beside this module."""
    found = sorted(file.name for file in files(__package__).iterdir() if file.name.endswith(".po"))
    return (ENGLISH, *(name.removesuffix(".po") for name in found))


@cache
def placeholders(template: str) -> tuple[Placeholder, ...]:
    """The pieces of a text."""
    return tuple(Placeholder(before, name, kind or "") for before, name, kind, _ in Formatter().parse(template))


def plain(code: str) -> str:
    """A code in words: second_warehouse becomes 'second warehouse'."""
    return code.replace("_", " ")


def _file(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")
