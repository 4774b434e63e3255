"""What a service concept is written with: durations, shares, weights and words, each with its bounds; and a section."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from services.experience.domain.lineage import instant_of

LONGEST = timedelta(days=3650)
SECONDS_PER = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?([smhd]?)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """From `low` to `high`; with `above`, `low` itself is too little."""

    low: float
    high: float
    above: bool = False
    unit: str = ""
    """What the number counts, in words, for the table of parameters."""

    @property
    def in_words(self) -> str:
        """Such as: above 0, at most 1."""
        return f"{f'above {self.low:g}, at most' if self.above else f'from {self.low:g} to'} {self.high:.10g}"

    def __call__(self, value: float) -> float:
        """The value itself. Raises ValueError when it is outside."""
        if not (self.low < value if self.above else self.low <= value) or value > self.high:
            raise ValueError(f"must be {self.in_words}")
        return value


def bounds(low: float, high: float, *, above: bool = False, unit: str = "") -> AfterValidator:
    """From `low` to `high`; with `above`, `low` itself is too little."""
    return AfterValidator(Bounds(low=low, high=high, above=above, unit=unit))


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
HoldsFrom = Annotated[datetime, BeforeValidator(instant_of)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Span = Annotated[Duration, AfterValidator(_above_nothing)]
Share = Annotated[float, bounds(0, 1, unit="share")]
SomeShare = Annotated[float, bounds(0, 1, above=True, unit="share")]
Weight = Annotated[float, bounds(0, 10, above=True, unit="weight")]
Score = Annotated[float, bounds(0, 5, above=True, unit="score")]
Ratio = Annotated[float, bounds(1, 10, unit="ratio")]
Amount = Annotated[float, bounds(0, 1e9, above=True, unit="amount")]
Coefficient = Annotated[float, bounds(0, 20, above=True, unit="factor")]
LogOdds = Annotated[float, bounds(-20, 20, unit="log-odds")]


class Section(BaseModel):
    """A part of a concept. Unknown keys are mistakes: a misspelt one would silently leave a default in force."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
    short: ClassVar[str] = ""
    """The key whose value may stand for the whole section: `window: 90s` for `window: {within: 90s}`."""

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return {cls.short: value} if cls.short and is_plain(value) else value


def is_plain(value: object) -> bool:
    """Whether this may be a section in short: one value."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)
