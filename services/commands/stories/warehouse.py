"""The story behind everything: a promise that somebody makes, and that nobody manages."""

from datetime import timedelta

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Look, Step, Story
from services.commands.stories.times import at
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseMade

_arrives = (
    Step("10:52", "A parent with a small child comes in.", CustomerArrived(channel="door", party_size=2)),
    Step("10:53", "A saleswoman greets them.", CustomerGreeted(manner=4)),
)
_promise = Step(
    "11:00",
    "She promises: the goods from the second warehouse will be here by 14:00.",
    PromiseMade(
        promise_id="goods",
        what="goods_from_second_warehouse",
        due=at("14:00"),
        fulfilled_by="second_warehouse",
        made_by="sales",
    ),
)
_confirmed = PromiseConfirmed(promise_id="goods", by_unit="second_warehouse")
_delivered = DeliveryCompleted(promise_id="goods", condition="as_ordered", item="garden_shed")
_brought = Step("13:43", "The goods are here.", _delivered)
_leaves = Step("14:05", "They leave with what they came for.", CustomerLeft(outcome="served"))

WAREHOUSE = Story(
    name="warehouse",
    title="A promise that nobody manages",
    concept="hardware-shop",
    store="riga-1",
    until="16:00",
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
            steps=(*_arrives, _promise, Step("11:20", "The second warehouse confirms.", _confirmed), _brought, _leaves),
        ),
        Branch(
            name="c",
            words="A promise, and nobody asks the warehouse. The goods come at the last moment, by luck.",
            steps=(*_arrives, _promise, Step("13:58", "By luck, the goods arrive.", _delivered), _leaves),
        ),
        Branch(
            name="d",
            words="As c, but the manager is warned and calls; the warehouse confirms, and keeps it.",
            steps=(
                *_arrives,
                _promise,
                Step("12:00", "The manager has called: the second warehouse confirms.", _confirmed),
                _brought,
                _leaves,
            ),
        ),
        Branch(
            name="e",
            words="As c, and at 14:00 the goods are not there.",
            steps=(
                *_arrives,
                _promise,
                Look("14:10", "The manager looks at the page: it is at the top.", name="page", path="/"),
                Step("14:40", "They leave without the goods.", CustomerLeft(outcome="abandoned")),
            ),
        ),
    ),
    expected=(
        Expected(
            "a broken promise is worse than none, and a kept one is not: KV(e) < KV(a) <= KV(b)",
            lambda it: it["e"].kv < it["a"].kv <= it["b"].kv and it["e"].kv < it["e"].adequate,
        ),
        Expected(
            "without a promise, or with a managed one, nobody is warned",
            lambda it: not it["a"].alerts and not it["b"].alerts,
        ),
        Expected(
            "c: the manager is warned when it has gone unconfirmed too long, long before 14:00",
            lambda it: (
                it["c"].opened.data.reason == "unconfirmed"
                and it["c"].opened.time <= it.at("14:00") - timedelta(hours=2)
            ),
        ),
        Expected(
            "c: the alert says whom to call, and until when",
            lambda it: (it["c"].opened.data.call, it["c"].opened.data.until) == ("second_warehouse", it.at("14:00")),
        ),
        Expected(
            "d: the alert resolves when the warehouse confirms, and counts as a save",
            lambda it: it["d"].alert("resolved").time == it.at("12:00") and it["d"].grade == "saved",
        ),
        Expected(
            "e: it escalates at 14:00 although nothing happens",
            lambda it: (
                it.at("14:00") <= it["e"].escalated.time <= it.at("14:00:01")
                and it["e"].escalated.data.severity == "critical"
                and it["e"].grade == "lost"
            ),
        ),
        Expected(
            "e: until then it stands on the managers' page, and what has been resolved does not",
            lambda it: "warehouse-e" in it.page("e", "page") and "warehouse-d" not in it.page("e", "page"),
        ),
        Expected(
            "each step of an alert reaches the manager's phone, once",
            lambda it: all(len(it[name].messages) == len(it[name].alerts) for name in "abcde"),
        ),
    ),
)
