"""What the experience service sends: evaluations to everybody, and to itself that a journey needs another look."""

from collections.abc import Sequence
from datetime import datetime

from services.chassis.bookkeeping import Outgoing
from services.experience.adapters.telling import journey_evaluated
from services.experience.domain.happening import Happening
from services.experience.ports import JourneyKey, Standing
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, new_event
from touchline_contracts.surroundings import SurroundingsChanged

SOURCE = "/touchline/experience"


def evaluation_message(standing: Standing) -> Outgoing:
    """`journey.evaluated`, identified by the journey and its version."""
    store, journey = standing.record.key
    event = new_event(
        journey_evaluated(
            standing.assessment,
            version=standing.record.version,
            events=standing.record.events,
            late_events=standing.record.late_events,
            attention=standing.attention,
            retracted=standing.retracted,
        ),
        id=f"{journey}:{standing.record.version}"[-128:],
        source=SOURCE,
        store=store,
        subject=journey,
        time=standing.assessment.as_of,
        replay=standing.replay,
    )
    return Outgoing(EVALUATIONS.name, event.key.encode(), event.to_json())


def look_again_message(key: JourneyKey, because: Sequence[Happening]) -> Outgoing:
    """`surroundings.changed`, to whoever owns the journey."""
    store, journey = key
    latest: datetime = max(happening.at for happening in because)
    reason = because[-1].identity[2]
    event = new_event(
        SurroundingsChanged(because=reason),
        id=f"{reason}:{journey}"[-128:],
        source=SOURCE,
        store=store,
        subject=journey,
        time=latest,
    )
    return Outgoing(TOUCHPOINTS.name, event.key.encode(), event.to_json())
