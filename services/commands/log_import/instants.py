"""Dates and times as logs write them: formats, zones, and what a date without a time of day stands for."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from touchline_contracts.fields import EARLIEST_YEAR, LATEST_YEAR

ISO, UNIX, UNIX_MS = "iso", "unix", "unix_ms"
EXAMPLE = datetime(2026, 11, 21, 14, 5, 6, tzinfo=UTC)
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_DATE_ALONE = re.compile(r"\d{4}-?\d\d-?\d\d|\d{4}-?W\d\d(-?\d)?", re.ASCII)
_TIME_OF_DAY = ("%H", "%I", "%c", "%X")

Reader = Callable[[str], datetime]


def zone_of(text: str) -> tzinfo:
    """The zone of that name. Raises ValueError, saying what would be one."""
    offset = _OFFSET.fullmatch(text)
    try:
        if offset is not None:
            span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            return timezone(-span if offset[1] == "-" else span)
        return UTC if text == "Z" else ZoneInfo(text)
    except (LookupError, OSError, ValueError) as error:  # there is no such file, or it is none, or lies elsewhere
        raise ValueError("must be a time zone, such as Europe/Riga, UTC or +02:00") from error


def time_of_day(text: str) -> time:
    """The time of day that is written. Raises ValueError, saying what would be one."""
    try:
        moment = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError('must be a time of day in quotes, such as "18:00" or "23:59:59"') from error
    if moment.tzinfo is not None:
        raise ValueError('must be a time of day without a zone, such as "18:00"; name the zone as zone')
    return moment


def mistake_in_format(written: str, *, zone: bool, at: bool) -> str | None:
    """What is wrong with a format; `zone`, `at`: whether the mapping names a zone, and a time of day."""
    if written in (ISO, UNIX, UNIX_MS):
        return None
    try:
        again = datetime.strptime(EXAMPLE.strftime(written), written)  # noqa: DTZ007  # the zone is looked at below
    except ValueError as error:
        return f"is no format of a date and time ({error}); write iso, unix, unix_ms, or one such as %d.%m.%Y %H:%M"
    if again.date() != EXAMPLE.date():
        return "must hold year, month and day, such as %d.%m.%Y %H:%M"
    if not zone and again.tzinfo is None:
        return (
            "has no zone (%z), so nobody can tell which moment is meant; name one beside it, such as zone: Europe/Riga"
        )
    if not at and not any(part in written for part in _TIME_OF_DAY):
        return 'has no time of day; name the one that is meant beside it, such as at: "18:00"'
    return None


def instant_reader(formats: Sequence[str], zone: tzinfo | None, at: time | None) -> Reader:
    """Reads moments written in one of `formats`. What it returns raises ValueError, saying what is wrong."""

    def read(written: str) -> datetime:
        moment = _first_that_fits(written, formats)
        if not EARLIEST_YEAR <= moment.year < LATEST_YEAR:
            raise ValueError(f"is no plausible date: the year must be from {EARLIEST_YEAR} to {LATEST_YEAR - 1}")
        if at is not None:
            moment = moment.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=at.microsecond)
        elif ISO in formats and _DATE_ALONE.fullmatch(written):
            raise ValueError('has no time of day; name the one that is meant in the mapping, such as at: "18:00"')
        if moment.tzinfo is not None:
            return moment
        if zone is None:
            raise ValueError("has no zone; name the log's in the mapping, such as zone: Europe/Riga")
        # A fixed offset: two moments of one zone would be compared by what the clocks showed.
        return moment.replace(tzinfo=_fixed(moment.replace(tzinfo=zone).utcoffset() or timedelta()))

    return read


def _first_that_fits(written: str, formats: Sequence[str]) -> datetime:
    reasons = []
    for each in formats:
        try:
            if each == ISO:
                return datetime.fromisoformat(written)
            if each in (UNIX, UNIX_MS):
                return datetime.fromtimestamp(float(written) / (1000 if each == UNIX_MS else 1), UTC)
            return datetime.strptime(written, each)  # noqa: DTZ007  # the mapping's zone is added by the caller
        except (ValueError, OverflowError, OSError) as error:
            reasons.append(str(error))
    as_ = " or ".join(formats)
    impossible = next((reason for reason in reasons if "out of range" in reason or "must be in" in reason), None)
    raise ValueError(f"is no date and time: {impossible}" if impossible else f"is not a date and time written as {as_}")


@lru_cache
def _fixed(offset: timedelta) -> timezone:
    return timezone(offset)
