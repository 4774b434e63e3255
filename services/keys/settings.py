"""What a service is told about keys from outside."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from services.chassis.settings import ProcessSettings
from services.keys.file import Unusable, load

HOW_TO_MAKE_ONE = "`touchline keys add` makes it"


class KeySettings(ProcessSettings):
    """The shared settings, and those of a service that may ask for keys."""

    keys_file: Annotated[
        Path | None,
        Field(
            validate_default=True,
            description="The keys file of `touchline keys`; without it nobody is asked for a key.",
        ),
    ] = None

    @field_validator("keys_file")
    @classmethod
    def _keys_that_can_be_used(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                load(value)
            except Unusable as error:
                raise ValueError(f"{error}: name a keys file that this process may read; {HOW_TO_MAKE_ONE}") from error
        return value
