"""What the store of the experience service does, in SQLite and in PostgreSQL.

It cannot catch what only a crash or a second process shows: see tests/live.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.bookkeeping import Fenced, Outgoing, TopicIdentity
from services.chassis.rows import Rows
from services.experience.adapters.database import MIGRATIONS, StoredTransaction
from services.experience.adapters.database_values import instant, micros
from services.experience.ports import JourneyRecord, Notice, PublishedConcept, StoredEvent, Transaction
from tests.plans import plans_of, reading_whole_tables

NOON = datetime(2026, 3, 7, 12, 0, 0, 123456, tzinfo=UTC)
Begin = Callable[[], Transaction]


@pytest.fixture
def begin(rows: Callable[[str], Rows]) -> Begin:
    of_the_service = rows(MIGRATIONS)
    return lambda: StoredTransaction(of_the_service)


def event(id: str, *, journey: str | None = "j-1", store: str = "riga-1", body: bytes = b"{}") -> StoredEvent:
    return StoredEvent(identity=(store, "/till", id), journey=journey, at=NOON, late=False, body=body)


def test_a_kept_event_is_known_and_comes_back_as_it_was(begin: Begin) -> None:
    kept = event("1", body=b"\x00\xff any bytes")._replace(late=True)

    assert begin().add_events([kept]) == set()

    assert begin().add_events([event("1", body=b"said again"), event("2")]) == {("riga-1", "/till", "1")}
    assert begin().events_of([("riga-1", "j-1")]) == {("riga-1", "j-1"): [kept, event("2")]}


def test_a_database_is_begun_once(begin: Begin) -> None:
    assert begin().epoch(NOON) == NOON
    assert begin().epoch(NOON + timedelta(days=1)) == NOON


def test_the_same_id_of_another_source_or_store_is_another_event(begin: Begin) -> None:
    begin().add_events([event("1"), event("1", store="oslo-1")])

    assert begin().add_events([event("1")._replace(identity=("riga-1", "/door", "1"))]) == set()
    assert len(begin().add_events([event("1"), event("1", store="oslo-1")])) == 2


def test_keys_are_looked_up_and_no_table_is_read_whole(begin: Begin) -> None:
    """Reading a whole table for each batch is what made the service slower with every event it had ever kept."""
    store = begin()
    with plans_of(store.rows) as plans:
        store.add_events([event("1")])
        store.add_events([event("1"), event("2")])
        store.events_of([("riga-1", "j-1")])
        store.surroundings_of({"riga-1": NOON})
        store.journeys([("riga-1", "j-1")])
        store.due(NOON, 10)
        store.next_deadline()
        store.settled_in(["riga-1"])
        store.stores(["riga-1"])
        store.matters_of("riga-1", slips_since=NOON, visits_since=NOON)
        store.due_stores(NOON, 10)

    assert len(plans) >= 13
    assert reading_whole_tables(plans) == []


def test_many_keys_are_asked_for_at_once(begin: Begin) -> None:
    begin().add_events([event(str(number), journey=f"j-{number}") for number in range(3000)])

    found = begin().events_of([("riga-1", f"j-{number}") for number in range(3000)])

    assert len(found) == 3000


def test_store_wide_events_belong_to_their_store_alone(begin: Begin) -> None:
    begin().add_events([event("1", journey=None), event("2"), event("3", journey=None, store="oslo-1")])

    found = begin().surroundings_of({"riga-1": NOON, "tartu-1": NOON, "oslo-1": NOON + timedelta(seconds=1)})

    assert [each.identity[2] for each in found["riga-1"]] == ["1"]
    assert (found["tartu-1"], found["oslo-1"]) == ([], [])


def test_a_saved_journey_replaces_the_one_before(begin: Begin) -> None:
    record = JourneyRecord(key=("riga-1", "j-1"), version=1, events=3, deadline=NOON)
    named = record._replace(version=2, notices={"promise/p": Notice(since=NOON, state="named")}, deadline=None)

    begin().save_journeys([record])
    begin().save_journeys([named])

    assert begin().journeys([("riga-1", "j-1"), ("riga-1", "j-2")]) == {("riga-1", "j-1"): named}


def test_journeys_that_are_open_or_ended_since_are_found_by_store_or_everywhere(begin: Begin) -> None:
    begin().save_journeys(
        [
            JourneyRecord(key=("riga-1", "open")),
            JourneyRecord(key=("riga-1", "over"), closed_at=NOON),
            JourneyRecord(key=("oslo-1", "open")),
        ]
    )

    after = NOON + timedelta(seconds=1)
    assert begin().journeys_since("riga-1", after) == [("riga-1", "open")]
    assert sorted(begin().journeys_since("riga-1", NOON)) == [("riga-1", "open"), ("riga-1", "over")]
    assert sorted(begin().journeys_since("*", after)) == [("oslo-1", "open"), ("riga-1", "open")]


def test_deadlines_come_in_order_and_only_when_they_have_come(begin: Begin) -> None:
    begin().save_journeys(
        [
            JourneyRecord(key=("riga-1", "later"), deadline=NOON + timedelta(seconds=1)),
            JourneyRecord(key=("riga-1", "now"), deadline=NOON),
            JourneyRecord(key=("riga-1", "overdue"), deadline=NOON - timedelta(hours=1)),
            JourneyRecord(key=("riga-1", "never")),
        ]
    )

    assert begin().due(NOON, 10) == [("riga-1", "overdue"), ("riga-1", "now")]
    assert begin().due(NOON, 1) == [("riga-1", "overdue")]
    assert begin().next_deadline() == NOON - timedelta(hours=1)


def test_of_what_was_put_off_the_latest_comes_first_and_after_what_was_not(begin: Begin) -> None:
    last_year, lately = NOON - timedelta(days=365), NOON - timedelta(seconds=9)
    begin().save_journeys(
        [
            JourneyRecord(key=("riga-1", "history"), deadline=NOON, put_off_at=NOON, news_from=last_year),
            JourneyRecord(key=("riga-1", "live"), deadline=NOON, put_off_at=NOON, news_from=lately),
            JourneyRecord(key=("riga-1", "overdue"), deadline=NOON),
        ]
    )

    assert [journey for _, journey in begin().due(NOON, 10)] == ["overdue", "live", "history"]


def test_without_journeys_there_is_no_deadline(begin: Begin) -> None:
    assert begin().next_deadline() is None


def test_concepts_come_back_in_the_order_they_were_published(begin: Begin) -> None:
    first = PublishedConcept(store="*", from_=NOON, document={"concept": "any", "version": 1})
    second = PublishedConcept(store="riga-1", from_=NOON, document={"concept": "mine", "version": 1})

    begin().add_concept(first)
    begin().add_concept(second)

    assert begin().count_concepts() == 2
    assert begin().concepts() == [first, second]


def test_a_partition_moves_on_only_from_where_it_stands(begin: Begin) -> None:
    begin().advance(TopicIdentity("cluster", "topic", "id"), 0, expected=None, to=5)
    begin().advance(TopicIdentity("cluster", "topic", "id"), 0, expected=5, to=9)

    with pytest.raises(Fenced):
        begin().advance(TopicIdentity("cluster", "topic", "id"), 0, expected=5, to=7)
    with pytest.raises(Fenced):
        begin().advance(TopicIdentity("cluster", "topic", "id"), 0, expected=None, to=1)
    assert begin().next_offsets(TopicIdentity("cluster", "topic", "id")) == {0: 9}


def test_a_recreated_cluster_begins_at_the_beginning(begin: Begin) -> None:
    begin().advance(TopicIdentity("cluster", "topic", "id"), 0, expected=None, to=5)

    assert begin().next_offsets(TopicIdentity("another cluster", "topic", "id")) == {}


def test_messages_leave_in_the_order_they_were_written_until_they_are_sent(begin: Begin) -> None:
    messages = [Outgoing("topic", f"k{number}".encode(), b"\xff", {"reason": "žā"}) for number in range(3)]
    begin().send(messages)

    numbers = [number for number, _ in begin().unsent(2)]
    begin().forget_sent(numbers[:1])

    assert [outgoing for _, outgoing in begin().unsent(10)] == messages[1:]


@pytest.mark.parametrize(
    "at", [NOON, datetime(1990, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, 23, 59, 59, 999999, UTC)]
)
def test_instants_keep_every_microsecond(at: datetime) -> None:
    assert instant(micros(at)) == at
