"""How every client of Kafka is let in: the one place that turns settings into what the libraries take."""

from typing import Any

from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.chassis.kafka_settings import KafkaSettings

REQUEST_TIMEOUT_MILLISECONDS = 10_000
"""How long a request to Kafka may take."""
MECHANISMS = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def security(settings: KafkaSettings) -> BaseSecurity:
    """What FastStream's broker takes. Raises OSError when a file cannot be read any more."""
    if not settings.names_a_user:
        return BaseSecurity(ssl_context=settings.tls())
    mechanism = MECHANISMS[settings.kafka_sasl_mechanism]
    return mechanism(
        username=settings.kafka_user or "",
        password=settings.password(),
        ssl_context=settings.tls(),
        use_ssl=settings.uses_tls,
    )


def security_arguments(settings: KafkaSettings) -> dict[str, Any]:
    """The same for aiokafka: by name, what each of its clients takes. They hold the password: never show them."""
    return parse_security(security(settings))


def client_arguments(settings: KafkaSettings) -> dict[str, Any]:
    """Where Kafka is and how to be let in: what each client of aiokafka takes."""
    return {"bootstrap_servers": settings.kafka_bootstrap_servers, **security_arguments(settings)}
