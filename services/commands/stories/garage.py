"""The garage door works as on its first day. On the floor lie cigarette butts."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from services.commands.stories.times import at
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.greeting import CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseKept, PromiseMade

_visit = (
    Step(
        "08:00",
        '"Our fitter will be with you by noon."',
        PromiseMade(promise_id="visit", what="visit", due=at("12:00"), fulfilled_by="fitter", made_by="office"),
    ),
    Step("08:20", "The fitter confirms.", PromiseConfirmed(promise_id="visit", by_unit="fitter")),
    Step("11:50", "The fitter is there.", PromiseKept(promise_id="visit")),
)


def _mended(words: str, *, tidy: bool) -> tuple[Step, ...]:
    return (
        Step("13:30", words, DeliveryCompleted(condition="as_ordered", tidy=tidy, item="garage_door")),
        Step("13:40", "The fitter drives off.", CustomerLeft(outcome="served")),
    )


GARAGE = Story(
    name="garage",
    title="The door is mended, and butts lie on the floor",
    concept="garage-doors",
    store="doors-riga",
    until="23:00",
    branches=(
        Branch(
            name="a",
            words="The door is mended, the place is tidy.",
            steps=(*_visit, *_mended("The door works, the floor is swept.", tidy=True)),
        ),
        Branch(
            name="b",
            words="The door is mended, and butts lie on the floor.",
            steps=(*_visit, *_mended("The door works; on the floor lie cigarette butts.", tidy=False)),
        ),
    ),
    expected=(
        Expected("a: nobody has anything to complain of", lambda it: it["a"].kv >= 1),
        Expected(
            "b: KV is below 1 although the work is perfect",
            lambda it: it["b"].kv < 1 and it["b"].line("delivery/").state == "met",
        ),
        Expected(
            "b: it is a small thing: inside the zone of tolerance, and nobody is called",
            lambda it: it["b"].kv >= it["b"].adequate and not it["b"].alerts,
        ),
    ),
)
