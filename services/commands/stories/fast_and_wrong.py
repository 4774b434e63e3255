"""Served in half the time, and it is the wrong thing: what that costs does not show where it was caused."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.delivery import DeliveryCompleted, StageFinished, StageStarted
from touchline_contracts.greeting import CustomerArrived, CustomerLeft
from touchline_contracts.recovery import Cost, ProblemOwned, ProblemReported, ProblemResolved

_stops = (
    Step("12:30", "A car stops.", CustomerArrived(channel="drive_through")),
    Step("12:30", "Ninety seconds begin.", StageStarted(stage="lane")),
    Step("12:30:45", "Served in half the time.", StageFinished(stage="lane")),
)
_drives_on = Step("12:30:50", "It drives on.", CustomerLeft(outcome="served"))
_wrong = Step("12:30:45", "In the bag is somebody else's order.", DeliveryCompleted(condition="wrong"))
_returned = Step(
    "12:36",
    "It is brought back.",
    ProblemReported(
        problem_id="return",
        touchpoint="delivery",
        kind="return",
        severity="major",
        cost=Cost.model_validate({"amount": 9.5, "currency": "EUR", "class": "external_failure"}),
    ),
)

FAST_AND_WRONG = Story(
    name="fast_and_wrong",
    title="Served in half the time, and the wrong thing",
    concept="drive-through",
    store="riga-a10",
    until="+1 13:00",
    branches=(
        Branch(
            name="a",
            words="Served in half the time, and right.",
            steps=(
                *_stops,
                Step("12:30:45", "What was ordered.", DeliveryCompleted(condition="as_ordered")),
                _drives_on,
            ),
        ),
        Branch(
            name="b",
            words="Served in half the time, wrong, returned, and nobody is there to take it back.",
            steps=(*_stops, _wrong, _drives_on, _returned),
        ),
        Branch(
            name="c",
            words="The same, and put right at once.",
            steps=(
                *_stops,
                _wrong,
                _drives_on,
                _returned,
                Step("12:37", "The window takes it on.", ProblemOwned(problem_id="return", by_unit="window")),
                Step(
                    "12:40",
                    "Here is yours, and keep the other.",
                    ProblemResolved(problem_id="return", outcome="restored"),
                ),
            ),
        ),
    ),
    expected=(
        Expected("a: fast and right is better than expected", lambda it: it["a"].kv > 1),
        Expected("b: speed does not pay for it: KV is below adequate", lambda it: it["b"].kv < it["b"].adequate),
        Expected(
            "b: the cost is booked as external failure",
            lambda it: (
                [(cost.amount, cost.currency, cost.cost_class) for cost in it["b"].line("problem/return").costs or []]
                == [(9.5, "EUR", "external_failure")]
            ),
        ),
        Expected(
            "b: with its cause, the wrong delivery",
            lambda it: it["b"].line("problem/return").cause == it["b"].line("delivery/").line,
        ),
        Expected(
            "c: put right at once is better, and not better than if nothing had been wrong",
            lambda it: it["b"].kv < it["c"].kv <= 1,
        ),
    ),
)
