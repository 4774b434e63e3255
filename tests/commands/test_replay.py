"""Replaying history against a real broker: all of it is sent, waited for and counted, and what goes wrong is noticed.

Where the experience service does not run, its evaluations have been put into the topic beforehand. The last test runs
it, and the alert service, in this process; that they survive being killed is not shown here.
"""

import asyncio
import json
from contextlib import ExitStack

import pytest
from aiokafka.partitioner import DefaultPartitioner

from services.alerts.app import create_app as create_alerts
from services.alerts.settings import AlertSettings
from services.chassis.clock import SystemClock
from services.commands.replay import replay_events
from services.commands.replaying.progress import Nobody
from services.commands.replaying.summary import Delivered
from services.experience.app import create_app as create_experience
from services.experience.settings import ExperienceSettings
from tests.commands.histories import alert, evaluation, lines, messages, visit
from tests.commands.olist_orders import MARKETPLACE, TABLES, run_import
from touchline_contracts import ALERTS, EVALUATIONS, TOUCHPOINTS

pytestmark = pytest.mark.live


def replayed(kafka, told, *, patience_seconds=60.0, onlooker=None, concepts=()):
    async def run():
        return await replay_events(
            told,
            servers=kafka.servers,
            patience_seconds=patience_seconds,
            alert_seconds=0.5,
            onlooker=onlooker,
            concepts=concepts,
        )

    return kafka.portal.call(run)


def test_every_event_arrives_where_its_journey_belongs_and_in_order(kafka):
    told = [each for number in range(30) for each in visit(f"visit-{number}", score=5.0)]
    kafka.put(EVALUATIONS, *[evaluation(f"visit-{number}", events=3) for number in range(30)])

    summary = replayed(kafka, lines(*told))

    held = kafka.held(TOUCHPOINTS.name)
    assert (summary.events_sent, len(held)) == (90, 90)
    partitions, where = list(range(TOUCHPOINTS.partitions)), DefaultPartitioner()
    assert all(partition == where(key, partitions, partitions) for partition, key, _ in held)
    for number in range(30):
        key = f"riga-1/visit-{number}".encode()
        sent = [json.loads(value) for _, its_key, value in held if its_key == key]
        assert [each["id"] for each in sent] == [each.id for each in told if each.key.encode() == key]
        assert all(each["replay"] is True for each in sent)


def test_kept_and_broken_promises_are_told_apart_with_the_mean_score_of_each(kafka):
    told = [*visit("a", 5.0), *visit("b", 4.0), *visit("c", 1.0), *visit("d")]
    kafka.put(
        EVALUATIONS,
        evaluation("a", events=3),
        evaluation("b", events=3),
        evaluation("c", events=3, promises=["broken"]),
        evaluation("d", events=2, promises=["broken"]),
    )

    summary = replayed(kafka, lines(*told))

    assert summary.all_well
    assert (summary.journeys, summary.evaluated) == (4, 4)
    kept, broken = summary.delivered_kept, summary.delivered_broken
    assert (kept.journeys, kept.with_feedback, kept.mean_score) == (2, 2, 4.5)
    assert (broken.journeys, broken.with_feedback, broken.mean_score) == (2, 1, 1.0)


def test_a_journey_that_was_not_delivered_counts_neither_way(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=1, promises=["broken"]))

    summary = replayed(kafka, lines(visit("a")[0]))

    assert (summary.delivered_kept.journeys, summary.delivered_broken.journeys) == (0, 0)


def test_one_broken_promise_is_enough_to_count_as_broken(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=2, promises=["kept", "broken"]))

    summary = replayed(kafka, lines(*visit("a")))

    assert (summary.delivered_kept.journeys, summary.delivered_broken.journeys) == (0, 1)


def test_the_evaluation_with_the_highest_version_holds(kafka):
    kafka.put(
        EVALUATIONS,
        evaluation("a", events=2, version=2, promises=["kept"]),
        evaluation("a", events=2, version=1, promises=["broken"]),
    )

    assert replayed(kafka, lines(*visit("a"))).delivered_kept.journeys == 1


def test_without_anybody_who_evaluates_it_gives_up_and_names_the_journeys(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=2))

    summary = replayed(kafka, lines(*visit("a"), *visit("b")), patience_seconds=0.5)

    assert not summary.all_well
    assert (summary.evaluated, summary.journeys, summary.not_evaluated) == (1, 2, ["riga-1/b"])


def test_a_journey_whose_evaluation_lacks_an_event_is_not_done(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=1))

    assert replayed(kafka, lines(*visit("a")), patience_seconds=0.5).not_evaluated == ["riga-1/a"]


def test_an_event_that_counted_twice_is_noticed(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=3))

    summary = replayed(kafka, lines(*visit("a")))

    assert (summary.counting_more_events, summary.all_well) == (1, False)


def test_two_evaluations_that_claim_one_version_are_noticed(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=2, risk=0.1), evaluation("a", events=2, risk=0.2))

    summary = replayed(kafka, lines(*visit("a")))

    assert (summary.contradicting_evaluations, summary.all_well) == (1, False)


def test_an_evaluation_that_was_published_twice_does_no_harm(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=2), evaluation("a", events=2))

    assert replayed(kafka, lines(*visit("a"))).all_well


def test_an_alert_of_before_is_not_counted_and_one_of_now_is(kafka):
    kafka.put(EVALUATIONS, evaluation("a", events=2), evaluation("b", events=2))
    kafka.put(ALERTS, alert("a"))
    before = replayed(kafka, lines(*visit("a"), *visit("b")))

    class Alarming(Nobody):
        """Pages somebody as soon as something has been sent."""

        def sent(self, events, history):
            paged = messages([alert("b"), alert("a", replayed=True), alert("elsewhere")])
            self.paging = asyncio.ensure_future(kafka.publishing(ALERTS.name, paged))

    during = replayed(kafka, lines(*visit("a"), *visit("b")), onlooker=Alarming())

    assert (before.alerts_paged, before.all_well) == (0, True)
    assert (during.alerts_paged, during.all_well) == (1, False)


def test_a_file_without_events_is_replayed_at_once(kafka):
    summary = replayed(kafka, [b"\n"])

    assert (summary.events_sent, summary.journeys, summary.all_well) == (0, 0, True)


@pytest.fixture
def orders():
    """Events of orders. Made before the services run: what they log would stand among what the command prints."""
    return run_import(TABLES).stdout_bytes.splitlines()


@pytest.fixture
def services(kafka, orders, tmp_path):
    """The services that evaluate and alert, running."""
    kafka.create_topics()
    shared = {"kafka_bootstrap_servers": kafka.servers, "kafka_idempotence": False}
    clock = SystemClock()

    def create():
        return (
            create_experience(ExperienceSettings(**shared, database=tmp_path / "experience.db"), clock),
            create_alerts(AlertSettings(**shared, database=tmp_path / "alerts.db"), clock),
        )

    with ExitStack() as stack:
        for app in kafka.portal.call(create):
            stack.enter_context(kafka.portal.wrap_async_context_manager(app.router.lifespan_context(app)))
        yield


def test_the_orders_of_a_marketplace_are_evaluated_once_and_page_nobody(kafka, orders, services):
    first = replayed(kafka, orders, concepts=[MARKETPLACE])
    again = replayed(kafka, orders)

    for summary in (first, again):
        assert summary.all_well
        assert (summary.events_sent, summary.journeys, summary.evaluated, summary.alerts_paged) == (57, 9, 9, 0)
        # Kept: plain 5, not-approved 4, two-sellers 3, two-reviews 4. Broken and delivered: late 1.
        assert summary.delivered_kept == Delivered(journeys=4, with_feedback=4, mean_score=4.0)
        assert summary.delivered_broken == Delivered(journeys=1, with_feedback=1, mean_score=1.0)
