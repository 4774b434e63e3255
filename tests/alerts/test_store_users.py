"""Users, sessions, the audit trail, and what is seen of some stores alone, in SQLite and in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from services.alerts import users
from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.tables import AUDIT
from services.alerts.domain.alert import State
from services.alerts.domain.notice import GoodNews, Notice
from services.alerts.domain.store import StoreStanding
from services.alerts.domain.trail import Entry, What
from services.alerts.domain.user import IDLE, LONGEST, Session, User
from services.chassis.store import Unavailable
from tests.alerts.builders import NOON, alert, standing

RUTA = User(name="ruta", password="hash", stores=frozenset({"riga-2", "riga-1"}), language="lt", added_at=NOON)
BOSS = User(name="boss", password="hash", stores=None, may_act=False, added_at=NOON)
SESSION = Session(name="s", user="ruta", begun_at=NOON, seen_at=NOON)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def store(rows):
    return StoredTransaction(rows(MIGRATIONS))


def test_users_are_kept_as_they_are(store):
    for each in (RUTA, BOSS):
        assert users.add(store, each, by="command:x")

    assert store.user("ruta", lock=True) == RUTA
    assert store.users() == [BOSS, RUTA]
    assert store.user("nobody") is None


def test_there_is_one_user_of_a_name(store):
    users.add(store, RUTA, by="command:x")

    assert not users.add(store, replace(BOSS, name="ruta"), by="command:x")
    assert store.users() == [RUTA]


def test_of_whom_nothing_is_known_nothing_is_changed(store):
    assert not users.remove(store, "ruta", NOON, by="x")
    assert not users.change_password(store, "ruta", "hash", NOON, by="x")
    assert store.trail(None, None, 10) == []


def test_a_session_is_somebodys_until_it_is_ended(store):
    users.add(store, RUTA, by="command:x")
    store.begin_session(SESSION)
    assert store.session("s") == (SESSION, RUTA)

    store.end_session("s")
    store.note_session(replace(SESSION, seen_at=LATER))
    assert store.session("s") is None


@pytest.mark.parametrize("end", ["remove", "password"])
def test_who_is_removed_or_has_another_password_has_no_session(store, end):
    users.add(store, RUTA, by="command:x")
    for name in ("s", "t"):
        store.begin_session(replace(SESSION, name=name))
    if end == "remove":
        users.remove(store, "ruta", NOON, by="command:x")
    else:
        users.change_password(store, "ruta", "another", NOON, by="command:x")

    assert (store.session("s"), store.session("t")) == (None, None)


def test_sessions_that_are_over_are_forgotten_and_no_others(store):
    users.add(store, RUTA, by="command:x")
    store.begin_session(SESSION)
    store.begin_session(replace(SESSION, name="idle", seen_at=NOON - IDLE))
    store.begin_session(replace(SESSION, name="old", begun_at=NOON - LONGEST))
    store.forget_sessions(NOON)

    assert [name for name in ("s", "idle", "old") if store.session(name)] == ["s"]


def test_the_trail_is_told_in_order_about_somebody_and_since_an_instant(store):
    said = [
        Entry(at=NOON, who="command:x", what=What.USER_ADDED, which="ruta"),
        Entry(at=NOON, who="command:x", what=What.USER_ADDED, which="boss"),
        Entry(at=LATER, who="ruta", what=What.SIGNED_IN, which="ruta"),
        Entry(at=LATER, who="ruta", what=What.CLOSED, which="0123"),
    ]
    for each in said:
        store.record(each)

    assert store.trail(None, None, 10) == said
    assert store.trail(None, None, 2) == said[2:]
    assert store.trail("ruta", None, 10) == [said[0], *said[2:]]
    assert store.trail("ruta", LATER, 10) == said[2:]


@pytest.mark.parametrize("change", [delete(AUDIT), update(AUDIT).values(who="nobody")], ids=["delete", "update"])
def test_nothing_is_taken_out_of_the_trail_or_changed_in_it(store, change):
    store.record(Entry(at=NOON, who="ruta", what=What.SIGNED_IN, which="ruta"))

    with pytest.raises((DatabaseError, Unavailable), match="neither changed nor removed"):
        store.rows.change(change)


def of_store(name, number=0, **changes):
    return alert(store=name, journey=f"visit-{number}", **changes)


def has(store, *alerts):
    store.save_alerts(alerts)
    store.save_journeys([standing(each.journey, store=each.store) for each in alerts])


def test_a_limit_cuts_what_one_may_see_and_not_what_there_is(store):
    """The alerts of all the others are more urgent, and closed later."""
    mine = [of_store("mine", number, opened_at=LATER) for number in range(3)]
    old = [of_store("mine", 9, state=State.RESOLVED, closed_at=NOON)]
    has(store, *mine, *old)
    has(store, *[of_store("other", number) for number in range(50)])
    has(store, *[of_store("other", 100 + number, state=State.RESOLVED, closed_at=LATER) for number in range(50)])
    news = GoodNews(line="x", touchpoint="till", headline="quick", since=NOON)
    for name, at in (("mine", NOON), ("other", LATER)):
        store.save_stores([StoreStanding(store=name, version=1, as_of=NOON, neglect=9.0, neglect_alert=10.0)])
        store.save_notices([Notice(store=name, journey=f"v-{n}", news=news, kv=1.2, given_at=at) for n in range(20)])
    view = store.view(frozenset({"mine", "nowhere"}))

    assert {each.alert.alert_id for each in view.cases(State.OPEN, 3)} == {each.alert_id for each in mine}
    assert [each.alert for each in view.cases(State.RESOLVED, 3)] == old
    assert {each.alert.store for each in view.cases(None, 100)} == {"mine"}
    assert [each.alert for each in view.closed_cases(3)] == old
    assert [each.store for each in view.notices(NOON, 30)] == ["mine"] * 20
    assert [each.store for each in view.stores(5)] == ["mine"]
    assert (view.store("mine") is None, view.store("other")) == (False, None)
    assert {name: each.number for name, each in view.open_alerts().items()} == {"warning": 3}
    assert view.count_watched() == 4
    assert store.view(None).count_watched() == store.count_watched() == 104


def test_who_has_no_store_sees_nothing(store):
    has(store, of_store("other"))
    view = store.view(frozenset())

    assert (view.cases(None, 9), view.closed_cases(9), view.open_alerts(), view.count_watched()) == ([], [], {}, 0)


def test_of_ten_thousand_alerts_of_other_stores_none_is_found(store):
    others = [of_store(f"store-{number % 200}", number) for number in range(10_000)]
    has(store, *others, of_store("mine"))
    view = store.view(frozenset({"mine", "store", "store-", "store-%", "Store-1"}))

    found = [each.alert_id for each in others if view.case(each.alert_id) is not None]

    assert found == []
    assert view.case(of_store("mine").alert_id) is not None
    assert all(store.case(each.alert_id) is not None for each in others[:100])
