"""Marketing promises a late check-out; those who make the beds have never heard of it."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Step, Story
from services.commands.stories.times import at
from touchline_contracts.greeting import CustomerArrived, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseDeclined, PromiseKept, PromiseMade

_books = (
    Step("07:30", "A guest who has read of it in a campaign asks for late check-out.", CustomerArrived(channel="desk")),
    Step(
        "07:31",
        "The campaign says so: the room until 16:00.",
        PromiseMade(
            promise_id="late", what="late_checkout", due=at("16:00"), fulfilled_by="housekeeping", made_by="marketing"
        ),
    ),
)
_declined = Step(
    "08:10",
    "Housekeeping has never heard of it: the room is taken.",
    PromiseDeclined(promise_id="late", by_unit="housekeeping", reason="room_taken"),
)

HOTEL = Story(
    name="hotel",
    title="What marketing promised, and housekeeping never heard of",
    concept="hotel",
    store="palanga-1",
    until="+5 12:00",
    branches=(
        Branch(
            name="a",
            words="Housekeeping declines, and nobody does anything about it.",
            steps=(
                *_books,
                _declined,
                Step("11:00", "The guest has to leave the room.", CustomerLeft(outcome="served")),
            ),
        ),
        Branch(
            name="b",
            words="The duty manager is warned, and finds another room until 16:00.",
            steps=(
                *_books,
                _declined,
                Step(
                    "08:40",
                    "The manager has found a room: housekeeping confirms.",
                    PromiseConfirmed(promise_id="late", by_unit="housekeeping"),
                ),
                Step("15:50", "The guest gives back the key.", PromiseKept(promise_id="late")),
                Step("15:55", "They leave.", CustomerLeft(outcome="served")),
            ),
        ),
    ),
    expected=(
        Expected(
            "a: the shortfall is named as a gap of communication, not of performance",
            lambda it: it["a"].line("promise/late").gap == "communication" and it["a"].kv < it["a"].adequate,
        ),
        Expected(
            "a: the manager is warned at the decline, not at check-out",
            lambda it: it["a"].opened.time == it.at("08:10") and it["a"].opened.data.reason == "declined",
        ),
        Expected(
            "b: warned in time, the manager keeps the promise: a save",
            lambda it: it["b"].kv >= 1 and it["b"].grade == "saved",
        ),
    ),
)
