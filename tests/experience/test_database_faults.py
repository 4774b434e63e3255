"""Faults of PostgreSQL are waited for, whatever they are; but for those that a record itself provokes."""

import threading

import pytest

from services.chassis import postgres
from services.chassis.store import Unavailable, Unreachable
from tests.experience.workers import TOPIC, WITHIN_SECONDS, Worker, event


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
