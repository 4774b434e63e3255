"""What a touchpoint service can be told from outside."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from services.chassis.settings import is_loopback, read_settings
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

    @field_validator("keys_file")
    @classmethod
    def _open_to_others_on_purpose(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        # A field that is wrong itself is missing: one complaint about it is enough.
        host, is_open = info.data.get("host"), info.data.get("open", True)
        if value is None and host is not None and not is_open and not is_loopback(host):
            raise ValueError(
                f"TOUCHLINE_HOST is {host}, and whoever reaches that could send events of any store: name a keys file "
                "here (`touchline keys add` makes it), or leave TOUCHLINE_HOST at 127.0.0.1, or set "
                "TOUCHLINE_OPEN=true where only who is trusted can reach it"
            )
        return value


def settings_of(service: TouchpointService) -> TouchpointSettings:
    """The settings of one service from the environment. Stops the process when they are wrong."""
    settings = read_settings(TouchpointSettings)
    if "port" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"port": service.default_port})
