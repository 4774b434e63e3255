"""The Kafka broker of a process: connected as the settings say, and the topics it needs."""

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError
from faststream.kafka import KafkaBroker

from services.chassis.settings import ProcessSettings
from touchline_contracts import Topic

REQUEST_TIMEOUT_MILLISECONDS = 10_000
"""A producer gives up on a message after this long: the sender is told, and may send it again."""
LARGEST_REQUEST_BYTES = 2 << 20
"""As much as the largest topic takes in one message; each topic has its own bound."""


def kafka_broker(settings: ProcessSettings, *, client: str) -> KafkaBroker:
    """A broker that is not connected yet; every message it publishes counts once all in-sync replicas have it."""
    return KafkaBroker(
        settings.kafka_bootstrap_servers,
        client_id=f"touchline-{client}",
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
        max_batch_size=LARGEST_REQUEST_BYTES,
        max_request_size=LARGEST_REQUEST_BYTES,
        allow_auto_create_topics=False,
        logger=None,
    )


async def cluster_identity(settings: ProcessSettings) -> str:
    """The cluster's own id, which tells a recreated cluster from the one whose offsets were stored."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    try:
        await admin.start()
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


async def create_topics(settings: ProcessSettings, topics: Iterable[Topic]) -> None:
    """Create those topics that do not exist yet, as the contracts describe them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        for topic in missing:
            configs: dict[str, str] = {
                "cleanup.policy": topic.cleanup,
                "max.message.bytes": str(topic.largest_message_bytes),
            }
            if topic.retention_days is not None:
                configs["retention.ms"] = str(topic.retention_days * 86_400_000)
            try:
                await admin.create_topics(
                    [
                        NewTopic(
                            topic.name,
                            topic.partitions,
                            replication_factor=settings.kafka_replication_factor,
                            topic_configs=configs,
                        )
                    ]
                )
            except TopicAlreadyExistsError:
                continue  # another process was quicker
    finally:
        await admin.close()
