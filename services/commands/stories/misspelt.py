"""All is well, and then the letter of thanks has the name wrong."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.feedback import ConductObserved
from touchline_contracts.greeting import CustomerArrived, CustomerLeft
from touchline_contracts.recovery import ProblemReported


def _well(time: str, words: str, touchpoint: str) -> Step:
    return Step(time, words, ConductObserved(touchpoint=touchpoint, aspect="courtesy", score=4, observer="customer"))


def _misspelt(time: str, words: str, touchpoint: str) -> Step:
    return Step(
        time,
        words,
        ProblemReported(problem_id="name", touchpoint=touchpoint, kind="defect", severity="minor"),
    )


_stay = (
    Step("14:00", "A guest arrives.", CustomerArrived(channel="desk")),
    _well("14:03", "A friendly welcome.", "front_desk"),
    _well("19:30", "A good dinner.", "restaurant"),
    _well("+1 08:30", "A good breakfast.", "restaurant"),
    Step("+1 10:00", "The guest leaves.", CustomerLeft(outcome="served")),
)

MISSPELT = Story(
    name="misspelt",
    title="The name is wrong in the letter of thanks",
    concept="hotel",
    store="vilnius-old-town",
    until="+8 12:00",
    branches=(
        Branch(name="a", words="All is well.", steps=_stay),
        Branch(
            name="b",
            words="The name is wrong on the card at dinner.",
            steps=(*_stay, _misspelt("19:00", "The card on the table has the name wrong.", "restaurant")),
        ),
        Branch(
            name="c",
            words="The name is wrong in the letter of thanks.",
            steps=(*_stay, _misspelt("+3 09:00", "The letter of thanks has the name wrong.", "letter")),
        ),
    ),
    expected=(
        Expected("a: all is as expected", lambda it: it["a"].kv == 1),
        Expected(
            "the last impression costs more than the same slip in the middle: KV(c) < KV(b) < 1",
            lambda it: it["c"].kv < it["b"].kv < 1,
        ),
        Expected(
            "it is a slip: both stay inside the zone of tolerance, and nobody is called",
            lambda it: all(it[name].kv >= it[name].adequate and not it[name].alerts for name in ("b", "c")),
        ),
    ),
)
