"""What a service concept is written with: durations, shares, weights and words, each with its bounds; and a section."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

LONGEST = timedelta(days=3650)
SECONDS_PER = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?([smhd]?)")


def bounds(low: float, high: float, *, above: bool = False) -> AfterValidator:
    """From `low` to `high`; with `above`, `low` itself is too little."""

    def check(value: float) -> float:
        if not (low < value if above else low <= value) or value > high:
            raise ValueError(f"must be {f'above {low:g}, at most' if above else f'from {low:g} to'} {high:.10g}")
        return value

    return AfterValidator(check)


def words(longest: int) -> BeforeValidator:
    """Some words on one line: breaks are those of the file, not of the text."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be a text{'; put it in quotes' if isinstance(value, int | float) else ''}")  # noqa: TRY004  # pydantic's convention
        text = " ".join(value.split())
        if not text or len(text) > longest or not text.isprintable():
            raise ValueError(f"must be a text of 1 to {longest} characters")
        return text

    return BeforeValidator(check)


def pattern_of(pattern: str, allowed: str) -> AfterValidator:
    """A text that matches `pattern`, which is `allowed` in words."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {allowed}")
        return value

    return AfterValidator(check)


def _duration(value: object) -> timedelta:
    written = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    match = DURATION.fullmatch(written.strip())
    if match is None:
        raise ValueError("must be a duration such as 90s, 5m, 2h or 3d")
    span = timedelta(seconds=float(match[1]) * SECONDS_PER[match[2]])
    if span > LONGEST:
        raise ValueError(f"must be at most {LONGEST.days}d")
    return span


def _above_nothing(span: timedelta) -> timedelta:
    if span <= timedelta():
        raise ValueError("must be longer than 0s")
    return span


Words = Annotated[str, words(100)]
Remedy = Annotated[str, words(250)]
Name = Annotated[str, words(80)]
ConceptName = Annotated[
    str, pattern_of(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a name of letters, digits and . _ - (at most 64)")
]
StoreId = Annotated[
    str, pattern_of(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", "a store: letters, digits and . _ : - (at most 64)")
]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Span = Annotated[Duration, AfterValidator(_above_nothing)]
Share = Annotated[float, bounds(0, 1)]
SomeShare = Annotated[float, bounds(0, 1, above=True)]
Weight = Annotated[float, bounds(0, 10, above=True)]
Score = Annotated[float, bounds(0, 5, above=True)]
Ratio = Annotated[float, bounds(1, 10)]
Amount = Annotated[float, bounds(0, 1e9, above=True)]
Coefficient = Annotated[float, bounds(0, 20, above=True)]
LogOdds = Annotated[float, bounds(-20, 20)]


class Section(BaseModel):
    """A part of a concept. Unknown keys are mistakes: a misspelt one would silently leave a default in force."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
