"""What a process is told of its Kafka: where it is, how to be let in, and how to treat its topics."""

import ssl
from collections.abc import MutableMapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
PROTOCOL_VARIABLE = "TOUCHLINE_KAFKA_SECURITY_PROTOCOL"


class KafkaSettings(BaseSettings):
    """The settings of every client of Kafka, in services and on the command line. An empty variable is not set."""

    model_config = SettingsConfigDict(
        env_prefix="TOUCHLINE_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    kafka_bootstrap_servers: Annotated[
        str, Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS", description="Where Kafka is: host:port, by commas.")
    ] = "127.0.0.1:9092"
    kafka_idempotence: Annotated[
        bool, Field(description="Producers that cannot repeat a message. The embedded broker alone lacks them.")
    ] = True
    kafka_replication_factor: Annotated[int, Field(ge=1, description="For topics that we create.")] = 1
    kafka_create_topics: Annotated[
        bool, Field(description="Whether a service creates topics that are missing; else `touchline topics apply`.")
    ] = True
    kafka_security_protocol: Annotated[
        SecurityProtocol, Field(description="SSL encrypts, SASL names a user; PLAINTEXT does neither.")
    ] = "PLAINTEXT"
    kafka_ca_file: Annotated[
        Path | None, Field(description="The authorities that may sign Kafka's certificate; none: the system's.")
    ] = None
    kafka_certificate_file: Annotated[
        Path | None, Field(description="Our own certificate in PEM, where Kafka wants one.")
    ] = None
    kafka_key_file: Annotated[
        Path | None, Field(validate_default=True, description="Its key in PEM; none: it is in the same file.")
    ] = None
    kafka_sasl_mechanism: Annotated[SaslMechanism, Field(description="How user and password are proved.")] = (
        "SCRAM-SHA-512"
    )
    kafka_user: Annotated[str | None, Field(validate_default=True, description="Who we are, with SASL.")] = None
    kafka_password_file: Annotated[
        Path | None, Field(validate_default=True, description="A file with the user's password.")
    ] = None

    @property
    def uses_tls(self) -> bool:
        """Whether what is said to Kafka is encrypted."""
        return _uses_tls(self.kafka_security_protocol)

    @property
    def names_a_user(self) -> bool:
        """Whether Kafka is told who we are by user and password."""
        return _names_a_user(self.kafka_security_protocol)

    def password(self) -> str:
        """The password, read from its file now: it may have been changed. Raises OSError. Never to be shown."""
        return "" if self.kafka_password_file is None else password_in(self.kafka_password_file)

    def tls(self) -> ssl.SSLContext | None:
        """TLS as it is set, with the files as they are now; host names are always checked. Raises OSError.

        None: without TLS.
        """
        if not self.uses_tls:
            return None
        return tls_context(self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)

    @field_validator("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")
    @classmethod
    def _only_with_tls(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        # A field that is wrong itself is missing from info.data: one complaint about it is enough.
        protocol = info.data.get("kafka_security_protocol")
        if value is not None and protocol is not None and not _uses_tls(protocol):
            raise ValueError(
                f"{PROTOCOL_VARIABLE} is {protocol}, which is not encrypted and has no use for it: "
                "set SSL or SASL_SSL there, or leave this out"
            )
        return value

    @field_validator("kafka_ca_file")
    @classmethod
    def _authorities_that_can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None:
            _check_readable(value)
            try:
                tls_context(value, None, None)
            except ssl.SSLError as error:
                raise ValueError(
                    f"no certificate in PEM is in it ({_reason(error)}): name the file of the authority that signed "
                    "Kafka's certificate; it begins with -----BEGIN CERTIFICATE-----"
                ) from error
        return value

    @field_validator("kafka_certificate_file")
    @classmethod
    def _a_certificate_that_can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None:
            _check_readable(value)
        return value

    @field_validator("kafka_key_file")
    @classmethod
    def _the_key_of_the_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        certificate = info.data.get("kafka_certificate_file")
        if "kafka_certificate_file" not in info.data or (certificate is None and value is None):
            return value
        if certificate is None:
            raise ValueError("a key without its certificate: set TOUCHLINE_KAFKA_CERTIFICATE_FILE, too")
        if value is not None:
            _check_readable(value)
        try:
            tls_context(None, certificate, value)
        except ssl.SSLError as error:
            raise ValueError(
                f"this and TOUCHLINE_KAFKA_CERTIFICATE_FILE ({certificate}) are no certificate and its key in PEM "
                f"({_reason(error)}); without this variable, both must be in that one file"
            ) from error
        return value

    @field_validator("kafka_user")
    @classmethod
    def _a_user_where_there_are_users(cls, value: str | None, info: ValidationInfo) -> str | None:
        _check_sasl(value, info, "the name that Kafka knows this service by")
        return value

    @field_validator("kafka_password_file")
    @classmethod
    def _a_password_that_can_be_read(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        _check_sasl(value, info, "a file that holds the user's password, and nothing else")
        if value is not None:
            _check_readable(value)
            try:
                empty = not password_in(value)
            except UnicodeDecodeError:
                raise ValueError("is not UTF-8 text: the file must hold the password, and nothing else") from None
            if empty:
                raise ValueError("is empty: the file must hold the user's password, and nothing else")
        return value


def tls_context(authorities: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """TLS that believes these authorities (none: the system's) and checks host names. Raises OSError."""
    context = ssl.create_default_context(cafile=authorities)
    if certificate is not None:
        context.load_cert_chain(certificate, key, password=_nobody_to_ask)
    return context


def password_in(file: Path) -> str:
    """The password in a file, which may end with a line break. Raises OSError and UnicodeDecodeError."""
    return file.read_text(encoding="utf-8").rstrip("\r\n")


def without_security(environment: MutableMapping[str, str]) -> None:
    """Take out of an environment how to be let into a Kafka: the embedded broker has no locks, and knows no users."""
    for name in KafkaSettings.model_fields:
        if name not in {"kafka_bootstrap_servers", "kafka_idempotence", "kafka_replication_factor"}:
            environment.pop(f"TOUCHLINE_{name.upper()}", None)


def _uses_tls(protocol: str) -> bool:
    return protocol.endswith("SSL")


def _names_a_user(protocol: str) -> bool:
    return protocol.startswith("SASL_")


def _check_sasl(value: str | Path | None, info: ValidationInfo, what: str) -> None:
    protocol = info.data.get("kafka_security_protocol")
    if protocol is not None and _names_a_user(protocol) and value is None:
        raise ValueError(f"{PROTOCOL_VARIABLE} is {protocol}, which needs it: set it to {what}")
    if protocol is not None and not _names_a_user(protocol) and value is not None:
        raise ValueError(
            f"{PROTOCOL_VARIABLE} is {protocol}, which names no user and has no use for it: "
            "set SASL_SSL there, or leave this out"
        )


def _check_readable(file: Path) -> None:
    try:
        file.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror}): name a file that this process may read") from error


def _nobody_to_ask() -> str:
    # OpenSSL would ask on the terminal, and a service would wait there for ever.
    raise ValueError("the key is encrypted, and nobody is there to ask for its password: use one that is not")


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or type(error).__name__).lower().replace("_", " ")
