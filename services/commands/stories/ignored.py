"""A customer comes in, and nobody looks up."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft

_enters = Step("15:00", "A customer comes in.", CustomerArrived(channel="door"))
_leaves = Step("15:20", "They leave.", CustomerLeft(outcome="served"))

IGNORED = Story(
    name="ignored",
    title="A customer comes in, and nobody looks up",
    concept="hardware-shop",
    store="vilnius-2",
    until="17:00",
    branches=(
        Branch(
            name="a",
            words="Greeted at once.",
            steps=(_enters, Step("15:01", "Somebody greets them.", CustomerGreeted(manner=4)), _leaves),
        ),
        Branch(
            name="b",
            words="The manager is warned, and goes to greet them.",
            steps=(_enters, Step("15:05", "The manager greets them.", CustomerGreeted(manner=4)), _leaves),
        ),
        Branch(name="c", words="Nobody ever greets them.", steps=(_enters, _leaves)),
    ),
    expected=(
        Expected("a: greeted in time, nobody is warned", lambda it: it["a"].kv == 1 and not it["a"].alerts),
        Expected(
            "c: the manager is warned by the clock alone, within minutes",
            lambda it: (
                it.at("15:02") < it["c"].opened.time < it.at("15:05") and it["c"].opened.data.reason == "waiting"
            ),
        ),
        Expected(
            "greeted late is better than never: KV(c) < KV(b) < KV(a)",
            lambda it: it["c"].kv < it["b"].kv < it["a"].kv,
        ),
    ),
)
