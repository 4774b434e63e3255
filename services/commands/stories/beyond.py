"""An employee carries the bags to the car. It cost nothing, and nobody had to."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Look, Step, Story
from services.commands.stories.times import at
from touchline_contracts.feedback import RecognitionGiven
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseMade

_comes = (
    Step("10:00", "A customer comes in.", CustomerArrived(channel="door")),
    Step("10:01", "Somebody greets them.", CustomerGreeted()),
)
_carried = Step(
    "10:45",
    "An employee carries the bags to the car. The customer tells the till about it.",
    RecognitionGiven(touchpoint="parking", note="Bags carried to the car"),
)
_leaves = Step("10:50", "They drive off.", CustomerLeft(outcome="served"))
_promised = Step(
    "10:20",
    "A colleague had promised a call at 10:40; nobody calls.",
    PromiseMade(promise_id="call", what="callback", due=at("10:40"), fulfilled_by="advice"),
)

BEYOND = Story(
    name="beyond",
    title="Beyond what was expected",
    concept="hardware-shop",
    store="vilnius-3",
    until="20:00",
    branches=(
        Branch(name="a", words="A visit like others.", steps=(*_comes, _leaves)),
        Branch(
            name="b",
            words="The bags are carried to the car.",
            steps=(
                *_comes,
                _carried,
                Look("11:00", "The manager looks at the page.", "page", "/"),
                Look("11:00", "A program asks for good news.", "json", "/v1/notices"),
                _leaves,
            ),
        ),
        Branch(
            name="c", words="The same, after a promise that nobody kept.", steps=(*_comes, _promised, _carried, _leaves)
        ),
    ),
    expected=(
        Expected("a: as expected is 1, and no news", lambda it: it["a"].kv == 1 and it["a"].notices == ()),
        Expected("b: KV is above 1", lambda it: it["b"].kv > 1),
        Expected(
            "b: the manager is given the good news at once, and once",
            lambda it: [each.time for each in it["b"].notices] == [it.at("10:45")],
        ),
        Expected(
            "b: it says where and in which store, and names nobody",
            lambda it: it["b"].notices[0].data.headline == "More than was expected in vilnius-3-b: at parking",
        ),
        Expected(
            "b: the page and the API show it",
            lambda it: (
                "More than was expected in vilnius-3-b" in it.page("b", "page")
                and "More than was expected in vilnius-3-b" in it.page("b", "json")
            ),
        ),
        Expected(
            "b: nobody is paged for it, nothing has to be acknowledged, nothing is graded",
            lambda it: it["b"].alerts == () and it.messages["b"] == () and it["b"].grade is None,
        ),
        Expected(
            "c: it does not make up for a broken promise, and is no good news then",
            lambda it: it["c"].kv < it["c"].adequate and it["c"].notices == (),
        ),
    ),
)
