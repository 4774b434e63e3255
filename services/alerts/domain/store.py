"""How a store as a whole stands, as alerts show it: what is left undone, what repeats, who has read the concept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from services.alerts.domain.alert import WHOLE_STORE, Standing
from services.alerts.domain.phrase import Phrase, phrase
from services.alerts.domain.wording import plain, spoken

NEGLECT = "neglect"
"""The line of an alert about what is left undone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDefect:
    """Something small that nobody has put right."""

    line: str
    area: str
    severity: str
    since: datetime
    neglect: float
    """Its part of the neglect index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slips:
    """A minor problem that was reported several times lately."""

    touchpoint: str
    kind: str
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Which units have acknowledged the service concept."""

    concept: str
    version: int
    due: datetime
    acknowledged: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """What an observer reported of a touchpoint beside what mystery shoppers found there, from 1 to 5."""

    touchpoint: str
    observer: str
    visits: int
    shoppers: float
    reported: float
    weight: float
    proposed_weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreStanding(Standing):
    """How a store as a whole stands."""

    journey: str = WHOLE_STORE
    neglect: float
    neglect_alert: float
    """The neglect index from which somebody has to see to it."""
    defects: tuple[OpenDefect, ...] = ()
    """The heaviest first."""
    slips: tuple[Slips, ...] = ()
    coverage: Coverage | None = None
    disagreements: tuple[Disagreement, ...] = ()


class Because(NamedTuple):
    """One reason for an alert about a store, in words."""

    what: str
    told: str
    effect: str
    phrase: Phrase | None = None
    """All of it, for every language, where it is told to anybody."""


def reasons_in(standing: StoreStanding, line: str) -> list[Because]:
    """Why there is an alert about this line."""
    if line == NEGLECT:
        return [defect_in_words(each, standing.as_of) for each in standing.defects]
    if line.startswith("slips/"):
        return [
            Because(
                f"no {each.kind} at {plain(each.touchpoint)}",
                f"{each.times} times, a minor one each time",
                "each alone is within the tolerance",
                phrase(
                    "why.slips", expected=phrase(f"expected.no_{each.kind}", place=each.touchpoint), times=each.times
                ),
            )
            for each in standing.slips
            if line.endswith(f"/{each.kind}")
        ]
    coverage = standing.coverage
    if coverage is None:
        return []
    about = f"{coverage.concept} version {coverage.version} acknowledged"
    return [
        Because(
            f"{about} by {plain(unit)}",
            "not yet",
            "",
            phrase("why.unread", concept=coverage.concept, version=coverage.version, unit=unit),
        )
        for unit in coverage.missing
    ]


def defect_in_words(defect: OpenDefect, now: datetime) -> Because:
    """What is left undone, for how long, and what it adds to the index."""
    kind, _, name = defect.line.partition("/")
    name = plain(name).replace("-", " ")
    age = max(now - defect.since, timedelta())
    figures = {"severity": defect.severity, "age": age.total_seconds(), "neglect": defect.neglect}
    if kind == "cleanliness":
        place = name.replace("/", ", ")
        what, said = f"a clean {place}", phrase("why.unclean", what=place, **figures)
    else:
        what = f"{name} in {plain(defect.area)} repaired"
        said = phrase("why.defect", what=name, area=defect.area, **figures)
    told = f"{defect.severity}, left for {spoken(age)}"
    return Because(what, told, f"adds {defect.neglect:.1f} to the neglect index", said)
