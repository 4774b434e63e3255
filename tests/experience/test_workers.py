"""Two workers of the experience service on one PostgreSQL, in transactions at the same time.

What it cannot catch: how Kafka shares partitions out between them; see tests/live/outages.
"""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from services.chassis.bookkeeping import Fenced
from services.chassis.store import Unavailable
from services.experience.adapters.tables import EPOCH
from services.experience.ports import JourneyRecord
from tests.experience.service import ELEVEN, PROMISE
from tests.experience.workers import TOPIC, WITHIN_SECONDS, Worker, event, versions_told, waits
from touchline_contracts.cleanliness import CleanlinessChecked, DefectNoticed
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted


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


def test_what_comes_in_of_a_store_waits_for_the_clock_that_looks_at_it(workers, beside, address):
    ours, other = workers

    def notice(worker: Worker, defect: str) -> None:
        noticed = DefectNoticed(defect_id=defect, area="entrance", severity="major")
        with worker.transaction():
            worker.take_in(worker.store_wide(noticed, ELEVEN), now=ELEVEN)

    notice(ours, "tile")
    with ours.transaction():
        due = ours.deadline()
    with ours.transaction():
        ours.look_again(due)
        assert len(ours.outcome.stores) == 1
        noticing = beside(notice, other, "step")
        assert waits(noticing)
    noticing.result(WITHIN_SECONDS)

    assert versions_told(address, None) == [1, 2, 3]


def test_two_workers_that_begin_one_journey_are_not_unaware_of_each_other(workers, beside, address):
    """Its events come on two partitions for a while when partitions were added."""
    ours, other = workers
    greeted = other.event(CustomerGreeted(manner=4), ELEVEN)

    def greet() -> None:
        with other.transaction():
            other.take_in(greeted, now=ELEVEN)

    with ours.transaction():
        ours.take_in(ours.event(CustomerArrived(channel="door"), ELEVEN), now=ELEVEN)
        greeting = beside(greet)
        assert waits(greeting)

    with pytest.raises(Unavailable, match="another worker has begun the same journey"):
        greeting.result(WITHIN_SECONDS)
    other.experience.forget()
    greet()
    assert versions_told(address, "j") == [1, 2]


def test_two_workers_that_begin_a_database_at_once_agree_on_its_epoch(workers, beside):
    ours, other = workers
    with ours.transaction() as transaction:
        transaction.rows.change(delete(EPOCH))

    def begin() -> datetime:
        with other.transaction() as transaction:
            return transaction.epoch(ELEVEN + timedelta(hours=1))

    with ours.transaction() as transaction:
        begun = transaction.epoch(ELEVEN)
        theirs = beside(begin)
        assert waits(theirs)

    assert theirs.result(WITHIN_SECONDS) == begun == ELEVEN


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
