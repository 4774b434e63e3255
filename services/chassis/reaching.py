"""Why Kafka cannot be reached, or does not take us, in words.

The client tells the cause only to its log, and says of everything that it is "unable to bootstrap". So we connect once
ourselves, before the clients do, and look at what comes of it.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    BrokerResponseError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from services.chassis.kafka_settings import PROTOCOL_VARIABLE, KafkaSettings
from services.chassis.security import security_arguments

LOOK_TIMEOUT_MILLISECONDS = 5_000
"""How long one broker may take when we look why; there may be others to ask."""
PAUSE_SECONDS = 5.0
"""Between two attempts when Kafka refuses us: somebody has to put it right, and it need not hear us every second."""
WHO_NEEDS_WHAT = "`touchline topics acls` prints the commands that give each service what it needs"


class Unreachable(ConnectionError):
    """Kafka does not answer. Its text says why; trying again is all that can be done here."""


class Refused(ConnectionError):
    """Kafka answers, and does not take us as we are. Its text says what somebody has to put right; then it goes on."""


@asynccontextmanager
async def connected(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConnection]:
    """A connection to the first broker named in the settings that takes us. Raises Unreachable and Refused."""
    try:
        servers = collect_hosts(settings.kafka_bootstrap_servers)
    except ValueError as error:
        raise Unreachable("this is not written as HOST:PORT, several by commas") from error
    try:
        arguments = security_arguments(settings)
    except (OSError, ValueError) as error:  # it was right when we started
        raise Refused(f"certificate, key or password cannot be read any more: {error}") from error
    failures: list[ConnectionError] = []
    for host, port, *_ in servers:
        try:
            connection = await connect(host, port, settings, arguments)
        except ConnectionError as error:
            failures.append(error)
            continue
        try:
            yield connection
        finally:
            connection.close()
        return
    # Where one refuses us and another is away, the refusal is what somebody can do something about.
    raise next((each for each in failures if isinstance(each, Refused)), failures[0])


def in_words(error: Exception) -> str:
    """What has gone wrong between Kafka and us, for people."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, Refused | Unreachable):
        return str(error)
    if isinstance(error, GroupAuthorizationFailedError):
        return f"Kafka does not allow us to read as the consumer group {error.args[0]}; {WHO_NEEDS_WHAT}"
    if isinstance(error, TopicAuthorizationFailedError):
        return f"Kafka does not allow us to use the topic {error.args[0]}; {WHO_NEEDS_WHAT}"
    return f"{type(error).__name__}: {error}".removesuffix(": ")


async def connect(host: str, port: int, settings: KafkaSettings, arguments: dict[str, Any]) -> AIOKafkaConnection:
    """A connection to one broker, which the caller closes. Raises Unreachable and Refused."""
    try:
        return await create_conn(
            host, port, client_id="touchline", request_timeout_ms=LOOK_TIMEOUT_MILLISECONDS, **arguments
        )
    except (OSError, KafkaError, TimeoutError) as error:
        raise _explained(error, f"{host}:{port}", settings) from error


def _explained(error: Exception, where: str, settings: KafkaSettings) -> ConnectionError:
    if isinstance(error.__cause__, ssl.SSLError):  # with TLS 1.3 Kafka refuses our certificate after the handshake
        error = error.__cause__
    how = f"{PROTOCOL_VARIABLE} is {settings.kafka_security_protocol}: does it listen so at this port"
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused(f"the certificate that {where} shows {_mistrusted(error, where, settings)}")
    if isinstance(error, ssl.SSLError):
        return Refused(_our_certificate(error, where, settings) or f"no TLS with {where} ({error.reason}); {how}?")
    if isinstance(error, BrokerResponseError | AuthenticationFailedError):
        return Refused(_not_accepted(error, where, settings) or f"{where} refuses us, {type(error).__name__}; {how}?")
    if isinstance(error, KafkaConnectionError):
        return Unreachable(f"{where} closes the connection; {how}?")
    if isinstance(error, TimeoutError):
        return Unreachable(f"no answer from {where} in time")
    if isinstance(error, ConnectionRefusedError):
        return Unreachable("nobody accepts the connection")
    return Unreachable(f"no connection to {where} ({getattr(error, 'strerror', None) or error})")


def _mistrusted(error: ssl.SSLCertVerificationError, where: str, settings: KafkaSettings) -> str:
    host = where.rpartition(":")[0]
    if "mismatch" in error.verify_message:
        return (
            f"is not for {host!r} ({error.verify_message.rstrip('.')}): name Kafka in KAFKA_BOOTSTRAP_SERVERS, and in "
            "its advertised.listeners, as its certificate does"
        )
    if "expired" in error.verify_message or "not yet valid" in error.verify_message:
        return f"is out of date ({error.verify_message}): it needs a new one"
    return (
        f"is not signed by an authority in {settings.kafka_ca_file or 'the list of the system'} "
        f"({error.verify_message}): set TOUCHLINE_KAFKA_CA_FILE to the file of the authority that has signed it"
    )


def _not_accepted(error: Exception, where: str, settings: KafkaSettings) -> str | None:
    if isinstance(error, SaslAuthenticationFailed | AuthenticationFailedError):
        return (
            f"{where} does not accept user {settings.kafka_user!r} with the password in {settings.kafka_password_file} "
            f"by {settings.kafka_sasl_mechanism}: set TOUCHLINE_KAFKA_USER and TOUCHLINE_KAFKA_PASSWORD_FILE to what "
            "Kafka knows, or make the user known to Kafka"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        offered = str(error).rpartition(": ")[2]
        return (
            f"{where} does not offer {settings.kafka_sasl_mechanism}: "
            f"set TOUCHLINE_KAFKA_SASL_MECHANISM to one that it does ({offered})"
        )
    return None


def _our_certificate(error: ssl.SSLError, where: str, settings: KafkaSettings) -> str | None:
    """What is wrong with our own certificate, when that is what Kafka complains of."""
    if not any(word in (error.reason or "") for word in ("CERTIFICATE", "UNKNOWN_CA")):
        return None
    if settings.kafka_certificate_file is None:
        return f"{where} wants a certificate of ours: set TOUCHLINE_KAFKA_CERTIFICATE_FILE"
    return (
        f"{where} does not take the certificate in {settings.kafka_certificate_file} ({error.reason}): "
        "set TOUCHLINE_KAFKA_CERTIFICATE_FILE to one that an authority which Kafka believes has signed"
    )
