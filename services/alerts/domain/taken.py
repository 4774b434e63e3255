"""Whose a cause is: who has taken an alert has taken its cause, and what joins it meanwhile calls nobody.

So it is with the incidents of other pagers. Nothing is hidden by it: whoever is told of what joins is told in a message
that calls nobody, and is called when nobody has the cause any more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.alerts.domain.alert import Alert, Severity, State
from services.alerts.domain.decision import RANK

HOLDS = timedelta(minutes=60)
"""So long after somebody has taken it a cause is theirs: as long as what nobody has is told again, four times."""
LOOKS_AGAIN = timedelta(minutes=1)
"""How often it is looked whether somebody still has the cause of what calls nobody because of that."""


def taken(of_cause: Iterable[Alert], now: datetime) -> list[Alert]:
    """The alerts of one cause by which somebody has it now. Each is good for what is no more severe than it.

    One that the facts have ended counts as long as the cause has not stopped since: its customer has gone, the queue
    has not. One that a person has closed, given back or put off does not count.
    """
    known = [each for each in of_cause if each.state is not State.CLOSED]
    since = _going_on_since(known, now)
    return [
        each
        for each in known
        if each.acknowledged is not None
        and each.acknowledged.at <= now < each.acknowledged.at + HOLDS
        and (each.closed_at or now) >= since
    ]


def covers(mine: Alert, severity: Severity) -> bool:
    """Whether whoever has taken an alert knew that its cause is as severe as this."""
    act = mine.acknowledged
    got_worse = act is not None and mine.escalated_at is not None and act.at < mine.escalated_at
    return RANK[severity] <= (RANK["warning"] if got_worse else RANK[mine.finding.severity])


def _going_on_since(of_cause: Iterable[Alert], now: datetime) -> datetime:
    """Since when one of these alerts was open at each moment."""
    since = now
    for each in sorted(of_cause, key=lambda each: each.closed_at or now, reverse=True):
        if (each.closed_at or now) < since:
            break
        since = min(since, each.opened_at)
    return since
