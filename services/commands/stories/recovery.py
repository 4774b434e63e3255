"""The product is faulty. What happens then decides what the customer remembers."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.recovery import ProblemOwned, ProblemReported, ProblemResolved


def _faulty(time: str, words: str, problem_id: str) -> Step:
    data = ProblemReported(problem_id=problem_id, touchpoint="product", kind="defect", severity="major")
    return Step(time, words, data)


_buys = (
    Step("10:00", "A customer comes in.", CustomerArrived(channel="door")),
    Step("10:01", "Somebody greets them.", CustomerGreeted(manner=4)),
    Step("10:20", "They buy a drill.", DeliveryCompleted(condition="as_ordered", item="drill")),
    _faulty("10:30", "It does not work.", "first"),
)
_replaced = (
    Step("10:31", "The service desk takes it on.", ProblemOwned(problem_id="first", by_unit="service_desk")),
    Step("10:45", "Here is a new one.", ProblemResolved(problem_id="first", outcome="restored")),
)
_leaves = Step("10:50", "They leave.", CustomerLeft(outcome="served"))

RECOVERY = Story(
    name="recovery",
    title="A faulty product: owned at once, by nobody, or twice",
    concept="hardware-shop",
    store="riga-2",
    until="+3 12:00",
    branches=(
        Branch(name="a", words="Owned at once, replaced quickly.", steps=(*_buys, *_replaced, _leaves)),
        Branch(name="b", words="Nobody owns it.", steps=(*_buys, _leaves)),
        Branch(
            name="c",
            words="Replaced, and faulty again.",
            steps=(*_buys, *_replaced, _leaves, _faulty("15:00", "The new one does not work either.", "second")),
        ),
    ),
    expected=(
        Expected(
            "put right is nearly as good as no fault, and no better: KV(b), KV(c) < KV(a) <= 1",
            lambda it: max(it["b"].kv, it["c"].kv) < it["a"].kv <= 1,
        ),
        Expected("a: nobody has to be warned", lambda it: not it["a"].alerts),
        Expected(
            "b: the manager is warned that nobody owns it, and told whom to call",
            lambda it: (
                (it["b"].opened.data.reason, it["b"].opened.data.call) == ("problem_unowned", "service_desk")
                and it.at("10:30") <= it["b"].opened.time <= it.at("10:50")
            ),
        ),
        Expected(
            "c: a double deviation: the same fault the second time weighs one severity more",
            lambda it: (
                it["c"].line("problem/second").severity == "critical"
                and it["b"].line("problem/first").severity == "major"
            ),
        ),
        Expected("c: the alert is critical from the start", lambda it: it["c"].opened.data.severity == "critical"),
    ),
)
