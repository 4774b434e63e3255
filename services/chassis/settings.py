"""What every process can be told from outside, read once at its start from the environment."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.clock import clock_from

Settings = TypeVar("Settings", bound="ProcessSettings")


class ProcessSettings(BaseSettings):
    """The settings that all processes share. A service adds its own in its `settings.py`."""

    model_config = SettingsConfigDict(env_prefix="TOUCHLINE_", extra="ignore", frozen=True, populate_by_name=True)

    kafka_bootstrap_servers: Annotated[
        str, Field(validation_alias="KAFKA_BOOTSTRAP_SERVERS", description="Where Kafka is: host:port, by commas.")
    ] = "127.0.0.1:9092"
    kafka_idempotence: Annotated[
        bool, Field(description="Producers that cannot repeat a message. The embedded broker alone lacks them.")
    ] = True
    kafka_replication_factor: Annotated[int, Field(ge=1, description="For topics that we create.")] = 1
    host: Annotated[str, Field(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="The port to listen on.")] = 8100
    database: Annotated[Path, Field(description="The SQLite file of a service that keeps state.")] = Path(
        "touchline.db"
    )
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
            lines.append(f"{variable}: {item['msg']}" + ("" if secret else f", got {item['input']!r}"))
        raise SystemExit("Cannot start, these settings are wrong:\n  " + "\n  ".join(lines)) from error
