"""The times of a story: every story is told of one day, and can be played on any."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from touchline_contracts.fields import Fields

DAY = date(2026, 3, 7)
"""The day of which every story is told."""
Told = TypeVar("Told", bound=Fields)
_TIME = re.compile(r"(?:([+-]\d+) )?(\d\d:\d\d(?::\d\d)?)")


def at(time: str) -> datetime:
    """A time of the story: `14:00` or `14:00:30` on its day, `+1 09:00` a day later, `-365 11:00` a year before."""
    found = _TIME.fullmatch(time)
    if found is None:
        raise ValueError(f"a story's time must be written as 14:00, 14:00:30, +1 09:00 or -365 11:00, got {time!r}")
    days, clock = found.groups()
    return datetime.fromisoformat(f"{DAY}T{clock}").replace(tzinfo=UTC) + timedelta(days=int(days or 0))


def spoken(instant: datetime) -> str:
    """The same as the story says it: `14:00`, without what is nought."""
    days = (instant.date() - DAY).days
    clock = f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
    return f"{days:+d} {clock}" if days else clock


def moved(data: Told, by: timedelta) -> Told:
    """What is told, with every instant in it moved."""
    instants = {name: value for name, value in data if isinstance(value, datetime)}
    return data.model_copy(update={name: value + by for name, value in instants.items()})
