"""What a touchpoint service can be told from outside."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from services.chassis.settings import read_settings
from services.keys.settings import KeySettings
from services.touchpoints.shell.service import TouchpointService


class TouchpointSettings(KeySettings):
    """The settings of a touchpoint service. Its port is its own; see `services.touchpoints.ports`."""

    spool_file: Annotated[
        Path | None, Field(description="The SQLite file of what Kafka does not have yet. By default SERVICE-spool.db.")
    ] = None
    spool_mebibytes: Annotated[
        int,
        Field(ge=1, le=1_000_000, description="How much may wait for Kafka on disk before senders are told to wait."),
    ] = 256
    kafka_attempt_seconds: Annotated[
        float, Field(gt=0, le=120, description="How long one attempt to reach Kafka may take.")
    ] = 15.0
    kafka_pause_seconds: Annotated[
        float, Field(gt=0, le=60, description="The pause between two attempts; senders are told to wait as long.")
    ] = 2.0
    open: Annotated[
        bool,
        Field(validate_default=True, description="Whether without keys events are taken from other machines as well."),
    ] = False

    @field_validator("open")
    @classmethod
    def _open_to_others_on_purpose(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        # A field that is wrong itself is missing: one complaint about it is enough.
        host, keys_file = info.data.get("host"), info.data.get("keys_file", "wrong")
        if not value and host is not None and keys_file is None and not _is_this_machine(host):
            raise ValueError(
                f"TOUCHLINE_HOST is {host}, and whoever reaches that could send events of any store: set "
                "TOUCHLINE_KEYS_FILE (`touchline keys add` makes it), or leave TOUCHLINE_HOST at 127.0.0.1, "
                "or set true here where only who is trusted can reach it"
            )
        return value


def settings_of(service: TouchpointService) -> TouchpointSettings:
    """The settings of one service from the environment. Stops the process when they are wrong."""
    settings = read_settings(TouchpointSettings)
    if "port" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"port": service.default_port})


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
