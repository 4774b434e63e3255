"""The story behind everything: a promise that somebody makes, and that nobody manages."""

from services.commands.stories.story import Branch, Step, Story
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseMade

STORE = "riga-1"
DAY = "2026-03-07"
DUE = "14:00"

_arrives = (
    Step("10:52", "A parent with a small child comes in.", CustomerArrived(channel="door", party_size=2)),
    Step("10:53", "A saleswoman greets them.", CustomerGreeted(manner=4)),
)


def _promises() -> Step:
    story = Story(name="", title="", concept="", store=STORE, day=DAY, until=DUE, branches=())
    return Step(
        "11:00",
        "She promises: the goods from the second warehouse will be here by 14:00.",
        PromiseMade(
            promise_id="goods",
            what="goods_from_second_warehouse",
            due=story.at(DUE),
            fulfilled_by="second_warehouse",
            made_by="sales",
        ),
    )


def _confirms(time: str, words: str) -> Step:
    return Step(time, words, PromiseConfirmed(promise_id="goods", by_unit="second_warehouse"))


_delivered = Step(
    "13:43", "The goods are here.", DeliveryCompleted(promise_id="goods", condition="as_ordered", item="garden_shed")
)
_leaves = Step("14:05", "They leave with what they came for.", CustomerLeft(outcome="served"))

WAREHOUSE = Story(
    name="warehouse",
    title="The promise nobody managed",
    concept="hardware-shop",
    store=STORE,
    day=DAY,
    until="23:00",
    branches=(
        Branch(
            name="a",
            words="No promise: the customer fetches the goods from the second warehouse.",
            steps=(
                *_arrives,
                Step("11:40", "They leave, and fetch the goods themselves.", CustomerLeft(outcome="served")),
            ),
        ),
        Branch(
            name="b",
            words="A promise; the warehouse confirms it and keeps it.",
            steps=(
                *_arrives,
                _promises(),
                _confirms("11:20", "The second warehouse confirms."),
                _delivered,
                _leaves,
            ),
        ),
        Branch(
            name="c",
            words="A promise, and nobody asks the warehouse. The goods come at the last moment, by luck.",
            steps=(*_arrives, _promises(), Step("13:58", "By luck, the goods arrive.", _delivered.data), _leaves),
        ),
        Branch(
            name="d",
            words="As c, but the manager is warned and calls; the warehouse confirms, and keeps it.",
            steps=(
                *_arrives,
                _promises(),
                _confirms("12:00", "The manager has called: the second warehouse confirms."),
                _delivered,
                _leaves,
            ),
        ),
        Branch(
            name="e",
            words="As c, and at 14:00 the goods are not there.",
            steps=(
                *_arrives,
                _promises(),
                Step("14:40", "They leave without the goods.", CustomerLeft(outcome="abandoned")),
            ),
        ),
    ),
)
