"""The Kafka broker of a process: connected as the settings say."""

from faststream.kafka import KafkaBroker

from services.chassis.kafka_settings import KafkaSettings
from services.chassis.security import REQUEST_TIMEOUT_MILLISECONDS, security
from services.chassis.topics import create_topics

__all__ = ["create_topics", "kafka_broker"]

LARGEST_REQUEST_BYTES = 2 << 20
"""As much as the largest topic takes in one message; each topic has its own bound."""


def kafka_broker(settings: KafkaSettings, *, client: str) -> KafkaBroker:
    """A broker that is not connected yet; every message it publishes counts once all in-sync replicas have it.

    A producer gives up on a message after REQUEST_TIMEOUT_MILLISECONDS: the sender is told, and may send it again.
    """
    return KafkaBroker(
        settings.kafka_bootstrap_servers.split(","),
        client_id=f"touchline-{client}",
        security=security(settings),
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
        max_batch_size=LARGEST_REQUEST_BYTES,
        max_request_size=LARGEST_REQUEST_BYTES,
        allow_auto_create_topics=False,
        logger=None,
    )
