"""A colleague is to call back at 10:00. Nobody calls, and nobody tells Touchline anything: silence is news."""

from datetime import timedelta

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from services.commands.stories.times import at
from touchline_contracts.greeting import CustomerArrived
from touchline_contracts.promises import PromiseConfirmed, PromiseKept, PromiseMade

_asks = (
    Step("09:00", "A customer calls with a question.", CustomerArrived(channel="phone")),
    Step(
        "09:02",
        '"A colleague will call you at ten."',
        PromiseMade(
            promise_id="call", what="callback", due=at("10:00"), fulfilled_by="colleague", made_by="switchboard"
        ),
    ),
)

CALLBACK = Story(
    name="callback",
    title="Somebody will call you: silence is news",
    concept="hardware-shop",
    store="riga-3",
    until="+1 12:00",
    branches=(
        Branch(name="a", words="Nobody calls. No event ever comes.", steps=_asks),
        Branch(
            name="b",
            words="The manager is warned, and the colleague calls in time.",
            steps=(
                *_asks,
                Step("09:30", "The colleague says: I will.", PromiseConfirmed(promise_id="call", by_unit="colleague")),
                Step("09:58", "The colleague calls.", PromiseKept(promise_id="call")),
            ),
        ),
    ),
    expected=(
        Expected(
            "a: the manager is warned before 10:00, as nobody has confirmed",
            lambda it: it["a"].opened.time < it.at("10:00") and it["a"].opened.data.reason == "unconfirmed",
        ),
        Expected(
            "a: at 10:00 it is overdue, within a second, by the clock alone",
            lambda it: (
                timedelta() <= it["a"].escalated.time - it.at("10:00") <= timedelta(seconds=1)
                and it["a"].escalated.data.reason == "broken"
            ),
        ),
        Expected("a: it ends below adequate", lambda it: it["a"].kv < it["a"].adequate and it["a"].grade == "lost"),
        Expected("b: a save", lambda it: it["b"].kv >= 1 and it["b"].grade == "saved"),
    ),
)
