"""Where Kafka knows services by their certificates and not by passwords."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.chassis.kafka_settings import KafkaSettings
from services.chassis.reaching import Refused
from services.chassis.topics import look_at, make_sure
from services.commands.acls import give, rules
from services.commands.topic_work import carry_out, plan
from tests.apache_kafka.secured import ADMIN, SecuredKafka, authority, signed
from tests.brokers import need_apache_kafka
from tests.live.outages.services import Service
from touchline_contracts import EVALUATIONS, TOUCHPOINTS

pytestmark = [pytest.mark.anyio, pytest.mark.live]


@pytest.fixture(scope="module")
async def kafka(anyio_backend, missing, tmp_path_factory) -> AsyncIterator[SecuredKafka]:
    need_apache_kafka(missing)
    directory = tmp_path_factory.mktemp("certificates")
    async with SecuredKafka(directory) as kafka:
        admin = settings(kafka, directory, ADMIN)
        await carry_out(await plan(admin, add_partitions=False), admin)
        await give(rules(["greeting"], "User:CN={service}"), admin)
        yield kafka


def settings(kafka: SecuredKafka, directory: Path, name: str, by: Path | None = None) -> KafkaSettings:
    certificate, key = signed(directory, by or kafka.authority, name)
    return KafkaSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        kafka_security_protocol="SSL",
        kafka_ca_file=kafka.authority,
        kafka_certificate_file=certificate,
        kafka_key_file=key,
        kafka_create_topics=False,
    )


async def test_a_service_is_known_by_its_certificate(kafka: SecuredKafka, tmp_path: Path) -> None:
    greeting = settings(kafka, tmp_path, "greeting")
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": greeting.kafka_bootstrap_servers,
        "TOUCHLINE_KAFKA_SECURITY_PROTOCOL": "SSL",
        "TOUCHLINE_KAFKA_CA_FILE": str(greeting.kafka_ca_file),
        "TOUCHLINE_KAFKA_CERTIFICATE_FILE": str(greeting.kafka_certificate_file),
        "TOUCHLINE_KAFKA_KEY_FILE": str(greeting.kafka_key_file),
        "TOUCHLINE_KAFKA_CREATE_TOPICS": "false",
    }
    module = "services.touchpoints.greeting"
    async with Service(module, name="greeting", directory=tmp_path, settings=environment) as service:
        await service.until(ready=True)

    with pytest.raises(Refused, match=r"does not allow this service to read touchline\.evaluations"):
        await make_sure(greeting, reads=[EVALUATIONS], writes=[TOUCHPOINTS])


async def test_without_a_certificate_it_is_said_that_kafka_wants_one(kafka: SecuredKafka, tmp_path: Path) -> None:
    nobody = settings(kafka, tmp_path, "nobody").model_copy(
        update={"kafka_certificate_file": None, "kafka_key_file": None}
    )

    with pytest.raises(Refused, match="wants a certificate of ours: set TOUCHLINE_KAFKA_CERTIFICATE_FILE"):
        await look_at([TOUCHPOINTS.name], nobody)


async def test_a_certificate_that_kafkas_authority_has_not_signed_is_refused(
    kafka: SecuredKafka, tmp_path: Path
) -> None:
    stranger = settings(kafka, tmp_path, "greeting", by=authority(tmp_path, "strangers"))

    with pytest.raises(Refused, match="does not take the certificate in"):
        await look_at([TOUCHPOINTS.name], stranger)
