"""What a touchpoint service can be told from outside."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.chassis.settings import ProcessSettings, read_settings
from services.touchpoints.shell.service import TouchpointService


class TouchpointSettings(ProcessSettings):
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


def settings_of(service: TouchpointService) -> TouchpointSettings:
    """The settings of one service from the environment. Stops the process when they are wrong."""
    settings = read_settings(TouchpointSettings)
    if "port" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"port": service.default_port})
