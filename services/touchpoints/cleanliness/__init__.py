"""The cleanliness service: how the surroundings are, and what is broken in them."""

from services.touchpoints.shell.service import TouchpointService
from touchline_contracts.cleanliness import CleanlinessChecked, CleanlinessRepaired, DefectNoticed, DefectRepaired

SERVICE = TouchpointService(
    name="cleanliness",
    title="Touchline cleanliness service",
    description=(
        "Tell how clean an area is, when it was put in order, and which small defects were noticed and repaired.\n\n"
        "Senders are facility software, checklists, sensors. Leave `subject` out, and it holds for every customer "
        "who is in the store meanwhile; put a journey's id there when it was this one customer who met it."
    ),
    examples=(
        CleanlinessChecked(area="entrance", score=4, location="north door"),
        CleanlinessRepaired(area="entrance"),
        DefectNoticed(defect_id="lamp-7", area="aisle-3", severity="minor"),
        DefectRepaired(defect_id="lamp-7"),
    ),
)
