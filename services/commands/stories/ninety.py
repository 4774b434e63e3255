"""A drive-through promises ninety seconds. Eighty-five, a hundred, four minutes."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.delivery import DeliveryCompleted, StageFinished, StageStarted
from touchline_contracts.greeting import CustomerArrived, CustomerLeft

JUST_ABOVE = 1.05

_stops = (
    Step("12:30", "A car stops.", CustomerArrived(channel="drive_through")),
    Step("12:30", "Ninety seconds begin.", StageStarted(stage="lane")),
)


def _served(time: str, words: str) -> tuple[Step, ...]:
    return (
        Step(time, words, StageFinished(stage="lane")),
        Step(time, "In the bag is what was ordered.", DeliveryCompleted(condition="as_ordered")),
        Step(time, "It drives on.", CustomerLeft(outcome="served")),
    )


NINETY = Story(
    name="ninety",
    title="Ninety seconds: after 85, after 100, after 240",
    concept="drive-through",
    store="klaipeda-1",
    until="13:00",
    branches=(
        Branch(name="a", words="85 seconds.", steps=(*_stops, *_served("12:31:25", "Served after 85 s."))),
        Branch(name="b", words="100 seconds.", steps=(*_stops, *_served("12:31:40", "Served after 100 s."))),
        Branch(name="c", words="240 seconds.", steps=(*_stops, *_served("12:34", "Served after four minutes."))),
    ),
    expected=(
        Expected("a: at or just above 1", lambda it: 1 <= it["a"].kv <= JUST_ABOVE),
        Expected(
            "b: below 1, inside the zone of tolerance, and nobody is called",
            lambda it: it["b"].adequate <= it["b"].kv < 1 and not it["b"].alerts,
        ),
        Expected("c: below adequate", lambda it: it["c"].kv < it["c"].adequate),
        Expected(
            "c: the manager is warned while the customer still waits",
            lambda it: (
                it.at("12:31:30") < it["c"].opened.time < it.at("12:34") and it["c"].opened.data.reason == "waiting"
            ),
        ),
    ),
)
