"""Last year's journeys are fed in again, to see how they would have been evaluated. Nobody is to be woken by them."""

from dataclasses import replace

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Look, Step, Story
from services.commands.stories.times import at
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted
from touchline_contracts.promises import PromiseMade


def _visit(day: str, who: str) -> tuple[Step, ...]:
    """A promise that nobody managed, and that was broken."""
    return (
        Step(f"{day}10:52", "A customer comes in.", CustomerArrived(channel="door"), who),
        Step(f"{day}10:53", "Somebody greets them.", CustomerGreeted(manner=4), who),
        Step(
            f"{day}11:00",
            "The goods are promised by 14:00, and nobody asks the warehouse.",
            PromiseMade(
                promise_id="goods",
                what="goods_from_second_warehouse",
                due=at(f"{day}14:00"),
                fulfilled_by="second_warehouse",
                made_by="sales",
            ),
            who,
        ),
    )


_last_year = tuple(replace(step, arrives="11:30", replay=True) for step in _visit("-365 ", "last year"))

REPLAY = Story(
    name="replay",
    title="Last year's journeys, fed in again",
    concept="hardware-shop",
    store="tallinn-2",
    until="+1 18:00",
    branches=(
        Branch(name="a", words="Fed in today, as history.", steps=_last_year),
        Branch(
            name="b",
            words="The same while a customer is in the shop to whom the same happens today.",
            steps=(
                *_last_year,
                *_visit("", "today"),
                Look("12:00", "The manager looks at the page.", name="page", path="/"),
            ),
        ),
        Branch(
            name="c",
            words="This morning's, fed in again as history while its promise is still open.",
            steps=tuple(replace(step, arrives="11:30", replay=True) for step in _visit("", "this morning")),
        ),
    ),
    expected=(
        Expected(
            "a: the journey is evaluated, and its ledger is there to be seen",
            lambda it: (
                it["a", "last year"].kv < it["a", "last year"].adequate
                and it["a", "last year"].line("promise/goods").state == "broken"
            ),
        ),
        Expected(
            "a: it stands as it stood then",
            lambda it: (
                it["a", "last year"].evaluation.journey_state == "closed"
                and it["a", "last year"].evaluation.as_of < it.at("-360 12:00")
            ),
        ),
        Expected(
            "nobody is paged for history, of last year or of this morning",
            lambda it: (
                not any(
                    it[journey].alerts or it[journey].messages
                    for journey in (("a", "last year"), ("b", "last year"), ("c", "this morning"))
                )
            ),
        ),
        Expected(
            "b: history keeps nobody from being warned of what happens today",
            lambda it: (
                it["b", "today"].opened.time == it.at("11:45") and it["b", "today"].escalated.time == it.at("14:00")
            ),
        ),
        Expected(
            "b: the managers' page shows what happens today, and nothing else",
            lambda it: "replay-b-today" in it.page("b", "page") and "last-year" not in it.page("b", "page"),
        ),
        Expected(
            "b: it is the same journey, and evaluated the same",
            lambda it: it["b", "today"].kv == it["b", "last year"].kv,
        ),
    ),
)
