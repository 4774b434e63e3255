"""The concept says "immediate"; the customer waits half an hour until somebody attends to them."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.delivery import DeliveryCompleted, StageFinished, StageStarted
from touchline_contracts.greeting import CustomerArrived, CustomerLeft

_arrives = (
    Step("18:00", "A customer who has booked a car comes to the desk.", CustomerArrived(channel="desk")),
    Step("18:00", "They wait for somebody to attend to them.", StageStarted(stage="attend")),
)

RENTAL = Story(
    name="rental",
    title="Immediate, affordable solutions, after half an hour",
    concept="car-rental",
    store="vilnius-airport",
    until="21:00",
    branches=(
        Branch(
            name="a",
            words="As the concept has it.",
            steps=(
                *_arrives,
                Step("18:02", "Somebody comes.", StageFinished(stage="attend")),
                Step("18:02", "The car is looked for.", StageStarted(stage="assign_car")),
                Step("18:06", "It is found.", StageFinished(stage="assign_car")),
                Step("18:06", "The paperwork begins.", StageStarted(stage="paperwork")),
                Step("18:12", "Signed.", StageFinished(stage="paperwork")),
                Step("18:13", "The car that was booked.", DeliveryCompleted(condition="as_ordered")),
                Step("18:14", "They drive off.", CustomerLeft(outcome="served")),
            ),
        ),
        Branch(
            name="b",
            words="30 minutes until somebody attends, 20 to assign the car, 40 of paperwork.",
            steps=(
                *_arrives,
                Step("18:30", "At last somebody comes.", StageFinished(stage="attend")),
                Step("18:30", "The car is looked for.", StageStarted(stage="assign_car")),
                Step("18:50", "It is found.", StageFinished(stage="assign_car")),
                Step("18:50", "The paperwork begins.", StageStarted(stage="paperwork")),
                Step("19:30", "Signed.", StageFinished(stage="paperwork")),
                Step("19:31", "The car that was booked.", DeliveryCompleted(condition="as_ordered")),
                Step("19:32", "They drive off.", CustomerLeft(outcome="served")),
            ),
        ),
    ),
    expected=(
        Expected(
            "a: what the concept promises can be kept, and nobody is warned",
            lambda it: it["a"].kv >= 1 and not it["a"].alerts,
        ),
        Expected(
            "b: the manager is warned during the first stage, not after it",
            lambda it: (
                it.at("18:00") < it["b"].opened.time < it.at("18:30")
                and it["b"].opened.data.line.startswith("stage/attend")
            ),
        ),
        Expected("b: KV is far below adequate", lambda it: it["b"].kv < it["b"].adequate / 2),
        Expected(
            "b: the ledger shows each stage against the concept",
            lambda it: (
                [
                    (it["b"].line(f"stage/{name}").expectation.value, it["b"].experienced(f"stage/{name}"))
                    for name in ("attend", "assign_car", "paperwork")
                ]
                == [(180, 1800), (300, 1200), (420, 2400)]
            ),
        ),
    ),
)
