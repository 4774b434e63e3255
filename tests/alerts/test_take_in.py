"""A batch of evaluations becomes alerts, Kafka messages and deliveries; anything else becomes a dead letter."""

import json
from dataclasses import replace

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.alert import State
from services.alerts.domain.decision import Reason
from services.alerts.entrypoints.reading import read
from services.alerts.usecases import Alerts
from tests.alerts.builders import (
    GOODS,
    JOURNEY,
    NOON,
    STORE,
    alert,
    broken,
    entry,
    evaluated,
    evaluation,
    finding,
    record,
)
from touchline_contracts import KINDS, parse_event
from touchline_contracts.envelope import new_event
from touchline_contracts.examples import golden_examples
from touchline_contracts.greeting import CustomerArrived

ALERT = alert().alert_id
alerts = Alerts(
    announce=alert_message,
    notify=lambda told, _: deliveries(told, ["webhook"], "https://alerts.example"),
    pass_on=notice_message,
)


@pytest.fixture
def store(rows):
    return StoredTransaction(rows(MIGRATIONS))


def take_in(store, *batch):
    return alerts.take_in(store, batch, now=NOON)


def events(store):
    return [parse_event(message.value) for _, message in store.unsent(100)]


def kinds(store):
    return [event.kind.name for event in events(store)]


def waiting(store):
    """Everything that waits to be delivered, as if each step in turn had arrived."""
    ids = []
    while due := store.due_deliveries("webhook", NOON, 100):
        for each in due:
            ids.append(each.delivery_id)
            store.delivered(each.delivery_id)
    return ids


def test_a_first_warning_is_kept_announced_and_waits_to_be_delivered(store):
    outcome = take_in(store, evaluated(finding()))

    assert outcome.reasons == {Reason.FIRST_WARNING: 1}
    assert store.cases(State.OPEN, 10)[0].alert == alert()
    (event,) = events(store)
    assert event.kind.name == "alert.opened"
    assert event.id == f"{ALERT}/1/opened"
    assert (event.source, event.store, event.subject, event.key) == (
        "/touchline/alerts",
        STORE,
        JOURNEY,
        f"{STORE}/{JOURNEY}",
    )
    assert event.data.alert_id == ALERT
    assert event.data.until == finding().until
    assert waiting(store) == [f"{ALERT}:1:webhook"]


def test_an_evaluation_that_comes_twice_is_told_once(store):
    take_in(store, evaluated(finding()))
    outcome = take_in(store, evaluated(finding()), evaluated(finding()))

    assert outcome.reasons == {Reason.SEEN_BEFORE: 2}
    assert kinds(store) == ["alert.opened"]


def test_an_evaluation_that_was_overtaken_changes_nothing(store):
    take_in(store, evaluated(broken(), version=5))
    take_in(store, evaluated(version=4, ended=True))

    assert store.cases(State.OPEN, 10)[0].standing.version == 5


def test_after_the_loss_of_the_evaluating_database_the_lowest_version_counts(store):
    take_in(store, evaluated(version=5))
    take_in(store, evaluated(broken(), version=1, epoch=7))
    outcome = take_in(store, evaluated(version=6), evaluated(version=1, epoch=7))

    assert outcome.reasons == {Reason.SEEN_BEFORE: 2}
    assert kinds(store) == ["alert.opened"]
    assert store.cases(State.OPEN, 10)[0].standing.edition == (7, 1)


@pytest.mark.parametrize("kind", ["journey.evaluated", "store.evaluated"])
def test_an_evaluation_is_read_with_its_epoch_which_is_0_where_it_is_absent(kind):
    examples = golden_examples(next(each for each in KINDS if each.name == kind))
    plain, later = (examples[name] for name in ("plain", "after-the-database-was-lost"))
    read_back, letters = read([record(parse_event(json.dumps(each))) for each in (plain, later)], NOON)

    assert letters == []
    editions = [each.standing.edition for each in read_back]
    assert editions == [(0, plain["data"]["version"]), (later["data"]["epoch"], 1)]


def test_an_alert_that_was_told_before_the_loss_is_not_told_again(store):
    take_in(store, evaluated(finding(), version=5))
    outcome = take_in(store, evaluated(finding(), version=1, epoch=7))

    assert outcome.reasons == {Reason.NOTHING_NEW: 1}
    assert waiting(store) == [f"{ALERT}:1:webhook"]


def test_an_evaluation_that_was_overtaken_in_its_own_batch_changes_nothing(store):
    outcome = take_in(store, evaluated(version=2), evaluated(finding(), version=1))

    assert outcome.reasons == {Reason.SEEN_BEFORE: 1}
    assert events(store) == []


def test_a_whole_course_in_one_batch_tells_every_step_in_order(store):
    take_in(
        store,
        evaluated(finding(), version=1),
        evaluated(broken(), version=2),
        evaluated(version=3),
        evaluated(version=4, ended=True, kv=0.3),
    )

    assert kinds(store) == ["alert.opened", "alert.escalated", "alert.resolved", "alert.resolved"]
    assert [event.data.grade for event in events(store)[2:]] == ["pending", "lost"]
    assert len({event.id for event in events(store)}) == 4
    assert {event.data.alert_id for event in events(store)} == {ALERT}
    assert waiting(store) == [f"{ALERT}:{step}:webhook" for step in (1, 2, 3, 4)]


def test_the_same_course_in_several_batches_tells_the_same(store, tmp_path):
    course = [evaluated(finding(), version=1), evaluated(broken(), version=2), evaluated(version=3)]
    for each in course:
        take_in(store, each)

    apart = [message.value for _, message in store.unsent(100)]
    store.forget_sent([number for number, _ in store.unsent(100)])
    other = [replace(each, standing=replace(each.standing, journey="other")) for each in course]
    take_in(store, *other)

    together = [message.value for _, message in store.unsent(100)]
    assert [parse_event(body).kind for body in together] == [parse_event(body).kind for body in apart]


def test_two_lines_of_a_journey_are_two_alerts(store):
    take_in(store, evaluated(finding(), finding("greeting")))
    take_in(store, evaluated(finding("greeting"), version=2))

    assert {each.alert.line for each in store.cases(State.OPEN, 10)} == {"greeting"}
    assert kinds(store) == ["alert.opened", "alert.opened", "alert.resolved"]


def test_a_journey_of_the_same_name_in_another_store_is_another_journey(store):
    take_in(store, evaluated(finding()), evaluated(finding(), store="riga-2"))

    assert len(store.cases(State.OPEN, 10)) == 2


def test_history_is_remembered_and_told_to_nobody(store):
    outcome = take_in(store, evaluated(broken(), replay=True))

    assert outcome.reasons == {Reason.HISTORY: 1}
    assert store.cases(None, 10) == []
    assert events(store) == []
    assert waiting(store) == []
    assert store.editions([(STORE, JOURNEY)]) == {(STORE, JOURNEY): (0, 1)}


def test_what_history_resolves_is_marked_as_history(store):
    take_in(store, evaluated(finding()))
    take_in(store, evaluated(version=2, replay=True))

    assert [event.replay for event in events(store)] == [False, True]
    assert kinds(store) == ["alert.opened", "alert.resolved"]


def test_the_ledger_is_kept_up_to_date_while_there_is_an_alert(store):
    take_in(store, evaluated(finding()))
    assert store.case(ALERT).ledger == (entry(),)
    now = (entry(outcome="confirmed", state="confirmed"),)
    take_in(store, replace(evaluated(version=2), ledger=now))

    assert store.case(ALERT).ledger == now
    assert store.case(ALERT).standing.version == 2


def test_without_a_channel_nothing_waits_to_be_delivered(store):
    quiet = Alerts(announce=alert_message, notify=lambda told, _: deliveries(told, [], ""), pass_on=notice_message)

    quiet.take_in(store, [evaluated(finding())], now=NOON)

    assert kinds(store) == ["alert.opened"]
    assert waiting(store) == []


def test_what_was_raised_is_counted_by_severity_and_reason(store):
    outcome = take_in(store, evaluated(finding(), version=1), evaluated(broken(), version=2))

    assert outcome.raised == [("warning", "unconfirmed")]
    assert outcome.escalated == {"critical": 1}


def test_an_evaluation_is_read_with_its_findings_and_ledger():
    (read_back,), letters = read([record(evaluation(JOURNEY, 3, finding(), retracted=["greeting"], kv=0.9))], NOON)

    assert letters == []
    assert read_back.standing.version == 3
    assert read_back.standing.disproved == {"greeting"}
    assert not read_back.standing.ended
    assert read_back.findings == {GOODS: finding()}
    assert [each.line for each in read_back.ledger] == [GOODS]


def test_an_evaluation_of_a_closed_journey_says_that_it_has_ended():
    (read_back,), _ = read([record(evaluation(JOURNEY, 3, journey_state="closed", replay=True))], NOON)

    assert read_back.standing.ended
    assert read_back.standing.replay


GOOD = evaluation(JOURNEY, 1)
ARRIVAL = new_event(
    CustomerArrived(channel="door"), id="1", source="/riga-1/door", store=STORE, time=NOON, subject=JOURNEY
)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(GOOD, value=b"not json"), "unreadable"),
        (record(GOOD, value=b"\xff\xfe"), "unreadable"),
        (record(GOOD, value=b'{"type": "touchline.journey.evaluated.v1"}'), "unreadable"),
        (record(GOOD, value=b"[" * 100_000), "unreadable"),
        (record(GOOD, value=b""), "unreadable"),
        (record(GOOD, key=None), "no_key"),
        (record(GOOD, key=None, value=None), "no_key"),
        (record(GOOD, key=b"riga-1/somebody-else"), "wrong_key"),
        (record(ARRIVAL), "wrong_type"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_evaluation_becomes_a_dead_letter_and_holds_up_nothing(bad, reason):
    read_back, letters = read([record(GOOD), bad, record(evaluation("visit-2", 1))], NOON)

    assert [each.standing.journey for each in read_back] == [JOURNEY, "visit-2"]
    ((found, letter),) = letters
    assert found == reason
    assert letter.value == bad.value
    assert letter.topic == "touchline.dead-letters"
    assert letter.headers["touchline-reason"] == reason
    assert letter.headers["touchline-service"] == "alerts"


def test_a_dead_letter_does_not_quote_what_it_could_not_read():
    body = json.loads(GOOD.to_json())
    body["data"]["concept"] = {"name": "Jānis Bērziņš"}

    _, ((_, letter),) = read([record(GOOD, value=json.dumps(body).encode())], NOON)

    assert "concept" in letter.headers["touchline-detail"]
    assert "Jānis" not in letter.headers["touchline-detail"]


def test_a_tombstone_is_nobodys_evaluation_and_no_dead_letter():
    assert read([record(GOOD, value=None)], NOON) == ([], [])
