"""What keeps a service out of Kafka is said in words, once; and when it is put right, the service goes on by itself."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.chassis.topics import admin_client
from services.commands.acls import Rule, give, rules
from services.commands.topic_work import carry_out, plan
from tests.apache_kafka.secured import ADMIN, OURS, SecuredKafka, authority, password_of
from tests.live.outages.services import Service
from tests.live.security.conftest import NEWCOMER, Secured
from touchline_contracts import DEAD_LETTERS

pytestmark = [pytest.mark.anyio, pytest.mark.live]

PATIENCE_SECONDS = 90
GREETING = "services.touchpoints.greeting"


def service(module: str, directory: Path, environment: dict[str, str]) -> Service:
    database = {"TOUCHLINE_DATABASE": str(directory / "service.db")}
    return Service(module, name="service", directory=directory, settings=environment | database)


async def reasons(service: Service, *, about: str) -> str:
    """What keeps the service from Kafka, once it says what is expected; it may have begun with another reason."""
    said, until = "", time.monotonic() + PATIENCE_SECONDS
    async with httpx.AsyncClient(base_url=service.url) as http:
        while about not in said:
            await asyncio.sleep(0.1)
            assert time.monotonic() < until, f"says {said!r} and not {about!r}; its log ends:\n{service.end_of_log()}"
            try:
                answer = await http.get("/health/ready")
            except httpx.HTTPError:
                continue
            body = answer.json()
            said = str(body.get("detail") or body.get("notes", "ready"))
    return said


async def until_refused_again(kafka: SecuredKafka, *, times: int) -> None:
    """Wait until Kafka itself says that it has refused a password so often since now."""
    before = kafka.log.read_text().count("Failed authentication")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while kafka.log.read_text().count("Failed authentication") < before + times:
            await asyncio.sleep(0.1)


def said_in_log(service: Service) -> Iterator[str]:
    """Why Kafka was away, each time that the log tells of it."""
    return (entry["why"] for entry in service.entries() if entry["event"] == "kafka is away")


async def test_a_wrong_password(furnished: Secured, tmp_path: Path) -> None:
    environment = furnished.environment("touchline-greeting")
    file = furnished.password_file("touchline-greeting", "guessed-wrong")
    async with service(GREETING, tmp_path, environment) as greeting:
        said = await reasons(greeting, about="does not accept user 'touchline-greeting'")
        await until_refused_again(furnished.kafka, times=2)
        told = list(said_in_log(greeting))
        file.write_text(password_of("touchline-greeting"))
        await greeting.until(ready=True)

    assert f"with the password in {file} by SCRAM-SHA-512" in said
    assert len(told) == 1
    assert told[0] in said
    assert "guessed-wrong" not in greeting.log.read_text() + said


async def test_a_password_that_is_changed_while_the_service_runs(furnished: Secured, tmp_path: Path) -> None:
    user = "touchline-handoff"
    environment = furnished.environment(user)
    file = furnished.password_file(user)
    async with service("services.touchpoints.handoff", tmp_path, environment) as handoff:
        await handoff.until(ready=True)
        await asyncio.to_thread(furnished.kafka.change_password, user, "a-new-one")
        await furnished.kafka.stop()
        await furnished.kafka.start()
        await reasons(handoff, about=f"does not accept user '{user}'")
        file.write_text("a-new-one")
        await handoff.until(ready=True)


async def test_an_authority_that_has_not_signed_the_certificate(furnished: Secured, tmp_path: Path) -> None:
    trusted = authority(tmp_path, "other")
    environment = furnished.environment("touchline-greeting", TOUCHLINE_KAFKA_CA_FILE=str(trusted))
    async with service(GREETING, tmp_path, environment) as greeting:
        said = await reasons(greeting, about=f"is not signed by an authority in {trusted}")
        trusted.write_text(furnished.kafka.authority.read_text())
        await greeting.until(ready=True)

    assert "set TOUCHLINE_KAFKA_CA_FILE to the file of the authority that has signed it" in said
    assert len(list(said_in_log(greeting))) == 1


async def test_a_host_that_the_certificate_is_not_for(furnished: Secured, tmp_path: Path) -> None:
    elsewhere = f"localhost:{furnished.kafka.port}"
    environment = furnished.environment("touchline-greeting", KAFKA_BOOTSTRAP_SERVERS=elsewhere)
    async with service(GREETING, tmp_path, environment) as greeting:
        said = await reasons(greeting, about=f"the certificate that {elsewhere} shows is not for 'localhost'")
        await furnished.kafka.stop()
        furnished.kafka.show_certificate(furnished.kafka.authority, *OURS, "DNS:localhost")
        await furnished.kafka.start()
        await greeting.until(ready=True)

    assert "name Kafka in KAFKA_BOOTSTRAP_SERVERS, and in its advertised.listeners, as its certificate does" in said


async def test_a_service_that_may_not_write(furnished: Secured, tmp_path: Path) -> None:
    async with service(GREETING, tmp_path, furnished.environment(NEWCOMER)) as greeting:
        said = await reasons(greeting, about=f"does not allow user '{NEWCOMER}' to write touchline.touchpoints")
        await give(rules(["greeting"], f"User:{NEWCOMER}"), furnished.settings(ADMIN))
        await greeting.until(ready=True)

    assert "`touchline topics acls` prints the commands that give each service what it needs" in said
    assert len(list(said_in_log(greeting))) == 1


async def test_a_service_that_may_not_read_as_its_group(furnished: Secured, tmp_path: Path) -> None:
    environment = furnished.environment("touchline-alerts", TOUCHLINE_GROUP="another-group")
    async with service("services.alerts", tmp_path, environment) as alerts:
        said = await reasons(alerts, about="does not allow us to read as the consumer group another-group")
        principal = "User:touchline-alerts"
        rule = Rule(service="alerts", principal=principal, operation="Read", resource="group", name="another-group")
        await give([rule], furnished.settings(ADMIN))
        await alerts.until(ready=True)

    assert "`touchline topics acls` prints the commands that give each service what it needs" in said


@pytest.mark.parametrize(
    ("may_create", "why"), [("false", "TOUCHLINE_KAFKA_CREATE_TOPICS is false"), ("true", "we may not create it")]
)
async def test_a_topic_that_is_missing(furnished: Secured, tmp_path: Path, may_create: str, why: str) -> None:
    admin = furnished.settings(ADMIN)
    async with admin_client(admin) as client:
        await client.delete_topics([DEAD_LETTERS.name])
    environment = furnished.environment("touchline-alerts", TOUCHLINE_KAFKA_CREATE_TOPICS=may_create)
    async with service("services.alerts", tmp_path, environment) as alerts:
        said = await reasons(alerts, about="topic touchline.dead-letters is missing")
        await carry_out(await plan(admin, add_partitions=False), admin)
        await alerts.until(ready=True)

    assert f"({why}): run `touchline topics apply`" in said
    assert len(list(said_in_log(alerts))) == 1


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"TOUCHLINE_KAFKA_SASL_MECHANISM": "PLAIN"}, "does not offer PLAIN: set TOUCHLINE_KAFKA_SASL_MECHANISM to"),
        ({"TOUCHLINE_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "TOUCHLINE_KAFKA_CA_FILE": ""}, "closes the connect"),
    ],
)
async def test_another_way_to_be_let_in_than_kafka_offers(
    furnished: Secured, tmp_path: Path, change: dict[str, str], about: str
) -> None:
    environment = furnished.environment("touchline-greeting") | change
    async with service(GREETING, tmp_path, environment) as greeting:
        said = await reasons(greeting, about=about)

    assert "TOUCHLINE_KAFKA_S" in said
