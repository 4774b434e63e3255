"""Which lines of a journey somebody was told to look at, and what became of these notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.experience.domain.assessment import Assessment
from services.experience.domain.attention import lines_at_risk, was_unfounded
from services.experience.domain.happening import Happening
from services.experience.ports import Notice


def notices_after(
    before: Mapping[str, Notice],
    assessment: Assessment,
    own: Sequence[Happening],
    surroundings: Sequence[Happening],
    news_from: datetime | None,
) -> Mapping[str, Notice]:
    """Which lines need attention now, and what became of those that did. Late facts can retract, silence cannot.

    `news_from`: when the first of those things happened that were not known at the last evaluation.
    """
    named = {line: notice.since for line, notice in before.items() if notice.state == "named"}
    at_risk = {line.id for line in lines_at_risk(assessment, named)}
    if not before and not at_risk:
        return before
    after: dict[str, Notice] = {}
    for line, notice in before.items():
        late_facts = news_from is not None and news_from <= notice.since
        if line in at_risk:
            since = notice.since if notice.state == "named" else assessment.as_of
            after[line] = Notice(since=since, state="named")
        elif (
            notice.state != "retracted"
            and late_facts
            and was_unfounded(line, notice.since, own, surroundings, assessment.concept)
        ):
            after[line] = Notice(since=notice.since, state="retracted")
        else:
            after[line] = Notice(since=notice.since, state="cleared" if notice.state == "named" else notice.state)
    for line in sorted(at_risk - set(before)):
        after[line] = Notice(since=assessment.as_of, state="named")
    return after
