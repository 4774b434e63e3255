"""Who needs which authority in Kafka, as rules for its access control: from what the contracts state, nothing more."""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from aiokafka.errors import ClusterAuthorizationFailedError, NoError, for_code
from aiokafka.protocol.admin import CreateAclsRequest

from services.chassis.kafka_settings import KafkaSettings
from services.chassis.reaching import Refused, connected
from touchline_contracts import TOPICS
from touchline_contracts.access import ACCESS, Access

TOPICS_COMMAND = "topics"
"""Whoever runs `touchline topics plan` and `apply`; alone in administering topics, and without reading or writing."""
ADMINISTERS = ("Create", "Describe", "DescribeConfigs", "Alter", "AlterConfigs")
WHO = (*(each.name for each in ACCESS), TOPICS_COMMAND)
PRINCIPAL = "User:touchline-{service}"

RESOURCES = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Alter": 7, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11}
LITERAL, ALLOW, ANY_HOST = 3, 3, "*"
"""Kafka's numbers, as are those above."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One permission. To read or to write a topic includes to see it."""

    service: str
    principal: str
    operation: str
    resource: Literal["topic", "group"]
    name: str

    def as_json(self) -> dict[str, str]:
        """The rule for programs."""
        return asdict(self)


def rules(services: Iterable[str] = WHO, principal: str = PRINCIPAL) -> list[Rule]:
    """The rules for these services; `principal` is Kafka's name for one, with {service} where its own goes."""
    found = []
    for service in services:
        access = next((each for each in ACCESS if each.name == service), Access(name=service))
        needed: list[tuple[str, Literal["topic", "group"], str]] = [
            *(("Read", "topic", topic.name) for topic in access.reads),
            *(("Write", "topic", topic.name) for topic in access.writes),
        ]
        if access.group:
            needed.append(("Read", "group", access.group))
        if service == TOPICS_COMMAND:
            needed += [(operation, "topic", topic.name) for operation in ADMINISTERS for topic in TOPICS]
        found += [
            Rule(
                service=service,
                principal=principal.replace("{service}", service),
                operation=operation,
                resource=resource,
                name=name,
            )
            for operation, resource, name in needed
        ]
    return found


def commands(wanted: Sequence[Rule], servers: str) -> list[str]:
    """The rules as commands of Kafka's own tool, for whoever holds the authority to give authority."""
    by_names: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    by_operation: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for rule in wanted:
        by_operation[rule.principal, rule.resource, rule.operation].append(rule.name)
    for (principal, resource, operation), names in by_operation.items():
        by_names[principal, resource, tuple(names)].append(operation)
    return [
        shlex.join(
            [
                *("kafka-acls.sh", "--bootstrap-server", servers, "--command-config", "admin.properties", "--add"),
                *("--allow-principal", principal),
                *(word for operation in operations for word in ("--operation", operation)),
                *(word for name in names for word in (f"--{resource}", name)),
            ]
        )
        for (principal, resource, names), operations in by_names.items()
    ]


async def give(wanted: Sequence[Rule], settings: KafkaSettings) -> None:
    """Make the rules hold; one that holds already is left. Raises Unreachable, Refused and KafkaError."""
    async with connected(settings) as connection:
        for rule in wanted:
            answer = await connection.send(
                CreateAclsRequest(
                    RESOURCES[rule.resource],
                    rule.name,
                    LITERAL,
                    rule.principal,
                    ANY_HOST,
                    OPERATIONS[rule.operation],
                    ALLOW,
                )
            )
            for code, message in answer.creation_responses:
                if for_code(code) is ClusterAuthorizationFailedError:
                    raise Refused(
                        "to give authority takes a user who may alter the cluster, such as one of Kafka's super.users; "
                        "set TOUCHLINE_KAFKA_USER and TOUCHLINE_KAFKA_PASSWORD_FILE to theirs"
                    )
                if for_code(code) is not NoError:
                    raise for_code(code)(message)
