"""Why there is an alert about a store as a whole, in words, piece by piece."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.alerts.domain.store import NEGLECT, OpenDefect, StoreStanding
from services.alerts.domain.wording import plain
from services.alerts.entrypoints.words import PageWords


class Reason(NamedTuple):
    """One reason: what it is about, what came of it, and what that does."""

    what: str
    told: str
    effect: str


def reasons_of(standing: StoreStanding, line: str, words: PageWords) -> list[Reason]:
    """Why there is an alert about this line; `domain.store.reasons_in` says the same in one sentence each."""
    if line == NEGLECT:
        return [defect_in_words(each, standing.as_of, words) for each in standing.defects]
    if line.startswith("slips/"):
        return [
            Reason(
                words.catalogue.words(f"expected.no_{each.kind}", place=each.touchpoint),
                words.says("minor_times", times=each.times),
                words.says("tolerated"),
            )
            for each in standing.slips
            if line.endswith(f"/{each.kind}")
        ]
    coverage = standing.coverage
    if coverage is None:
        return []
    return [
        Reason(
            words.says("acknowledged_by", concept=coverage.concept, version=coverage.version, unit=unit),
            words.says("not_yet"),
            "",
        )
        for unit in coverage.missing
    ]


def defect_in_words(defect: OpenDefect, now: datetime, words: PageWords) -> Reason:
    """What is left undone, for how long, and what it adds to the index."""
    kind, _, name = defect.line.partition("/")
    name = plain(name).replace("-", " ")
    age = max(now - defect.since, timedelta())
    if kind == "cleanliness":
        what = words.catalogue.words("expected.clean", area=name.replace("/", ", "))
    else:
        what = words.says("repaired", what=name, area=defect.area)
    return Reason(
        what,
        words.says("left_for", severity=defect.severity, age=age),
        words.says("adds_neglect", neglect=defect.neglect),
    )
