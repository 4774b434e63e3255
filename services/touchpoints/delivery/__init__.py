"""The delivery service: stages of service begin and end, goods and work are delivered."""

from services.touchpoints.shell.service import TouchpointService
from touchline_contracts.delivery import DeliveryCompleted, DeliveryFailed, StageFinished, StageStarted

SERVICE = TouchpointService(
    name="delivery",
    title="Touchline delivery service",
    description=(
        "Tell when a stage of service begins and ends (waiting, preparing, paying), and when goods or work reach "
        "the customer.\n\n"
        "Senders are queue terminals, tills, kitchen and delivery software. The names of stages are those of the "
        "store's service concept. A delivery that was promised carries its `promise_id`; the promise is then kept "
        "by the delivery itself."
    ),
    examples=(
        StageStarted(stage="waiting", explained=True, told_seconds=300),
        StageFinished(stage="waiting"),
        DeliveryCompleted(promise_id="goods-1", condition="as_ordered", tidy=True, manner=4.5, item="shelf"),
        DeliveryFailed(promise_id="goods-1", reason="nobody at home"),
    ),
)
