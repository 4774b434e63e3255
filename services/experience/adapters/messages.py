"""What the experience service sends: evaluations to everybody, and to itself that a journey needs another look."""

from collections.abc import Sequence
from datetime import datetime

from pydantic_core import to_json

from services.chassis.bookkeeping import Outgoing
from services.experience.adapters.database_values import micros
from services.experience.adapters.telling import journey_evaluated
from services.experience.adapters.telling_stores import store_evaluated
from services.experience.domain.happening import Happening
from services.experience.ports import JourneyKey, Standing, StoreStanding
from touchline_contracts import EVALUATIONS, TOUCHPOINTS, new_event
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.kinds import BY_DATA
from touchline_contracts.stores import StoreEvaluated
from touchline_contracts.surroundings import SurroundingsChanged
from touchline_contracts.topics import journey_key

SOURCE = "/touchline/experience"
EVALUATED = BY_DATA[JourneyEvaluated]
STORE_EVALUATED = BY_DATA[StoreEvaluated]


def evaluation_message(standing: Standing, epoch: datetime) -> Outgoing:
    """`journey.evaluated`, identified by the journey, the epoch of the database, and the version."""
    (store, journey), version = standing.record.key, standing.record.version
    key, life = journey_key(store, journey), micros(epoch)
    event = {
        "specversion": "1.0",
        "id": f"{journey}:{life}:{version}"[-128:],
        "source": SOURCE,
        "type": EVALUATED.type,
        "subject": journey,
        "time": standing.assessment.as_of,
        "datacontenttype": "application/json",
        "store": store,
        "partitionkey": key,
        "replay": standing.replay,
        "data": journey_evaluated(
            standing.assessment,
            version=version,
            epoch=life,
            events=standing.record.events,
            late_events=standing.record.late_events,
            attention=standing.attention,
            retracted=standing.retracted,
            good_news=standing.good_news,
        ),
    }
    return Outgoing(EVALUATIONS.name, key.encode(), to_json(event))


def store_message(standing: StoreStanding, epoch: datetime) -> Outgoing:
    """`store.evaluated`, identified by the store, the epoch of the database, and the version."""
    store, life = standing.record.store, micros(epoch)
    event = {
        "specversion": "1.0",
        "id": f"{store}:{life}:{standing.record.version}",
        "source": SOURCE,
        "type": STORE_EVALUATED.type,
        "time": standing.assessment.as_of,
        "datacontenttype": "application/json",
        "store": store,
        "partitionkey": store,
        "replay": standing.replay,
        "data": store_evaluated(standing, epoch=life),
    }
    return Outgoing(EVALUATIONS.name, store.encode(), to_json(event))


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
