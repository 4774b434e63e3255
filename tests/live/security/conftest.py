"""A Kafka with locks, and a user for each service: what the tests of this folder share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.chassis.kafka_settings import KafkaSettings
from services.commands.acls import WHO, give, rules
from services.commands.topic_work import carry_out, plan
from tests.apache_kafka.secured import ADMIN, SecuredKafka, password_of
from tests.brokers import need_apache_kafka

NEWCOMER = "newcomer"
"""A user whom Kafka knows and allows nothing."""


class Secured:
    """The Kafka, and how to be let in as one user or another."""

    def __init__(self, kafka: SecuredKafka, directory: Path) -> None:
        self.kafka = kafka
        self.directory = directory

    def password_file(self, user: str, password: str | None = None) -> Path:
        """A file with the user's password, or with a wrong one."""
        file = self.directory / f"{user}.password"
        file.write_text(f"{password or password_of(user)}\n")
        return file

    def settings(self, user: str, **changes: object) -> KafkaSettings:
        """The settings of a client that is this user."""
        return KafkaSettings(
            **{
                "kafka_bootstrap_servers": self.kafka.bootstrap_servers,
                "kafka_security_protocol": "SASL_SSL",
                "kafka_ca_file": self.kafka.authority,
                "kafka_user": user,
                "kafka_password_file": self.password_file(user),
                "kafka_create_topics": False,
            }
            | changes
        )

    def environment(self, user: str, **changes: str) -> dict[str, str]:
        """The same for a process."""
        settings = self.settings(user)
        return {
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "TOUCHLINE_KAFKA_SECURITY_PROTOCOL": settings.kafka_security_protocol,
            "TOUCHLINE_KAFKA_CA_FILE": str(settings.kafka_ca_file),
            "TOUCHLINE_KAFKA_USER": user,
            "TOUCHLINE_KAFKA_PASSWORD_FILE": str(settings.kafka_password_file),
            "TOUCHLINE_KAFKA_CREATE_TOPICS": "false",
        } | changes


@pytest.fixture(scope="module")
async def secured(anyio_backend, missing, tmp_path_factory) -> AsyncIterator[Secured]:
    """An empty Kafka with locks, which knows a user for each service."""
    need_apache_kafka(missing)
    directory = tmp_path_factory.mktemp("secured")
    users = tuple(f"touchline-{service}" for service in WHO)
    async with SecuredKafka(directory, (*users, NEWCOMER)) as kafka:
        yield Secured(kafka, directory)


@pytest.fixture(scope="module")
async def furnished(secured: Secured) -> Secured:
    """The same, with the topics, and with what each service needs allowed."""
    admin = secured.settings(ADMIN)
    await carry_out(await plan(admin, add_partitions=False), admin)
    await give(rules(), admin)
    return secured
