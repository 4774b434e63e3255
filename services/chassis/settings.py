"""What every process can be told from outside, read once at its start from the environment."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator

from services.chassis.clock import clock_from
from services.chassis.kafka_settings import KafkaSettings

Settings = TypeVar("Settings", bound=KafkaSettings)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def database_address(value: object) -> object:
    """A PostgreSQL database where that is named, else the path of a SQLite file."""
    if not isinstance(value, str):
        return value
    if "://" not in value:
        return Path(value)
    if not value.startswith("postgresql://") or len(urlsplit(value).path) <= 1:
        raise ValueError("expected the path of a SQLite file, or postgresql://USER@HOST/DATABASE")
    return SecretStr(value)


class ProcessSettings(KafkaSettings):
    """The settings that all processes share. A service adds its own in its `settings.py`."""

    host: Annotated[str, Field(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="The port to listen on.")] = 8100
    open: Annotated[
        bool, Field(description="Whoever reaches the service may see and do everything, from other machines as well.")
    ] = False
    # repr=False: it may hold a password, and is neither shown nor logged.
    database: Annotated[
        Path | SecretStr,
        BeforeValidator(database_address),
        Field(repr=False, description="Of a service that keeps state: a SQLite file, or a PostgreSQL database."),
    ] = Path("touchline.db")
    stalled_seconds: Annotated[
        float, Field(ge=5, description="A consumer that stands still for so long is replaced by a new one.")
    ] = 60.0
    most_dead_letters: Annotated[
        int,
        Field(ge=0, description="Of the last 100,000 messages of a partition so many are set aside; 0: no limit."),
    ] = 1000
    clock: Annotated[str, Field(description="`system`, or START@SINCExSPEED for a clock that runs faster.")] = "system"
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"

    @field_validator("clock")
    @classmethod
    def _a_clock_that_exists(cls, value: str) -> str:
        clock_from(value)
        return value


def read_settings(kind: type[Settings]) -> Settings:
    """The settings of this process. Stops it with a line per wrong variable: its name, its value, what is right.

    The value of a field with repr=False is a secret, and is not shown.
    """
    try:
        return kind()
    except ValidationError as error:
        lines = []
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else "settings"
            variable = name if name.isupper() else f"TOUCHLINE_{name.upper()}"
            field = kind.model_fields.get(name)
            secret = field is not None and not field.repr
            lines.append(f"{variable}: {item['msg']}" + ("" if secret else f", got {_as_given(item['input'])}"))
        raise SystemExit("Cannot start, these settings are wrong:\n  " + "\n  ".join(lines)) from error


def _as_given(value: object) -> str:
    return "nothing" if value is None else repr(value if isinstance(value, int | float) else str(value))
