"""Which shoes for long distances? "Look over there, something may fit" is no answer."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.feedback import ConductObserved
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft

_arrives = (
    Step("16:00", "A customer comes in.", CustomerArrived(channel="door")),
    Step("16:01", "Somebody greets them.", CustomerGreeted(manner=5)),
    Step(
        "16:02",
        "They are asked what they are training for.",
        ConductObserved(touchpoint="shelf", aspect="interest", score=5, observer="customer"),
    ),
)


def _answer(time: str, words: str, score: int) -> Step:
    return Step(time, words, ConductObserved(touchpoint="shelf", aspect="competence", score=score, observer="customer"))


_shrug = _answer("16:05", '"Which shoes for long distances?" "Look over there, something may fit."', 1)
_leaves = (
    Step("16:20", "They buy a pair.", DeliveryCompleted(condition="as_ordered", item="shoes")),
    Step(
        "16:21",
        "The till is friendly.",
        ConductObserved(touchpoint="checkout", aspect="courtesy", score=5, observer="customer"),
    ),
    Step("16:22", "They leave.", CustomerLeft(outcome="served")),
)

SHRUG = Story(
    name="shrug",
    title='"Look over there, something may fit"',
    concept="sports-shop",
    store="vilnius-sport",
    until="18:00",
    branches=(
        Branch(
            name="a",
            words="A competent answer.",
            steps=(*_arrives, _answer("16:05", '"For more than 20 km, this one. Try it on."', 5), *_leaves),
        ),
        Branch(name="b", words="A shrug; all else is well.", steps=(*_arrives, _shrug, *_leaves)),
        Branch(
            name="c",
            words="A shrug; the manager, warned, brings somebody who runs.",
            steps=(*_arrives, _shrug, _answer("16:10", '"I run marathons. What do you need?"', 5), *_leaves),
        ),
    ),
    expected=(
        Expected("a: with a competent answer all is better than expected", lambda it: it["a"].kv > 1),
        Expected(
            "b: a must-be failed, a competent answer: KV stays below 1 although all else is well",
            lambda it: it["b"].kv < 1 and it["b"].line("conduct/competence").kind == "must_be",
        ),
        Expected(
            "b: nothing that was better than expected counts against it",
            lambda it: all(line.contribution <= 0 for line in it["b"].evaluation.lines),
        ),
        Expected(
            "b: the manager is warned while the customer is still in the shop, and told what to do",
            lambda it: it["b"].opened.time == it.at("16:05") and it["b"].opened.data.call == "department_lead",
        ),
        Expected(
            "c: a good answer after all is better than none, and does not undo it",
            lambda it: it["b"].kv < it["c"].kv < 1,
        ),
    ),
)
