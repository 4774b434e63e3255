"""`touchline topics`: Kafka's topics become what the contracts state, and nothing else is touched."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from aiokafka.admin import NewTopic
from aiokafka.protocol.admin import DescribeConfigsRequest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from typer.testing import CliRunner, Result

from services.chassis.broker import create_topics
from services.chassis.kafka_requests import ChangeSettings
from services.chassis.kafka_settings import KafkaSettings
from services.chassis.reaching import connected
from services.chassis.topics import Standing, admin_client, look_at, stated_settings
from services.commands.acls import WHO, commands, rules
from services.commands.main import app
from services.commands.topic_plan import steps_for
from tests.apache_kafka.broker import ApacheKafka
from tests.apache_kafka.cluster import ApacheKafkaCluster
from tests.brokers import need_apache_kafka
from touchline_contracts import ALERTS, DEAD_LETTERS, EVALUATIONS, TOPICS, TOUCHPOINTS
from touchline_contracts.access import ACCESS, TOUCHPOINT_SERVICES
from touchline_contracts.kinds import KINDS

FOREIGN = "payroll"


class Cluster:
    """An Apache Kafka that runs beside the test, and what it holds."""

    def __init__(self, portal: BlockingPortal, servers: str) -> None:
        self.portal = portal
        self.servers = servers
        self.kafka = KafkaSettings(kafka_bootstrap_servers=servers)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["topics", *arguments, "--servers", self.servers])

    def plan(self, *arguments: str) -> dict[tuple[str, str], dict]:
        """What is planned, apart from what is left as it is."""
        steps = json.loads(self.run("plan", "--json", *arguments).stdout)
        return {(each["topic"], each["about"]): each for each in steps if each["action"] != "leave"}

    def settings(self, topic: str) -> dict[str, str]:
        async def ask() -> dict[str, str]:
            async with connected(self.kafka) as connection:
                answer = await connection.send(DescribeConfigsRequest([(2, topic, None)]))
            return {name: value for name, value, *_ in answer.resources[0][4]}

        return self.portal.call(ask)

    def partitions(self, topic: str) -> int:
        async def ask() -> int:
            return len((await look_at([topic], self.kafka))[topic].copies)

        return self.portal.call(ask)

    def change(self, topic: str, **settings: str) -> None:
        async def ask() -> None:
            async with connected(self.kafka) as connection:
                changes = {name.replace("_", "."): value for name, value in settings.items()}
                await connection.send(ChangeSettings(topic, changes))

        self.portal.call(ask)

    def make(self, topic: str, partitions: int) -> None:
        """Make a topic as somebody would by hand, anew if it is there; 0 partitions: only remove it."""

        async def ask() -> None:
            async with admin_client(self.kafka) as admin:
                await admin.delete_topics([topic])
                await shown(0)
                if partitions:
                    await admin.create_topics([NewTopic(topic, partitions, 1)])
                    await shown(partitions)

        async def shown(count: int) -> None:
            async with asyncio.timeout(20):
                while len((await look_at([topic], self.kafka))[topic].copies) != count:
                    await asyncio.sleep(0.05)

        self.portal.call(ask)


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def cluster(portal: BlockingPortal, missing) -> Iterator[Cluster]:
    need_apache_kafka(missing)
    with portal.wrap_async_context_manager(ApacheKafka()) as kafka:
        yield Cluster(portal, kafka.bootstrap_servers)


@pytest.fixture
def as_stated(cluster: Cluster) -> Cluster:
    cluster.run("apply", "--add-partitions")
    for topic in TOPICS:
        if cluster.partitions(topic.name) != topic.partitions:
            cluster.make(topic.name, topic.partitions)
    assert cluster.run("apply").exit_code == 0
    return cluster


@pytest.mark.live
def test_missing_topics_are_planned_then_created_and_then_nothing_is_left_to_do(cluster: Cluster) -> None:
    planned = cluster.run("plan")
    still_missing = cluster.partitions(TOUCHPOINTS.name)
    applied = cluster.run("apply")
    again, nothing = cluster.run("apply"), cluster.run("plan")

    assert (planned.exit_code, applied.exit_code, again.exit_code, nothing.exit_code) == (2, 0, 0, 0)
    assert "4 to create." in planned.stdout
    assert still_missing == 0
    assert "4 created." in applied.stdout
    assert nothing.stdout.count("as stated") == len(TOPICS)
    assert "All topics are as the contracts state them: nothing to do." in nothing.stdout


@pytest.mark.live
def test_topics_have_the_partitions_the_retention_and_the_compaction_that_are_stated(as_stated: Cluster) -> None:
    days = {TOUCHPOINTS: 30, ALERTS: 90, DEAD_LETTERS: 90}
    partitions = {TOUCHPOINTS: 6, EVALUATIONS: 6, ALERTS: 6, DEAD_LETTERS: 1}
    for topic in TOPICS:
        settings = as_stated.settings(topic.name)
        assert settings["cleanup.policy"] == ("compact" if topic is EVALUATIONS else "delete")
        assert settings["max.message.bytes"] == ("2097152" if topic is DEAD_LETTERS else "1048576")
        assert as_stated.partitions(topic.name) == partitions[topic]
        if topic in days:
            assert settings["retention.ms"] == str(days[topic] * 24 * 3600 * 1000)


@pytest.mark.live
def test_what_services_create_by_themselves_is_what_the_command_would_create(cluster: Cluster) -> None:
    for topic in TOPICS:
        cluster.make(topic.name, 0)

    cluster.portal.call(create_topics, cluster.kafka, TOPICS)

    assert cluster.run("plan").exit_code == 0


@pytest.mark.live
def test_a_setting_that_somebody_changed_is_put_right_and_their_other_settings_stay(as_stated: Cluster) -> None:
    as_stated.change(TOUCHPOINTS.name, retention_ms="3600000", segment_bytes="104857600")

    planned, shown = as_stated.plan(), as_stated.run("plan").stdout
    applied = as_stated.run("apply")

    assert list(planned) == [(TOUCHPOINTS.name, "retention.ms")]
    assert planned[TOUCHPOINTS.name, "retention.ms"]["action"] == "change"
    assert "2592000000 (30 days)" in shown
    assert (applied.exit_code, "1 changed." in applied.stdout) == (0, True)
    settings = as_stated.settings(TOUCHPOINTS.name)
    assert (settings["retention.ms"], settings["segment.bytes"]) == ("2592000000", "104857600")


@pytest.mark.live
def test_too_few_partitions_wait_for_somebody_who_knows_that_keys_move(as_stated: Cluster) -> None:
    as_stated.make(ALERTS.name, 2)

    refused = as_stated.run("apply")
    kept = as_stated.partitions(ALERTS.name)
    added = as_stated.run("apply", "--add-partitions")

    assert refused.exit_code == 2
    assert f"By hand: {ALERTS.name} partitions: keys would move to other partitions" in refused.stdout
    assert (kept, added.exit_code, as_stated.partitions(ALERTS.name)) == (2, 0, 6)


@pytest.mark.live
def test_too_many_partitions_are_said_and_left(as_stated: Cluster) -> None:
    as_stated.make(DEAD_LETTERS.name, 3)

    applied = as_stated.run("apply", "--add-partitions")

    assert applied.exit_code == 2
    assert "Kafka takes no partitions away, and more of them do no harm" in applied.stdout
    assert as_stated.partitions(DEAD_LETTERS.name) == 3


@pytest.mark.live
def test_the_topics_of_others_are_left_alone(as_stated: Cluster) -> None:
    as_stated.make(FOREIGN, 2)
    as_stated.change(FOREIGN, retention_ms="1000")

    plan = json.loads(as_stated.run("plan", "--json").stdout)
    as_stated.run("apply")

    assert {step["topic"] for step in plan} == {topic.name for topic in TOPICS}
    assert (as_stated.partitions(FOREIGN), as_stated.settings(FOREIGN)["retention.ms"]) == (2, "1000")


@pytest.mark.live
def test_with_three_copies_a_message_counts_once_two_have_it(portal: BlockingPortal, missing, monkeypatch) -> None:
    need_apache_kafka(missing)
    monkeypatch.setenv("TOUCHLINE_KAFKA_REPLICATION_FACTOR", "3")
    with portal.wrap_async_context_manager(ApacheKafkaCluster(3, properties={"min.insync.replicas": "1"})) as kafka:
        cluster = Cluster(portal, kafka.bootstrap_servers)
        applied = cluster.run("apply")
        settings = [cluster.settings(topic.name) for topic in TOPICS]
        planned = cluster.run("plan")
        copies = portal.call(look_at, [topic.name for topic in TOPICS], cluster.kafka)

    assert (applied.exit_code, planned.exit_code) == (0, 0), applied.stderr + planned.stderr
    assert [each["min.insync.replicas"] for each in settings] == ["2"] * len(TOPICS)
    assert {number for standing in copies.values() for number in standing.copies.values()} == {3}


@pytest.mark.live
def test_more_copies_than_there_are_brokers_is_said_in_words(cluster: Cluster, monkeypatch) -> None:
    cluster.make(ALERTS.name, 0)
    monkeypatch.setenv("TOUCHLINE_KAFKA_REPLICATION_FACTOR", "3")

    applied = cluster.run("apply")

    assert applied.exit_code == 1
    assert "replication factor" in applied.stderr
    assert len(applied.stderr.splitlines()) == 1


def test_too_few_copies_are_left_to_kafkas_own_tool() -> None:
    standing = Standing(copies=dict.fromkeys(range(6), 1))

    steps = steps_for(ALERTS, standing, stated_settings(ALERTS, 3), replication_factor=3, add_partitions=False)

    (step,) = [each for each in steps if each.action != "leave"]
    assert (step.about, step.action, step.present, step.stated) == ("replication factor", "by hand", "1", "3")
    assert "kafka-reassign-partitions.sh" in step.why


def test_more_copies_than_asked_for_are_welcome() -> None:
    standing = Standing(copies=dict.fromkeys(range(6), 3))

    steps = steps_for(ALERTS, standing, stated_settings(ALERTS, 1), replication_factor=1, add_partitions=False)

    assert {each.action for each in steps} == {"leave"}


@pytest.mark.parametrize("arguments", [["plan"], ["apply"], ["acls", "--apply"]])
def test_without_kafka_one_line_says_where_it_looked(arguments: list[str]) -> None:
    ended = CliRunner().invoke(app, ["topics", *arguments, "--servers", "127.0.0.1:1"])

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("No Kafka answers at 127.0.0.1:1 (nobody accepts the connection).")
    assert len(ended.stderr.splitlines()) == 1


def test_every_service_may_write_what_the_contracts_say_that_it_tells() -> None:
    """The two statements of the contracts, who tells what and who writes where, agree."""
    writes = {each.name: set(each.writes) for each in ACCESS}
    for kind in KINDS:
        name = "concepts" if kind.teller == "command" else kind.teller
        assert kind.topic in writes[name], f"{kind.teller} tells {kind.name} and may not write {kind.topic.name}"
    assert set(TOUCHPOINT_SERVICES) <= set(writes)


def test_the_rules_are_printed_as_commands_of_kafkas_own_tool() -> None:
    printed = CliRunner().invoke(app, ["topics", "acls", "alerts", "--servers", "kafka:9093"])

    begin = "kafka-acls.sh --bootstrap-server kafka:9093 --command-config admin.properties --add --allow-principal "
    assert printed.stdout.splitlines() == [
        f"{begin}User:touchline-alerts --operation Read --topic touchline.evaluations",
        f"{begin}User:touchline-alerts --operation Write --topic touchline.alerts --topic touchline.dead-letters",
        f"{begin}User:touchline-alerts --operation Read --group touchline-alerts",
    ]


def test_services_can_be_named_as_their_certificates_name_them() -> None:
    (command,) = commands(rules(["greeting"], "User:CN={service},O=Two Shops"), "kafka:9093")

    assert "--allow-principal 'User:CN=greeting,O=Two Shops' --operation Write" in command


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["cashier"], f"There is no service 'cashier'. There are: {', '.join(WHO)}."),
        (["--principal", "User:touchline"], "--principal must hold {service}"),
    ],
)
def test_rules_for_nobody_are_refused(arguments: list[str], why: str) -> None:
    ended = CliRunner().invoke(app, ["topics", "acls", *arguments])

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(why)
