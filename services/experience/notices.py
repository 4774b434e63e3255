"""Which lines of a journey somebody was told to look at, and what became of these notices."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from services.experience.domain.assessment import Assessment
from services.experience.domain.attention import lines_at_risk, was_unfounded
from services.experience.domain.happening import Happening
from services.experience.domain.track_record import TrackRecords
from services.experience.ports import Notice


def notices_after(
    before: Mapping[str, Notice],
    assessment: Assessment,
    own: Sequence[Happening],
    surroundings: Sequence[Happening],
    news_from: datetime | None,
    records: TrackRecords,
) -> Mapping[str, Notice]:
    """Which lines need attention now, and what became of those that did. Late facts can retract, silence cannot.

    `news_from`: when the first of those things happened that were not known at the last evaluation. `records`: what had
    been settled before in other journeys.
    """
    named = {line: notice.since for line, notice in before.items() if notice.state == "named"}
    at_risk = {line.id for line in lines_at_risk(assessment, named)}
    concept = assessment.concept
    return updated(
        before,
        at_risk,
        assessment.as_of,
        lambda line, since: (
            news_from is not None
            and news_from <= since
            and was_unfounded(line, since, own, surroundings, concept, records)
        ),
    )


def updated(
    before: Mapping[str, Notice], at_risk: Collection[str], now: datetime, disproved: Callable[[str, datetime], bool]
) -> Mapping[str, Notice]:
    """The notices after a look at what needs attention. `disproved`: whether late facts show that one had no ground."""
    if not before and not at_risk:
        return before
    after: dict[str, Notice] = {}
    for line, notice in before.items():
        if line in at_risk:
            after[line] = Notice(since=notice.since if notice.state == "named" else now, state="named")
        elif notice.state != "retracted" and disproved(line, notice.since):
            after[line] = Notice(since=notice.since, state="retracted")
        else:
            after[line] = Notice(since=notice.since, state="cleared" if notice.state == "named" else notice.state)
    for line in sorted(set(at_risk).difference(before)):
        after[line] = Notice(since=now, state="named")
    return after
