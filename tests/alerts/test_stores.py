"""Alerts about a store as a whole, and good news: told once, replay-safe, shown with which store it is."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.domain.alert import WHOLE_STORE, Finding, Grade, State, alert_id
from services.alerts.domain.decision import Reason
from services.alerts.domain.notice import GoodNews
from services.alerts.domain.store import Coverage, Disagreement, OpenDefect, Slips, StoreStanding
from services.alerts.entrypoints.reading import read
from services.alerts.ports import Evaluated
from services.alerts.usecases import Alerts
from tests.alerts.builders import JOURNEY, NOON, STORE, evaluated, finding, record, standing
from tests.alerts.looking import opened
from touchline_contracts import KINDS, new_event, parse_event
from touchline_contracts.examples import golden_examples
from touchline_contracts.stores import StoreEvaluated

pytestmark = pytest.mark.anyio

NEGLECT = Finding(
    line="neglect",
    severity="warning",
    reason="neglected",
    headline=f"Left undone in {STORE}: torn poster (window) for 3 days",
    remedy="Have the oldest repaired today.",
)
NEWS = GoodNews(line="recognition/1", touchpoint="parking", headline="More than was expected in riga-1", since=NOON)
alerts = Alerts(
    announce=alert_message,
    notify=lambda told, _: deliveries(told, ["webhook"], "https://alerts.example"),
    pass_on=notice_message,
)


@pytest.fixture
def store(rows):
    return StoredTransaction(rows(MIGRATIONS))


def stands(version=1, **changes):
    usual = StoreStanding(
        store=STORE,
        version=version,
        as_of=NOON,
        neglect=6.5,
        neglect_alert=6.0,
        defects=(
            OpenDefect(
                line="defect/torn-poster",
                area="shop_window",
                severity="minor",
                since=NOON - timedelta(days=3),
                neglect=3.0,
            ),
        ),
    )
    return replace(usual, **changes)


def of_store(*findings, version=1, **changes):
    return Evaluated(standing=stands(version, **changes), findings={each.line: each for each in findings})


def take_in(store, *batch):
    return alerts.take_in(store, batch, now=NOON)


def kinds(store):
    return [parse_event(message.value).kind.name for _, message in store.unsent(100)]


def waiting(store):
    due = []
    while more := store.due_deliveries("webhook", NOON, 100):
        due += more
        for each in more:
            store.delivered(each.delivery_id)
    return due


def test_an_alert_about_a_store_is_opened_escalated_and_resolved_without_a_subject(store):
    take_in(store, of_store(NEGLECT))
    take_in(store, of_store(replace(NEGLECT, severity="critical"), version=2))
    take_in(store, of_store(version=3))

    events = [parse_event(message.value) for _, message in store.unsent(100)]
    assert [event.kind.name for event in events] == [
        "store_alert.opened",
        "store_alert.escalated",
        "store_alert.resolved",
    ]
    assert {(event.store, event.subject, event.key) for event in events} == {(STORE, None, STORE)}
    assert {event.data.alert_id for event in events} == {alert_id(STORE, WHOLE_STORE, "neglect")}
    assert len({event.id for event in events}) == 3


def test_each_step_is_delivered_once_and_says_which_store(store):
    for version, findings in ((1, [NEGLECT]), (2, [replace(NEGLECT, severity="critical")]), (3, [])):
        take_in(store, of_store(*findings, version=version), of_store(*findings, version=version))

    bodies = [json.loads(each.body) for each in waiting(store)]
    assert [body["type"] for body in bodies] == ["alert.opened", "alert.escalated", "alert.resolved"]
    assert {(body["data"]["store"], body["data"]["journey"], body["data"]["neglect"]) for body in bodies} == {
        (STORE, None, 6.5)
    }
    assert bodies[0]["data"]["why"] == [
        "torn poster in shop window repaired: minor, left for 3 days; adds 3.0 to the neglect index"
    ]
    assert STORE in bodies[0]["data"]["headline"]


def test_a_store_has_no_grade_and_is_resolved_once(store):
    take_in(store, of_store(NEGLECT))
    take_in(store, of_store(version=2))
    outcome = take_in(store, of_store(version=3))

    assert store.cases(State.RESOLVED, 10)[0].alert.grade is None
    assert outcome.reasons == {Reason.NOTHING_NEW: 1}
    assert Grade.PENDING not in [case.alert.grade for case in store.cases(None, 10)]


def test_late_news_that_disproves_an_alert_about_a_store_retracts_it(store):
    take_in(store, of_store(NEGLECT))
    take_in(store, of_store(version=2, disproved=frozenset({"neglect"})))

    assert kinds(store) == ["store_alert.opened", "store_alert.retracted"]


def test_what_is_left_again_opens_the_same_alert_again(store):
    take_in(store, of_store(NEGLECT))
    take_in(store, of_store(version=2))
    take_in(store, of_store(NEGLECT, version=3))

    assert kinds(store)[-1] == "store_alert.opened"
    assert len(store.cases(None, 10)) == 1


def test_an_older_evaluation_of_a_store_changes_nothing(store):
    take_in(store, of_store(NEGLECT, version=5))
    outcome = take_in(store, of_store(version=4))

    assert outcome.reasons == {Reason.SEEN_BEFORE: 1}
    assert store.cases(State.OPEN, 10)[0].standing.version == 5


def test_after_the_loss_of_the_evaluating_database_the_lowest_version_of_a_store_counts(store):
    take_in(store, of_store(version=5))
    take_in(store, of_store(NEGLECT, version=1, epoch=7))
    outcome = take_in(store, of_store(version=6))

    assert outcome.reasons == {Reason.SEEN_BEFORE: 1}
    assert store.cases(State.OPEN, 10)[0].standing.edition == (7, 1)


def test_the_history_of_a_store_pages_nobody(store):
    take_in(store, of_store(NEGLECT, replay=True))

    assert (kinds(store), waiting(store)) == ([], [])
    assert store.store(STORE).neglect == 6.5  # and is visible


def test_alerts_of_journeys_and_stores_stand_side_by_side_the_most_urgent_first(store):
    take_in(store, of_store(replace(NEGLECT, severity="critical")), evaluated(finding()))

    assert [case.alert.journey for case in store.cases(State.OPEN, 10)] == [WHOLE_STORE, JOURNEY]
    assert store.count_watched() == 1


@pytest.mark.parametrize("name", list(golden_examples(next(each for each in KINDS if each.name == "store.evaluated"))))
def test_every_golden_example_of_a_store_is_read(name):
    kind = next(each for each in KINDS if each.name == "store.evaluated")
    event = parse_event(json.dumps(golden_examples(kind)[name]))

    (taken,), letters = read([record(event)], NOON)

    assert letters == []
    told: StoreEvaluated = event.data
    assert taken.standing.neglect == told.neglect
    assert taken.findings.keys() == {each.line for each in told.attention}
    assert len(taken.standing.defects) == len(told.defects)
    assert len(taken.standing.disagreements) == len(told.disagreements)
    assert (taken.standing.coverage is None) == (told.coverage is None)


def test_a_store_is_kept_with_all_there_is_to_say_of_it(store):
    told = stands(
        slips=(Slips(touchpoint="till", kind="defect", times=2, first_at=NOON, last_at=NOON),),
        coverage=Coverage(concept="c", version=2, due=NOON, acknowledged=("a",), missing=("b",)),
        disagreements=(
            Disagreement(
                touchpoint="t", observer="sensor", visits=1, shoppers=1, reported=5, weight=1, proposed_weight=0.2
            ),
        ),
    )

    store.save_stores([told])

    assert store.store(STORE) == told
    assert store.stores(10) == [told]
    assert store.store("oslo-1") is None


def test_an_event_that_is_no_evaluation_is_set_aside_with_what_was_expected():
    other = new_event(
        next(kind for kind in KINDS if kind.name == "defect.repaired").data(defect_id="d"),
        id="1",
        source="/s",
        store=STORE,
        time=NOON,
    )

    taken, ((reason, _),) = read([record(other)], NOON)

    assert (taken, reason) == ([], "wrong_type")


async def test_the_page_shows_the_alert_the_store_and_the_good_news(tmp_path):
    told = stands(coverage=Coverage(concept="c", version=2, due=NOON, acknowledged=("desk",), missing=("fleet",)))
    async with opened(tmp_path) as page:
        await page.service.durable.transact(
            lambda each: alerts.take_in(
                each,
                [
                    Evaluated(standing=told, findings={"neglect": NEGLECT}),
                    replace(evaluated(kv=1.06), good_news=NEWS),
                ],
                now=NOON,
            )
        )

        text = await page.text()
        assert "1 alert needs you" in text
        assert f"Store {STORE} The whole store" in text
        assert "torn poster in shop window repaired minor, left for 3 days adds 3.0 to the neglect index" in text
        assert "Chance that this customer" not in text
        assert "Good news 1.06 More than was expected in riga-1" in text
        alert = await page.text(f"/alerts/{alert_id(STORE, WHOLE_STORE, 'neglect')}")
        assert "Left undone in riga-1" in alert
        assert "The whole ledger" not in alert
        whole = await page.text(f"/stores/{STORE}")
        assert "Neglect index 6.5; from 6.0 on somebody has to see to it." in whole
        assert "1 of 2 units have acknowledged c version 2" in whole
        assert "fleet not yet" in whole
        assert "Nothing is known of such a store" in await page.html("/stores/oslo-1", status=404)


async def test_the_api_tells_stores_alerts_and_good_news(tmp_path):
    async with opened(tmp_path) as page:
        await page.service.durable.transact(
            lambda each: alerts.take_in(
                each, [of_store(NEGLECT), replace(evaluated(kv=1.06), good_news=NEWS)], now=NOON
            )
        )

        (alert,) = (await page.http.get("/v1/alerts")).json()["alerts"]
        assert (alert["store"], alert["journey"], alert["kv"], alert["neglect"]) == (STORE, None, None, 6.5)
        assert (await page.http.get(f"/v1/stores/{STORE}")).json()["neglect"] == 6.5
        assert [each["store"] for each in (await page.http.get("/v1/stores")).json()] == [STORE]
        assert (await page.http.get("/v1/stores/oslo-1")).status_code == 404
        (news,) = (await page.http.get("/v1/notices")).json()
        assert news["news"]["headline"] == NEWS.headline


async def test_whatever_is_said_of_a_store_is_text_and_not_markup(tmp_path):
    hostile = "<script>alert(1)</script>"
    bad = OpenDefect(line=f"defect/{hostile}", area=hostile, severity="minor", since=NOON, neglect=1)
    told = stands(
        defects=(bad,),
        coverage=Coverage(concept=hostile, version=1, due=NOON, acknowledged=(hostile,), missing=(hostile,)),
    )
    async with opened(tmp_path) as page:
        await page.service.durable.transact(
            lambda each: alerts.take_in(
                each, [Evaluated(standing=told, findings={"neglect": replace(NEGLECT, headline=hostile)})], now=NOON
            )
        )

        for path in ("/", f"/stores/{STORE}", f"/alerts/{alert_id(STORE, WHOLE_STORE, 'neglect')}"):
            html = await page.html(path)
            assert "&lt;script&gt;" in html
            assert "<script>alert" not in html


def test_a_journey_never_has_the_name_of_a_whole_store():
    assert standing().key != (STORE, WHOLE_STORE)
    assert alert_id(STORE, WHOLE_STORE, "neglect") != alert_id(STORE, JOURNEY, "neglect")
