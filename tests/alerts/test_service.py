"""The whole service on a real broker: evaluations in, alerts out on the page, in Kafka and as signed webhooks."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from services.alerts.app import AlertService, create_app
from services.alerts.settings import AlertSettings
from services.chassis.clock import SteppedClock
from services.chassis.embedded_broker import EmbeddedBroker
from services.chassis.producing import Message, Producing
from tests.alerts.builders import NOON, STORE, broken, evaluation, finding
from tests.alerts.receiver import SECRET, Received, Receiver
from tests.alerts.waiting import eventually
from touchline_contracts import ALERTS, DEAD_LETTERS, EVALUATIONS, AnyEvent, Topic, parse_event

pytestmark = [pytest.mark.anyio, pytest.mark.live]
_numbers = itertools.count(1)


@dataclass
class Running:
    """The service, its receiver of webhooks, and somebody who publishes evaluations."""

    app: Any
    http: httpx.AsyncClient
    receiver: Receiver
    clock: SteppedClock
    servers: str

    @property
    def service(self) -> AlertService:
        return self.app.state.alerts

    async def publish(self, *events: AnyEvent) -> None:
        """Publish evaluations, and return once all that comes of them has been told."""
        await self.publish_raw(*[Message(event.key.encode(), event.to_json()) for event in events])

    async def publish_raw(self, *messages: Message) -> None:
        """The same, for messages that may be anything."""
        producing = Producing(self.service.durable.broker, EVALUATIONS.name)
        assert await producing.publish(messages) == [None] * len(messages)
        await eventually(lambda: self._has_read(producing.acknowledged))
        await eventually(self.service.idle)

    def webhooks(self, journey: str) -> list[Received]:
        """What the receiver was sent about a journey."""
        return [each for each in self.receiver.received if each.body["data"]["journey"] == journey]

    async def told(self, journey: str) -> list[AnyEvent]:
        """What the service has said in Kafka about a journey."""
        events = [parse_event(record.value) for record in await read_all(self.servers, ALERTS)]
        return sorted((each for each in events if each.subject == journey), key=lambda each: each.id)

    async def page(self, path: str = "/") -> str:
        answer = await self.http.get(path)
        assert answer.status_code == 200
        return answer.text

    def _has_read(self, acknowledged: dict[tuple[str, int], int]) -> bool:
        at = self.service.durable.consumer.next
        return all((at.get(partition) or 0) > last for (_, partition), last in acknowledged.items())


async def read_all(servers: str, topic: Topic) -> list[Any]:
    """Everything that a topic holds, read until silence: the embedded broker may understate its last offset."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic.name, number) for number in range(topic.partitions)])
        await consumer.seek_to_beginning()
        records = []
        while batches := await consumer.getmany(timeout_ms=500):
            records += [record for batch in batches.values() for record in batch]
        return records
    finally:
        await consumer.stop()


@asynccontextmanager
async def running(servers: str, database: Path, *, group: str, **others: Any) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(Receiver())
        clock = SteppedClock(NOON)
        usual = {
            "kafka_bootstrap_servers": servers,
            "kafka_idempotence": False,
            "database": database,
            "outgoing_allow": "127.0.0.1",
            "webhook_url": receiver.url,
            "webhook_secret": SecretStr(SECRET),
            "group": group,
        }
        app = create_app(AlertSettings(**usual | others), clock)
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8120")
        await stack.enter_async_context(http)

        async def ready() -> bool:
            return (await http.get("/health/ready")).status_code == 200

        await eventually(ready)
        yield Running(app=app, http=http, receiver=receiver, clock=clock, servers=servers)


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[EmbeddedBroker]:
    async with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture(scope="module")
async def alerts(kafka, tmp_path_factory) -> AsyncIterator[Running]:
    database = tmp_path_factory.mktemp("alerts") / "alerts.db"
    async with running(kafka.bootstrap_servers, database, group="touchline-alerts") as service:
        yield service


@pytest.fixture
def journey() -> str:
    """A journey of its own for each test, so that they do not see each other."""
    return f"visit-{next(_numbers)}"


async def test_nothing_open_is_said_in_one_plain_sentence(alerts):
    page = await alerts.page()

    assert '<h1 id="title">Nothing needs you</h1>' in page
    assert "No journey is being watched." in page


async def test_a_journey_at_risk_reaches_the_manager_by_webhook_page_and_kafka(alerts, journey):
    await alerts.publish(evaluation(journey, 1, finding(headline=f"Nobody has confirmed: {journey}")))

    (webhook,) = alerts.webhooks(journey)
    assert webhook.body["type"] == "alert.opened"
    assert webhook.body["data"]["why"] == [
        "goods brought over by 14:00 (sales): not confirmed by second_warehouse yet; likely to take 53 % off"
    ]
    page = await alerts.page()
    assert f"Nobody has confirmed: {journey}" in page
    assert "Call the second warehouse and have it confirmed." in page
    (event,) = await alerts.told(journey)
    assert event.kind.name == "alert.opened"
    assert event.data.alert_id == webhook.body["data"]["alert_id"]


async def test_the_link_of_a_webhook_leads_to_the_page_of_the_alert(alerts, journey):
    await alerts.publish(evaluation(journey, 1, finding()))

    link = alerts.webhooks(journey)[0].body["data"]["link"]
    assert link.startswith("http://127.0.0.1:8120/alerts/")
    assert journey in await alerts.page(httpx.URL(link).path)


async def test_an_alert_lives_from_its_opening_to_its_grade_under_one_name(alerts, journey):
    await alerts.publish(evaluation(journey, 1, finding()))
    alerts.clock.advance(timedelta(minutes=10))
    await alerts.publish(evaluation(journey, 2, broken()))
    await alerts.publish(evaluation(journey, 3))
    await alerts.publish(evaluation(journey, 4, journey_state="closed", kv=0.93))

    webhooks = alerts.webhooks(journey)
    assert [each.body["type"] for each in webhooks] == [
        "alert.opened",
        "alert.escalated",
        "alert.resolved",
        "alert.resolved",
    ]
    assert [each.body["data"]["grade"] for each in webhooks] == [None, None, "pending", "saved"]
    assert len({each.body["data"]["alert_id"] for each in webhooks}) == 1
    assert len({each.id for each in webhooks}) == 4
    assert [event.kind.name for event in await alerts.told(journey)] == [each.body["type"] for each in webhooks]


async def test_an_alert_that_late_facts_disprove_is_retracted(alerts, journey):
    await alerts.publish(evaluation(journey, 1, finding()))
    await alerts.publish(evaluation(journey, 2, retracted=[finding().line]))

    assert [each.body["type"] for each in alerts.webhooks(journey)] == ["alert.opened", "alert.retracted"]


async def test_what_nobody_acknowledges_is_told_again_under_a_name_of_its_own(alerts, journey):
    await alerts.publish(evaluation(journey, 1, broken()))
    alerts.clock.advance(timedelta(minutes=15))
    await eventually(lambda: len(alerts.webhooks(journey)) == 2)
    assert [each.id.split(":")[1] for each in alerts.webhooks(journey)] == ["1", "2"]


async def test_history_pages_nobody(alerts, journey):
    await alerts.publish(evaluation(journey, 1, broken(), replay=True))
    await alerts.publish(evaluation(journey, 2, journey_state="closed", kv=0.2, replay=True))

    assert alerts.webhooks(journey) == []
    assert await alerts.told(journey) == []
    assert journey not in await alerts.page()


async def test_an_evaluation_that_is_published_twice_is_delivered_once(alerts, journey):
    twice = evaluation(journey, 1, finding())

    await alerts.publish(twice, twice)
    await alerts.publish(twice)

    assert len(alerts.webhooks(journey)) == 1
    assert len(await alerts.told(journey)) == 1


async def test_what_cannot_be_read_is_set_aside_and_holds_up_nothing(alerts, journey):
    good = evaluation(journey, 1, finding())
    key = good.key.encode()
    await alerts.publish_raw(
        Message(key, b"not json"),
        Message(key, b"\xff\xfe\x00"),
        Message(None, good.to_json()),
        Message(key, good.to_json()),
    )

    letters = await read_all(alerts.servers, DEAD_LETTERS)
    found = {(dict(each.headers)["touchline-reason"], each.value) for each in letters}
    assert {(b"unreadable", b"not json"), (b"unreadable", b"\xff\xfe\x00"), (b"no_key", good.to_json())} <= found
    assert len(alerts.webhooks(journey)) == 1


async def test_an_evaluation_that_the_store_cannot_hold_is_set_aside_alone(alerts, journey):
    unheard_of = evaluation(journey, 10**30, finding())
    await alerts.publish(evaluation(f"{journey}-before", 1, finding()), unheard_of, evaluation(f"{journey}-after", 1))
    await alerts.publish(evaluation(journey, 1, finding()))

    letters = await read_all(alerts.servers, DEAD_LETTERS)
    reasons = [dict(each.headers)["touchline-reason"] for each in letters if each.value == unheard_of.to_json()]
    assert reasons == [b"cannot_be_handled"]
    assert len(alerts.webhooks(f"{journey}-before")) == 1
    assert len(alerts.webhooks(journey)) == 1


async def test_programs_get_the_same_alerts_as_the_page(alerts, journey):
    await alerts.publish(evaluation(journey, 1, finding()))

    listed = (await alerts.http.get("/v1/alerts", params={"state": "open", "limit": 500})).json()
    (ours,) = [each for each in listed["alerts"] if each["journey"] == journey]
    one = (await alerts.http.get(f"/v1/alerts/{ours['alert_id']}")).json()
    assert one["alert"] == ours == alerts.webhooks(journey)[0].body["data"]
    assert [each["line"] for each in one["ledger"]] == [finding().line]


async def test_metrics_tell_what_was_raised_and_delivered(alerts, journey):
    async def figure(name: str) -> float:
        lines = (await alerts.http.get("/metrics")).text.splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(name))

    raised = 'touchline_alerts_raised_total{reason="unconfirmed",severity="warning"}'
    delivered = 'touchline_alert_delivery_attempts_total{outcome="delivered",transport="webhook"}'
    before = await figure(raised), await figure(delivered)
    await alerts.publish(evaluation(journey, 1, finding()))

    assert (await figure(raised), await figure(delivered)) == (before[0] + 1, before[1] + 1)
    assert await figure('touchline_alerts_open{severity="warning"}') >= 1


async def test_a_restart_forgets_nothing_and_tells_nothing_again(kafka, tmp_path):
    journey, database = "visit-before-and-after", tmp_path / "alerts.db"
    async with running(kafka.bootstrap_servers, database, group="restarted") as before:
        await before.publish(evaluation(journey, 1, finding()))
        assert len(before.webhooks(journey)) == 1
        stored = dict(before.service.durable.consumer.next)
    told = len(await before.told(journey))

    # Another group, of which Kafka knows no offsets: what counts are those in the database.
    async with running(kafka.bootstrap_servers, database, group="restarted-again") as after:
        assert {number: at for number, at in after.service.durable.consumer.next.items() if at} == {
            number: at for number, at in stored.items() if at
        }
        await after.publish(evaluation("visit-afterwards", 1))

        assert after.webhooks(journey) == []
        assert len(await after.told(journey)) == told
        assert STORE in await after.page()


async def test_another_cluster_is_read_from_its_beginning(tmp_path):
    database = tmp_path / "alerts.db"
    # The same journey, so the same partition: what was read of the first cluster must not be skipped on the second.
    for version, wrong in ((1, finding()), (2, broken())):
        async with (
            EmbeddedBroker() as broker,
            running(broker.bootstrap_servers, database, group="moved") as service,
        ):
            await service.publish(evaluation("visit-on-both", version, wrong))

            assert len(service.webhooks("visit-on-both")) == 1
