"""What the experience service can be told from outside."""

from typing import Annotated

from pydantic import Field

from services.keys.settings import KeySettings
from touchline_contracts.access import EXPERIENCE


class ExperienceSettings(KeySettings):
    """The shared settings, with this service's port and file."""

    port: Annotated[int, Field(ge=0, le=65535, description="The port for health and metrics.")] = 8110
    group: Annotated[str, Field(description="The consumer group: one for each database.")] = EXPERIENCE.group
