"""The greeting service: a customer came, was greeted, left."""

from services.touchpoints.shell.service import TouchpointService
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft

SERVICE = TouchpointService(
    name="greeting",
    title="Touchline greeting service",
    description=(
        "Tell when a customer comes into contact with a store, when somebody greets them, and when they leave.\n\n"
        "Senders are door sensors, desks, telephone systems, web shops, drive-through lanes. The arrival begins a "
        "journey: choose its `subject`, the journey's id, and use it in everything that is told about this "
        "customer's visit, to this service and the others. An arrival that nobody greets is news by itself; "
        "nothing has to be sent for it."
    ),
    examples=(
        CustomerArrived(channel="door", party_size=2),
        CustomerGreeted(manner=5, staff="desk-2"),
        CustomerLeft(outcome="served"),
    ),
)
