"""What the store of the alert service does, in SQLite and in PostgreSQL.

It cannot catch what only a crash or a second process shows.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.delivery import Delivery
from services.alerts.domain.alert import Act, Grade, Snooze, State
from services.alerts.ports import Transaction
from services.chassis.bookkeeping import Fenced, Outgoing, TopicIdentity
from services.chassis.database import engine_for, rows_of
from services.chassis.migrating import upgrade
from services.chassis.rows import Rows
from tests.alerts.builders import JOURNEY, NOON, STORE, alert, broken, entry, finding, standing
from tests.databases import BOTH

KEY = (STORE, JOURNEY)
Begin = Callable[[], Transaction]


@pytest.fixture
def begin(rows: Callable[[str], Rows]) -> Begin:
    of_the_service = rows(MIGRATIONS)
    return lambda: StoredTransaction(of_the_service)


@pytest.fixture
def store(begin: Begin) -> Transaction:
    return begin()


def test_of_a_journey_that_was_never_heard_of_nothing_is_known(store):
    assert store.editions([KEY]) == {}
    assert store.alerts_of([KEY]) == {}
    assert store.case("no such alert") is None


def test_the_last_edition_of_each_journey_is_known(store):
    store.save_journeys([standing(version=3), standing("visit-2", version=9, epoch=2**52)])
    store.save_journeys([standing(version=4)])

    known = store.editions([KEY, (STORE, "visit-2"), (STORE, "visit-3")])
    assert known == {KEY: (0, 4), (STORE, "visit-2"): (2**52, 9)}


@pytest.mark.parametrize("kind", BOTH)
def test_what_an_earlier_version_has_kept_goes_on(kind, request, tmp_path):
    address = tmp_path / "a.db" if kind == "sqlite" else request.getfixturevalue("postgresql").database()
    engine = engine_for(address)
    upgrade(engine, MIGRATIONS, where="here", to="0001")
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into journeys values ('riga-1', 'visit-1043', 4, 0, 0, 1, 1, 0, 0.8, 0)")
        connection.exec_driver_sql(
            "insert into deliveries values ('a:1:webhook', 'a', 1, 'webhook', '{}', null, 'pending', 0, 0, null)"
        )
        words = '{"reason": "unconfirmed", "headline": "h", "remedy": "r", "call": null}'
        connection.exec_driver_sql(
            "insert into alerts values ('riga-1', 'visit-1043', 'promise/goods', 'open', null, 'critical', null, "
            f"'{words}', 0, null, null, 1, 1, 'a')"
        )

    upgrade(engine, MIGRATIONS, where="here")

    with engine.connect() as connection:
        transaction = StoredTransaction(rows_of(connection))
        assert transaction.editions([KEY]) == {KEY: (0, 4)}
        (kept,) = transaction.alerts_of([KEY])[KEY].values()
        assert (kept.acknowledged, kept.snoozed, kept.repeats, kept.repeat_at) == (None, None, 0, None)
        assert transaction.open_alerts()["critical"].unattended == 1
        assert [each.delivery_id for each in transaction.due_deliveries("webhook", NOON, 1)] == ["a:1:webhook"]
    engine.dispose()


def test_a_thousand_journeys_are_looked_up_at_once(store):
    journeys = [standing(f"visit-{number}", version=number) for number in range(1, 1001)]
    store.save_journeys(journeys)

    assert len(store.editions([each.key for each in journeys])) == 1000


@pytest.mark.parametrize(
    "kept",
    [
        alert(),
        alert(finding=broken("problem/7 «naïve»"), escalated_at=NOON + timedelta(microseconds=1)),
        alert(state=State.RESOLVED, grade=Grade.SAVED, closed_at=NOON + timedelta(days=3), steps=4, version=12),
        alert(finding=finding(call=None, until=None), state=State.RETRACTED, closed_at=NOON),
        alert(acknowledged=Act(by="anna", at=NOON, comment="«naïve»"), repeats=3, repeat_at=NOON),
        alert(snoozed=Snooze(by="anna", at=NOON, until=NOON + timedelta(microseconds=1))),
        alert(state=State.CLOSED, closed_at=NOON, closed=Act(by="anna", at=NOON), acknowledged=Act(by="b", at=NOON)),
    ],
    ids=["open", "escalated", "saved", "retracted", "acknowledged", "snoozed", "closed"],
)
def test_an_alert_comes_back_as_it_was(store, kept):
    store.save_alerts([kept])

    assert store.alerts_of([KEY]) == {KEY: {kept.line: kept}}


def test_an_alert_takes_the_place_of_what_was_known_of_it(store):
    store.save_alerts([alert()])
    store.save_alerts([alert(finding=broken(), steps=2)])

    (kept,) = store.alerts_of([KEY])[KEY].values()
    assert kept.finding.severity == "critical"


def test_alerts_of_other_journeys_stay_out(store):
    store.save_alerts([alert(), alert(journey="visit-2"), alert(store="riga-2")])

    assert list(store.alerts_of([(STORE, "visit-2")])) == [(STORE, "visit-2")]


def test_a_case_is_an_alert_with_its_journey_and_ledger(store):
    store.save_journeys([standing(version=3, epoch=7, kv=0.5, ended=True, replay=True)])
    store.save_ledgers({KEY: (entry(), entry("greeting", due=None, outcome=None, ratio=0.5))})
    store.save_alerts([alert()])

    found = store.case(alert().alert_id)

    assert found is not None
    assert found.alert == alert()
    assert found.standing == standing(version=3, epoch=7, kv=0.5, ended=True, replay=True)
    assert found.ledger == (entry(), entry("greeting", due=None, outcome=None, ratio=0.5))


def test_a_case_that_is_locked_is_the_same_case(store):
    store.save_journeys([standing()])
    store.save_alerts([alert()])

    assert store.case(alert().alert_id, lock=True) == store.case(alert().alert_id)


def test_of_which_alerts_something_was_told_is_known_whatever_else_is(store):
    store.add_deliveries(
        Delivery(delivery_id=f"a:{step}:webhook", alert_id="a", step=step, channel="webhook", body=b"{}")
        for step in (1, 2)
    )

    assert store.told_through({"a", "b"}) == {"a": {"webhook"}}
    assert store.told_through(set()) == {}


def test_a_journey_without_a_kept_ledger_has_an_empty_one(store):
    store.save_journeys([standing()])
    store.save_alerts([alert()])

    assert store.case(alert().alert_id).ledger == ()


def test_open_alerts_come_by_urgency(store):
    soon, late = finding("soon", until=NOON + timedelta(minutes=1)), finding("late", until=NOON + timedelta(hours=1))
    never, failed = finding("never", until=None), broken("failed")
    store.save_journeys([standing()])
    store.save_alerts([alert(finding=each) for each in (never, late, failed, soon)])

    assert [each.alert.line for each in store.cases(State.OPEN, 10)] == ["failed", "soon", "late", "never"]
    assert [each.alert.line for each in store.cases(State.OPEN, 2)] == ["failed", "soon"]


def test_what_nobody_looks_after_comes_before_what_somebody_does(store):
    anna = Act(by="anna", at=NOON)
    store.save_journeys([standing()])
    store.save_alerts(
        [
            alert(finding=broken("taken"), acknowledged=anna),
            alert(finding=broken("put off"), snoozed=Snooze(by="anna", at=NOON, until=NOON)),
            alert(finding=finding("nobody's")),
        ]
    )

    assert [each.alert.line for each in store.cases(State.OPEN, 10)] == ["nobody's", "put off", "taken"]


def test_closed_alerts_come_the_latest_first_and_without_the_open_ones(store):
    store.save_journeys([standing()])
    store.save_alerts(
        [
            alert(finding=finding("open")),
            alert(finding=finding("old"), state=State.RESOLVED, closed_at=NOON),
            alert(finding=finding("new"), state=State.RETRACTED, closed_at=NOON + timedelta(minutes=1)),
        ]
    )

    assert [each.alert.line for each in store.closed_cases(10)] == ["new", "old"]
    assert [each.alert.line for each in store.cases(State.RESOLVED, 10)] == ["old"]
    assert {each.alert.line for each in store.cases(None, 10)} == {"open", "old", "new"}


def test_open_alerts_are_counted_by_severity_and_by_whether_anybody_looks_after_them(store):
    later = NOON + timedelta(hours=1)
    store.save_alerts(
        [
            alert(opened_at=later),
            alert(finding=broken("b"), opened_at=later),
            alert(finding=broken("c"), acknowledged=Act(by="anna", at=NOON)),
            alert(finding=finding("d"), state=State.RESOLVED),
            alert(finding=finding("e"), state=State.CLOSED),
        ]
    )

    assert store.open_alerts() == {"warning": (1, 1, later), "critical": (2, 1, NOON)}


def test_watched_are_the_running_journeys_that_are_not_history(store):
    store.save_journeys([standing("a"), standing("b", ended=True), standing("c", replay=True), standing("d")])

    assert store.count_watched() == 2


def test_a_partition_that_somebody_else_moved_on_is_fenced(begin):
    begin().advance(TopicIdentity("cluster", "touchline.evaluations", "id"), 0, expected=None, to=5)

    with pytest.raises(Fenced):
        begin().advance(TopicIdentity("cluster", "touchline.evaluations", "id"), 0, expected=4, to=6)
    assert begin().next_offsets(TopicIdentity("cluster", "touchline.evaluations", "id")) == {0: 5}


def test_messages_are_sent_in_the_order_in_which_they_were_left(store):
    store.send([Outgoing("t", b"k", b"1"), Outgoing("t", b"k", b"2")])

    assert [message.value for _, message in store.unsent(10)] == [b"1", b"2"]
