"""What the cleanliness service tells of the surroundings. Without a subject it holds for every journey in the store."""

from typing import Annotated, Literal

from pydantic import Field

from touchline_contracts.fields import Fields, Identifier, Name


class CleanlinessChecked(Fields):
    """Somebody, or a sensor, looked at an area."""

    area: Name
    score: Annotated[float, Field(ge=0, le=5, description="From 0 (filthy) to 5 (spotless).")]
    location: Name | None = None


class CleanlinessRepaired(Fields):
    """An area was put in order."""

    area: Name


class DefectNoticed(Fields):
    """A small defect was seen: a torn poster, a flickering lamp. It counts until it is repaired."""

    defect_id: Identifier
    area: Name
    severity: Literal["minor", "major"]


class DefectRepaired(Fields):
    """A defect was repaired."""

    defect_id: Identifier
