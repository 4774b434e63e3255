"""The calendars of a rota as the file with the rotas names them: where they are, and what they call people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from services.alerts.adapters.calendar_reading import plain


def _source(written: str) -> str:
    """A file, or an address; webcal: is what calendars call https:."""
    scheme, found, rest = written.partition("://")
    if not found:
        return written
    address = f"{'https' if scheme.lower() == 'webcal' else scheme.lower()}://{rest}"
    try:
        parts = urlsplit(address)
        complete = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("is neither a file nor an address such as https://calendar.example.org/riga.ics")
    return address


def each_one_person(called: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What calendars call people, by their ids. ValueError when a name is two people's."""
    known: dict[str, str] = {}
    for person, names in called.items():
        for name in names:
            if known.setdefault(plain(name), person) != person:
                raise ValueError(f"{name!r} is {known[plain(name)]} and {person}: a name is one person's")
    return called


Source = Annotated[str, Field(min_length=1), AfterValidator(_source)]
Name = Annotated[str, Field(pattern=r"\S")]
"""What calendars call somebody: a name in titles, or an address of e-mail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarPlan:
    """The calendars of a rota."""

    sources: tuple[str, ...]
    """Files and addresses; the people of the first are told first."""
    names: Mapping[str, str]
    """Whom they may name, and the id that is meant."""

    @classmethod
    def of(
        cls, written: Iterable[str], *, beside: Path, ids: Iterable[str], called: Mapping[str, tuple[str, ...]]
    ) -> "CalendarPlan":
        """What the file means: the calendars' files are named from where it is, and ids are names, too."""
        names = {person: person for person in ids}
        names |= {name: person for person, theirs in called.items() for name in theirs}
        return cls(
            sources=tuple(each if is_address(each) else str(beside.parent / each) for each in written), names=names
        )


def is_address(source: str) -> bool:
    """Whether a calendar is at an address, and no file here."""
    return "://" in source
