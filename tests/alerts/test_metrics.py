"""What the alert service counts: every number is worked out by hand from what came in and what was told."""

from datetime import datetime, timedelta

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from services.alerts.actions import Actions
from services.alerts.adapters.database import MIGRATIONS, StoredTransaction
from services.alerts.adapters.telling import alert_message, deliveries, notice_message
from services.alerts.delivery import Delivery, Fate
from services.alerts.domain.action import acknowledge, close, release
from services.alerts.domain.alert import Act
from services.alerts.domain.repeating import Repeating
from services.alerts.entrypoints.kafka import take_in
from services.alerts.metrics import AlertMetrics
from services.alerts.usecases import Alerts, Outcome
from services.chassis.process_metrics import process_registry
from tests.alerts.builders import NOON, STORE, alert, broken, evaluation, finding, record
from tests.alerts.looking import opened

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
TOPIC = "touchline.evaluations"


class Measured:
    """The service's use cases on a store of their own, and what they measure."""

    def __init__(self, store: StoredTransaction) -> None:
        self.store = store
        self.registry = process_registry()
        self.metrics = AlertMetrics(self.registry, topic=TOPIC)
        telling = {"announce": alert_message, "notify": lambda told, _: deliveries(told, ["webhook"], "https://a")}
        self.alerts = Alerts(**telling, pass_on=notice_message)
        self.actions = Actions(**telling, repeating=Repeating())

    def take_in(self, *records, now: datetime) -> None:
        taken = take_in(self.alerts, self.store, records, now)
        self.metrics.took_in(taken.outcome, now)
        self.metrics.set_aside(taken.set_aside)
        self.metrics.open(taken.open)

    def evaluated(self, version: int, *findings, now: datetime, **changes) -> None:
        """An evaluation as of noon."""
        self.take_in(record(evaluation("v", version, *findings, **changes)), now=now)

    def does(self, action, *, now: datetime) -> None:
        """Somebody does something about the alert of the journey."""
        (of_journey,) = self.store.alerts_of([(STORE, "v")]).values()
        alert_id = next(iter(of_journey.values())).alert_id
        act = Act(by="anna", at=now)
        done = self.actions.act(self.store, alert_id, lambda each: action(each, act), now=now)
        self.metrics.acted(done)
        self.metrics.open(self.store.open_alerts())

    def due(self) -> list[Delivery]:
        return self.store.due_deliveries("webhook", NOON + 1000 * HOUR, 10)

    def figure(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(f"touchline_{name}", labels)
        assert value is not None, f"{name} {labels} is not measured"
        return value

    def series(self) -> set[str]:
        return {line.rpartition(" ")[0] for line in generate_latest(self.registry).decode().splitlines()}


@pytest.fixture
def service(rows):
    return Measured(StoredTransaction(rows(MIGRATIONS)))


def test_everything_is_there_and_zero_before_anything_happens(service):
    service.metrics.open({})

    lines = generate_latest(service.registry).decode().splitlines()
    lines = [line for line in lines if line.startswith("touchline_") and "build_info" not in line]
    assert len(lines) > 100
    assert [line for line in lines if not line.endswith(" 0.0")] == []


def test_an_alert_is_counted_from_its_opening_to_its_end(service):
    service.evaluated(1, finding(), now=NOON + 2 * SECOND)
    assert service.figure("alerts_raised_total", severity="warning", reason="unconfirmed") == 1
    assert service.figure("end_to_end_latency_seconds_sum", stage="alerted") == 2
    assert service.figure("alerts_open", severity="warning") == 1
    opened_at = service.figure("alert_oldest_open_timestamp_seconds", severity="warning")
    assert opened_at == (NOON + 2 * SECOND).timestamp()

    service.evaluated(2, broken(), now=NOON + 3 * SECOND)
    assert service.figure("alert_escalations_total", severity="critical") == 1
    assert service.figure("end_to_end_latency_seconds_sum", stage="alerted") == 2 + 3
    assert service.figure("alerts_open", severity="warning") == 0
    assert service.figure("alert_oldest_open_timestamp_seconds", severity="warning") == 0
    assert service.figure("alert_oldest_open_timestamp_seconds", severity="critical") == opened_at

    # Resolved two hours after noon, and graded an hour later: an end is an end once, and asks for nobody.
    service.evaluated(3, now=NOON + 2 * HOUR)
    service.evaluated(4, now=NOON + 3 * HOUR, journey_state="closed")
    assert service.figure("alert_time_to_resolve_seconds_count", severity="critical") == 1
    assert service.figure("alert_time_to_resolve_seconds_sum", severity="critical") == 7200 - 2
    assert service.figure("alerts_decisions_total", reason="graded") == 1
    assert service.figure("end_to_end_latency_seconds_count", stage="alerted") == 2
    assert service.figure("alerts_open", severity="critical") == 0


def test_what_people_do_is_counted_and_how_long_it_took_until_somebody_had_it(service):
    service.evaluated(1, finding(), now=NOON)
    assert service.figure("alerts_unattended", severity="warning") == 1

    service.does(acknowledge, now=NOON + 90 * SECOND)
    service.does(acknowledge, now=NOON + 95 * SECOND)  # again, which is nothing
    assert service.figure("alert_time_to_acknowledge_seconds_sum", severity="warning") == 90
    assert service.figure("alert_time_to_acknowledge_seconds_count", severity="warning") == 1
    assert (
        service.figure("alerts_open", severity="warning"),
        service.figure("alerts_unattended", severity="warning"),
    ) == (
        1,
        0,
    )

    service.does(release, now=NOON + HOUR)
    assert service.figure("alerts_unattended", severity="warning") == 1
    service.does(close, now=NOON + HOUR)
    acts = ("acknowledged", "released", "snoozed", "closed")
    assert [service.figure("alert_acts_total", severity="warning", act=each) for each in acts] == [1, 1, 0, 1]
    assert service.figure("alerts_open", severity="warning") == 0
    assert service.figure("alert_time_to_resolve_seconds_count", severity="warning") == 0


def test_what_is_told_again_is_counted(service):
    service.metrics.repeated(["critical", "critical", "warning"])

    assert [service.figure("alert_repeats_total", severity=each) for each in ("warning", "critical")] == [1, 2]


def test_a_delivery_is_late_from_the_evaluation_that_asked_for_it_until_somebody_has_it(service):
    service.evaluated(1, finding(), now=NOON + SECOND)
    (delivery,) = service.due()

    service.metrics.tried(delivery, Fate.REFUSED, 0.2, NOON + 2 * SECOND)
    assert service.figure("end_to_end_latency_seconds_count", stage="delivered") == 0

    service.metrics.tried(delivery, Fate.SENT, 0.3, NOON + 62 * SECOND)
    assert service.figure("end_to_end_latency_seconds_sum", stage="delivered") == 62
    assert service.figure("end_to_end_latency_seconds_bucket", stage="delivered", le="30.0") == 0
    outcomes = ("delivered", "retried", "failed")
    attempts = [service.figure("alert_delivery_attempts_total", transport="webhook", outcome=each) for each in outcomes]
    assert attempts == [1, 1, 0]
    assert service.figure("alert_delivery_duration_seconds_sum", transport="webhook") == 0.5


def test_good_news_is_not_urgent(service):
    service.evaluated(1, finding(), now=NOON)
    service.store.delivered(service.due()[0].delivery_id)
    service.evaluated(2, now=NOON + HOUR)
    (resolved,) = service.due()

    service.metrics.tried(resolved, Fate.SENT, 0.1, NOON + 9 * HOUR)

    assert service.figure("end_to_end_latency_seconds_count", stage="delivered") == 0


@pytest.mark.anyio
async def test_what_is_open_is_right_after_a_restart(tmp_path):
    async with opened(tmp_path) as page:
        await page.has(alert())

    async with opened(tmp_path) as page:
        families = text_string_to_metric_families((await page.http.get("/metrics")).text)
        figures = {
            (each.name, each.labels.get("severity")): each.value for family in families for each in family.samples
        }

    assert figures["touchline_alerts_open", "warning"] == 1
    assert figures["touchline_alert_oldest_open_timestamp_seconds", "warning"] == NOON.timestamp()
    assert figures["touchline_alert_escalations_total", "warning"] == 0


def test_no_message_makes_a_series_of_its_own(service):
    before = service.series()
    good = record(evaluation("evil", 1, finding("evil", headline="evil", call="evil", reason="declined")))

    service.take_in(
        good,
        good,
        record(evaluation("evil", 2), value=b"evil"),
        record(evaluation("evil", 2), key=b"evil"),
        record(evaluation("evil", 2), key=None),
        record(evaluation("evil", 2), value=good.value.replace(b"journey.evaluated", b"evil.evaluated")),
        record(evaluation("evil", 2), value=good.value.replace(b'"declined"', b'"evil"')),
        record(evaluation("evil", 2), value=good.value.replace(b'"warning"', b'"evil"')),
        now=NOON,
    )
    service.metrics.took_in(Outcome(raised=[("warning", "evil")]), NOON)  # as a later version may say it

    assert service.series() == before
    assert service.figure("alerts_raised_total", severity="warning", reason="other") == 1
    reasons = ("unreadable", "no_key", "wrong_key", "wrong_type", "cannot_be_handled")
    set_aside = [service.figure("dead_letters_total", topic=TOPIC, reason=each) for each in reasons]
    assert set_aside == [3, 1, 1, 1, 0]
    assert service.figure("alerts_raised_total", severity="warning", reason="declined") == 1
    assert service.figure("alerts_decisions_total", reason="seen_before") == 1
