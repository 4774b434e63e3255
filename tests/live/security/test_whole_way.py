"""The whole way on a Kafka with locks: each service is a user of its own, and may do what it needs and no more."""

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis.security import client_arguments
from tests.apache_kafka.secured import ADMIN, password_of
from tests.live.outages.services import ENVIRONMENT, Service
from tests.live.security.conftest import NEWCOMER, Secured
from touchline_contracts import ALERTS, EVALUATIONS, AnyEvent, new_event, parse_event
from touchline_contracts.promises import PromiseMade

pytestmark = [pytest.mark.anyio, pytest.mark.live]

CONCEPT = Path(__file__).parents[3] / "deploy" / "concepts" / "hardware-shop.yaml"
PATIENCE_SECONDS = 60


async def touchline(*arguments: str, environment: dict[str, str], code: int = 0) -> str:
    """Run the command line as somebody would; what it said."""
    command = [sys.executable, "-m", "services.commands.main", *arguments]
    ended = await asyncio.to_thread(
        subprocess.run, command, env=ENVIRONMENT | environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return str(ended.stdout + ended.stderr)


def promise() -> AnyEvent:
    """A promise that is due before anybody can have confirmed it."""
    now = datetime.now(UTC)
    made = PromiseMade(
        promise_id="goods", what="goods_from_second_warehouse", due=now + timedelta(seconds=3), fulfilled_by="warehouse"
    )
    return new_event(made, id="1", source="/till", store="riga-1", subject="visit", time=now)


async def first(topic, secured: Secured) -> AnyEvent:
    """The first message in a topic, read by the one command that may."""
    settings = secured.settings("touchline-replay")
    consumer = AIOKafkaConsumer(auto_offset_reset="earliest", **client_arguments(settings))
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic.name, number) for number in range(topic.partitions)])
        async with asyncio.timeout(PATIENCE_SECONDS):
            return parse_event((await consumer.getone()).value)
    finally:
        await consumer.stop()


async def test_an_event_becomes_an_alert_with_each_service_as_its_own_user(secured: Secured, tmp_path: Path) -> None:
    before = await touchline("topics", "acls", "--apply", environment=secured.environment(ADMIN))
    administrator = secured.environment("touchline-topics")
    await touchline("topics", "plan", environment=administrator, code=2)
    await touchline("topics", "apply", environment=administrator)
    await touchline("topics", "plan", environment=administrator)
    await touchline("concept", "publish", str(CONCEPT), environment=secured.environment("touchline-concepts"))

    async with AsyncExitStack() as stack:
        services = {
            name: await stack.enter_async_context(
                Service(
                    module,
                    name=name,
                    directory=tmp_path,
                    settings=secured.environment(f"touchline-{name}", TOUCHLINE_DATABASE=str(tmp_path / f"{name}.db")),
                )
            )
            for name, module in (
                ("promises", "services.touchpoints.promises"),
                ("experience", "services.experience"),
                ("alerts", "services.alerts"),
            )
        }
        for service in services.values():
            await service.until(ready=True)
        async with httpx.AsyncClient() as http:
            answer = await http.post(
                f"{services['promises'].url}/v1/events",
                content=promise().to_json(),
                headers={"content-type": "application/cloudevents+json"},
            )
        evaluation, alert = await first(EVALUATIONS, secured), await first(ALERTS, secured)

    assert answer.status_code == 202, answer.text
    assert (evaluation.subject, alert.subject, alert.type) == ("visit", "visit", "touchline.alert.opened.v1")
    assert "User:touchline-alerts may Write topic touchline.alerts\n" in before
    for service in services.values():
        assert service.warnings() == {}
    listed = await touchline("dead-letters", "list", environment=secured.environment("touchline-dead-letters"))
    assert listed.startswith("No dead letters")


async def test_no_password_is_in_any_log(secured: Secured, tmp_path: Path) -> None:
    environment = secured.environment("touchline-greeting", TOUCHLINE_LOG_LEVEL="debug")
    async with Service(
        "services.touchpoints.greeting", name="greeting", directory=tmp_path, settings=environment
    ) as it:
        await it.until(ready=True)

    assert "touchline-greeting" in it.log.read_text()
    assert password_of("touchline-greeting") not in it.log.read_text()


async def test_a_command_without_the_authority_says_so(secured: Secured) -> None:
    said = await touchline("dead-letters", "list", environment=secured.environment("touchline-greeting"), code=2)

    assert "we may not read touchline.dead-letters; `touchline topics acls` tells who may" in said
    assert password_of("touchline-greeting") not in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("topics", "plan"), "we may not see touchline.alerts, touchline.dead-letters, touchline.evaluations"),
        (("topics", "acls", "--apply"), "to give authority takes a user who may alter the cluster"),
        (("concept", "publish", str(CONCEPT)), "does not allow user 'newcomer' to write touchline.touchpoints"),
    ],
)
async def test_who_may_do_nothing_is_told_what_it_takes(secured: Secured, arguments: tuple[str, ...], why: str) -> None:
    said = await touchline(*arguments, environment=secured.environment(NEWCOMER), code=1)

    assert why in said
    assert len(said.splitlines()) == 1
