"""The alerts that a journey raises, with the clock stepped from event to event and from deadline to deadline."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime

from services.commands.grading.judged import Key, Raised
from services.commands.journeys import Journeys
from services.experience.domain.assessment import assess
from services.experience.domain.attention import attention_for
from services.experience.domain.deadlines import next_deadline
from services.experience.notices import notices_after
from services.experience.ports import Notice


def alerts_of(journeys: Journeys, key: Key, *, until: datetime) -> tuple[Raised, ...]:
    """What the services would have alerted of, had each event come when it happened.

    A line that is named again after it was cleared is a new alert.
    """
    own, met, records = journeys.happenings[key], journeys.met(key), journeys.records(key)
    instants = sorted({each.at for each in [*own, *met] if each.at >= own[0].at})
    raised: list[Raised] = []
    notices: Mapping[str, Notice] = {}
    now: datetime | None = own[0].at
    while now is not None and now <= until:
        # Nothing is known of what is still to come: neither by this assessment, nor by the search for the next instant,
        # which ends where the next thing happens.
        after = next(iter(instants[bisect_right(instants, now) :]), None)
        assessment = assess(own, met, journeys.concept, now=now, records=records)
        if assessment is not None:
            before = {line for line, notice in notices.items() if notice.state == "named"}
            notices = notices_after(notices, assessment, own, met, None, records)
            lines = {line.id: line for line in assessment.lines}
            for line, notice in notices.items():
                if notice.state == "named" and line not in before:
                    attention = attention_for(lines[line], assessment, notice.since)
                    raised.append(Raised(notice.since, line, attention.reason, attention.until))
            after = next_deadline(assessment, own, met, before=after) or after
        now = after
    return tuple(raised)
