"""How people write days and times in the files of rotas and hours."""

from datetime import UTC, time, tzinfo
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = get_args(Day)


def _clock(value: object) -> object:
    # 24:00 is how people write the end of a day.
    return "00:00" if value == "24:00" else value


def _by_the_wall(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("must be a time by the clock in the store, without a zone, such as 08:30")
    return value


Clock = Annotated[time, BeforeValidator(_clock), AfterValidator(_by_the_wall)]
"""A time of the day by the clock on the wall."""


def zone_called(name: str) -> tzinfo:
    """A time zone. Raises KeyError, ValueError or OSError when there is none of that name."""
    return UTC if name.upper() == "UTC" else ZoneInfo(name)


def _known(name: str) -> str:
    try:
        zone_called(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("no such time zone is known here; write it like Europe/Riga, or UTC") from error
    return name


TimeZone = Annotated[str, AfterValidator(_known)]
"""The name of a time zone."""


class Part(BaseModel):
    """A part of a file: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
