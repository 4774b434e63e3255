"""Workers of the experience service that share a database, for tests that have them in transactions at once."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from services.chassis.bookkeeping import TopicIdentity
from services.chassis.database import engine_for, rows_of
from services.experience.adapters.database import StoredTransaction
from services.experience.ports import StoredEvent
from tests.experience.service import ELEVEN, Service
from touchline_contracts import TOUCHPOINTS, parse_event

TOPIC = TopicIdentity("cluster", "touchline.touchpoints", "id")
WITHIN_SECONDS = 20.0
A_MOMENT = 0.3
"""Long enough for a worker that is not kept waiting to be done."""


class Worker(Service):
    """A worker: its own connection and memory, and a database that it shares."""

    def __init__(self, address) -> None:
        self.engine = engine_for(address)
        self.address = address
        self.restart()
        self.numbers = iter(range(id(self), 2**62))

    @contextmanager
    def transaction(self) -> Iterator[StoredTransaction]:
        with self.engine.begin() as connection:
            self.rows = rows_of(connection)
            yield StoredTransaction(self.rows)


def waits(future: Future) -> bool:
    """Whether something is kept waiting."""
    try:
        future.result(A_MOMENT)
    except TimeoutError:
        return True
    return False


def event(id: str, journey: str = "j") -> StoredEvent:
    return StoredEvent(identity=("riga-1", "/till", id), journey=journey, at=ELEVEN, late=False, body=b"{}")


def versions_told(address, journey: str | None) -> list[int]:
    with Worker(address).transaction() as transaction:
        told = [parse_event(each.value) for _, each in transaction.unsent(10_000) if each.topic != TOUCHPOINTS.name]
    return [each.data.version for each in told if each.subject == journey]
