"""The hand-off service: the customer, or the work, passes from one unit to another."""

from services.touchpoints.shell.service import EXAMPLE_TIME, TouchpointService
from touchline_contracts.handoff import HandoffAccepted, HandoffDeclined, HandoffOffered

SERVICE = TouchpointService(
    name="handoff",
    title="Touchline hand-off service",
    description=(
        "Tell when one unit hands a customer, or work for a customer, to another, and whether the other took "
        "over.\n\n"
        "Choose a `handoff_id` when you offer, and repeat it when it is accepted or declined. Say with "
        "`customer_visible` whether the customer sees it: what they do not see bears on the forecast alone. With "
        "`due`, a hand-off that nobody takes in time is noticed by itself."
    ),
    examples=(
        HandoffOffered(
            handoff_id="handoff-1",
            from_unit="sales",
            to_unit="second_warehouse",
            customer_visible=False,
            about="goods_from_second_warehouse",
            due=EXAMPLE_TIME.replace(hour=15),
        ),
        HandoffAccepted(handoff_id="handoff-1", context_passed=True),
        HandoffDeclined(handoff_id="handoff-1", reason="no driver"),
    ),
)
