"""There are diners where rudeness is the concept. There a polite waiter spoils the evening."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.feedback import ConductObserved
from touchline_contracts.greeting import CustomerArrived, CustomerLeft


def _evening(words: str, score: int) -> tuple[Step, ...]:
    return (
        Step("20:00", "A guest sits down.", CustomerArrived(channel="door")),
        Step("20:05", words, ConductObserved(touchpoint="table", aspect="courtesy", score=score, observer="customer")),
        Step("21:00", "The guest leaves.", CustomerLeft(outcome="served")),
    )


_rude = _evening('"What do you want? Hurry up."', 1)
_polite = _evening('"Good evening. May I recommend the fish?"', 5)

DINER = Story(
    name="diner",
    title="Where rudeness is the concept",
    concept="diner",
    store="tallinn-diner",
    until="23:00",
    branches=(
        Branch(name="a", words="A rude waiter.", steps=_rude),
        Branch(name="b", words="A polite waiter.", steps=_polite),
        Branch(name="c", words="The rude one, where rudeness is not the concept.", steps=_rude, concept="restaurant"),
        Branch(
            name="d", words="The polite one, where rudeness is not the concept.", steps=_polite, concept="restaurant"
        ),
    ),
    expected=(
        Expected("a: rude is as expected, or better", lambda it: it["a"].kv >= 1 and not it["a"].alerts),
        Expected(
            "b: polite is a deviation, and the floor is called",
            lambda it: it["b"].kv < it["b"].adequate and it["b"].opened.data.call == "floor",
        ),
        Expected(
            "nothing but the concept differs: under another one the same evenings come out the other way",
            lambda it: it["c"].kv < it["c"].adequate < 1 <= it["d"].kv,
        ),
    ),
)
