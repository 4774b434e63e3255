"""Two workers of the experience service on one PostgreSQL, in transactions at the same time.

What it cannot catch: how Kafka shares partitions out between them; see tests/live/outages.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from services.chassis import postgres
from services.chassis.bookkeeping import Fenced, TopicIdentity
from services.chassis.database import engine_for, rows_of
from services.chassis.migrating import upgrade
from services.chassis.store import Unavailable, Unreachable
from services.experience.adapters.database import MIGRATIONS, StoredTransaction
from services.experience.ports import JourneyRecord, StoredEvent
from tests.experience.service import ELEVEN, PROMISE, Service
from touchline_contracts import TOUCHPOINTS, parse_event
from touchline_contracts.cleanliness import CleanlinessChecked, DefectNoticed
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted

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


@pytest.fixture
def address(postgresql):
    address = postgresql.database()
    engine = engine_for(address)
    upgrade(engine, MIGRATIONS, where="here")
    engine.dispose()
    return address


@pytest.fixture
def workers(address) -> Iterator[tuple[Worker, Worker]]:
    both = Worker(address), Worker(address)
    yield both
    for each in both:
        each.engine.dispose()


@pytest.fixture
def beside() -> Iterator[Callable[..., Future]]:
    """Does something in another thread."""
    with ThreadPoolExecutor(4) as threads:
        yield threads.submit


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


def test_a_worker_that_was_overtaken_waits_finds_out_and_writes_nothing(workers, beside, address):
    ours, overtaken = workers
    with ours.transaction() as transaction:
        transaction.advance(TOPIC, 0, expected=None, to=5)

    def write(expected: int | None) -> None:
        with overtaken.transaction() as transaction:
            transaction.add_events([event("of the overtaken")])
            transaction.advance(TOPIC, 0, expected=expected, to=7)

    with ours.transaction() as transaction:
        transaction.advance(TOPIC, 0, expected=5, to=9)
        writing = beside(write, 5)
        assert waits(writing)

    with pytest.raises(Fenced):
        writing.result(WITHIN_SECONDS)
    with pytest.raises(Fenced):
        write(None)
    with ours.transaction() as transaction:
        assert transaction.next_offsets(TOPIC) == {0: 9}
        assert transaction.events_of([("riga-1", "j")]) == {}


def test_one_event_that_two_workers_take_in_is_new_to_one_of_them(workers, beside):
    ours, other = workers

    def take_in() -> set:
        with other.transaction() as transaction:
            return transaction.add_events([event("before"), event("same")])

    with ours.transaction() as transaction:
        assert transaction.add_events([event("same")]) == set()
        theirs = beside(take_in)
        assert waits(theirs)

    assert theirs.result(WITHIN_SECONDS) == {("riga-1", "/till", "same")}


def test_two_workers_that_look_at_one_store_count_on(workers, beside, address):
    def notice(worker: Worker, defect: str) -> None:
        noticed = DefectNoticed(defect_id=defect, area="entrance", severity="major")
        with worker.transaction():
            worker.take_in(worker.store_wide(noticed, ELEVEN), now=ELEVEN)

    for result in [beside(notice, worker, f"tile-{n}") for n in range(5) for worker in workers[n % 2 :: 2]]:
        result.result(WITHIN_SECONDS)

    assert versions_told(address, None) == [1, 2, 3, 4, 5]


def test_a_journey_that_begins_while_something_happens_in_its_store_hears_of_it(workers, beside, address):
    """The one does not see the journey, and the other not the check: neither is committed yet."""
    ours, other = workers
    with ours.transaction():
        ours.take_in(ours.publish(ELEVEN - timedelta(hours=1), cleanliness={"entrance": {"expected": 4}}), now=ELEVEN)

    def begin() -> None:
        with other.transaction():
            other.take_in(other.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)

    check = CleanlinessChecked(area="entrance", score=1)
    with ours.transaction():
        ours.take_in(ours.store_wide(check, ELEVEN - timedelta(minutes=1)), now=ELEVEN)
        beginning = beside(begin)
        assert waits(beginning)
    beginning.result(WITHIN_SECONDS)

    with ours.transaction():
        (line,) = (each for each in ours.latest().lines if each.line == "cleanliness/entrance")
        assert line.ratio == 0.25


def test_journeys_of_one_store_do_not_wait_for_each_other(workers, beside):
    ours, other = workers

    def begin() -> None:
        with other.transaction():
            other.take_in(other.event(CustomerArrived(channel="door"), ELEVEN, journey="other"), now=ELEVEN)

    with ours.transaction():
        ours.take_in(ours.event(CustomerArrived(channel="door"), ELEVEN, journey="ours"), now=ELEVEN)
        beside(begin).result(WITHIN_SECONDS)


def test_what_comes_in_of_a_journey_waits_for_the_clock_that_looks_at_it(workers, beside, address):
    ours, other = workers
    with ours.transaction():
        ours.take_in(ours.event(PROMISE, ELEVEN), now=ELEVEN)

    def greet() -> None:
        with other.transaction():
            other.take_in(other.event(CustomerGreeted(manner=4), later), now=later)

    later = ELEVEN + timedelta(minutes=46)
    with ours.transaction():
        assert ours.look_again(later) == 1
        greeting = beside(greet)
        assert waits(greeting)
    greeting.result(WITHIN_SECONDS)

    assert versions_told(address, "j") == [1, 2, 3]


def test_each_deadline_is_looked_at_by_one_worker(workers, beside, address):
    ours, other = workers
    journeys = [f"j-{number}" for number in range(300)]
    with ours.transaction():
        ours.take_in(*(ours.event(PROMISE, ELEVEN, journey=each) for each in journeys), now=ELEVEN)
    later, together = ELEVEN + timedelta(minutes=46), threading.Barrier(2)

    def look(worker: Worker) -> int:
        looked_at = 0
        together.wait(WITHIN_SECONDS)
        for _ in range(10):
            with worker.transaction():
                looked_at += worker.look_again(later)
        return looked_at

    counts = [each.result(WITHIN_SECONDS) for each in (beside(look, ours), beside(look, other))]

    assert sum(counts) == len(journeys)
    assert {tuple(versions_told(address, each)) for each in journeys[::50]} == {(1, 2)}


def test_deadlines_that_another_worker_looks_at_are_left_to_it(workers):
    ours, other = workers
    with ours.transaction() as transaction:
        transaction.save_journeys(
            [JourneyRecord(key=("riga-1", f"j-{number}"), deadline=ELEVEN) for number in range(4)]
        )

    with ours.transaction() as mine, other.transaction() as theirs:
        assert len(mine.due(ELEVEN, 3)) == 3
        assert theirs.due(ELEVEN, 10) == [("riga-1", "j-3")]


def test_workers_in_each_others_way_are_told_to_try_again(workers, beside):
    """A deadlock is nobody's fault: neither a loss nor a dead letter."""
    both_hold_one = threading.Barrier(2)

    def advance(worker: Worker, first: int, second: int) -> None:
        with worker.transaction() as transaction:
            transaction.advance(TOPIC, first, expected=None, to=1)
            both_hold_one.wait(WITHIN_SECONDS)
            transaction.advance(TOPIC, second, expected=None, to=1)

    ended = [beside(advance, workers[0], 0, 1), beside(advance, workers[1], 1, 0)]

    errors = [each.exception(WITHIN_SECONDS) for each in ended]
    assert {type(each) for each in errors} == {Unavailable, type(None)}
    assert "deadlock detected" in str(next(each for each in errors if each is not None))


def test_a_connection_that_is_lost_is_made_anew_and_what_it_had_begun_is_undone(workers, address):
    ours, other = workers
    with pytest.raises(Unreachable, match="terminat"), ours.transaction() as transaction:  # noqa: PT012  # one transaction
        transaction.add_events([event("lost")])
        with other.transaction() as theirs:
            theirs.rows.connection.exec_driver_sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                "and datname = current_database() and backend_type = 'client backend'"
            )
        transaction.add_events([event("lost as well")])

    with ours.transaction() as transaction:
        assert transaction.add_events([event("lost")]) == set()


def test_a_worker_that_hangs_in_a_transaction_is_undone_so_that_others_go_on(address, monkeypatch):
    monkeypatch.setitem(postgres.SESSION, "idle_in_transaction_session_timeout", "200ms")
    hanging, other = Worker(address), Worker(address)

    with pytest.raises(Unreachable, match="idle-in-transaction"), hanging.transaction() as transaction:  # noqa: PT012
        transaction.advance(TOPIC, 0, expected=None, to=5)
        with other.transaction() as theirs:  # waits
            theirs.advance(TOPIC, 0, expected=None, to=3)
        transaction.advance(TOPIC, 1, expected=None, to=1)

    with other.transaction() as theirs:
        assert theirs.next_offsets(TOPIC) == {0: 3}


@pytest.mark.parametrize(
    "statement", ["select 1 from nowhere", "set transaction read only; delete from offsets", "select pg_sleep(9)"]
)
def test_what_is_wrong_with_the_database_is_waited_for(workers, statement):
    with pytest.raises(Unavailable), workers[0].transaction() as transaction:  # noqa: PT012
        transaction.rows.connection.exec_driver_sql("set local statement_timeout = '100ms'")
        transaction.rows.connection.exec_driver_sql(statement)


@pytest.mark.parametrize("id", ["\x00", "\ud800"])
def test_what_is_wrong_with_an_event_is_the_fault_of_the_event(workers, id):
    with pytest.raises(Exception, match=r"0x00|surrogates") as caught, workers[0].transaction() as transaction:
        transaction.add_events([event(id)])

    assert not isinstance(caught.value, Unavailable | OSError)
