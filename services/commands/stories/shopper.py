"""A mystery visit: the report comes two days later, and contradicts what the system at the door said."""

from services.commands.stories.expected import Expected
from services.commands.stories.played import Played
from services.commands.stories.story import STORE, Branch, Look, Step, Story
from services.commands.stories.times import at
from touchline_contracts.concepts import ConceptPublished
from touchline_contracts.feedback import ConductObserved, MysteryVisitReported
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft


def _published(**more: object) -> Step:
    concept = {
        "concept": "hardware-shop",
        "version": 2,
        "title": "The hardware shop that keeps its word",
        "greeting": {"within": "2m", "manner": 4},
        **more,
    }
    return Step("07:00", "The concept holds.", ConceptPublished(concept=concept, version=2), STORE)


def _visit(who: str) -> tuple[Step, ...]:
    """What is reported of a visit; of the shopper's the same as of any other."""
    fine = ConductObserved(touchpoint="checkout", aspect="courtesy", score=4, observer="colleague")
    return (
        Step("10:00", f"The {who} customer comes in.", CustomerArrived(channel="door"), who),
        Step("10:00:30", "The system at the door says: greeted in the best manner.", CustomerGreeted(manner=5), who),
        Step("10:30", "A colleague says: all was well at the checkout.", fine, who),
        Step("10:40", f"The {who} customer leaves.", CustomerLeft(outcome="served"), who),
    )


_visits: tuple[Step | Look, ...] = (
    *_visit("first"),
    *_visit("second"),
    Look("+2 08:00", "The manager looks at the page.", "page", "/"),
    Look("+2 08:00", "The manager asks for the store.", "store before", "/v1/stores"),
    Step(
        "+2 09:00",
        "The second one was a mystery shopper: nobody greeted, the checkout was as it should be.",
        MysteryVisitReported(scores={"greeting": 1, "checkout": 4}, visited_at=at("10:00")),
        "second",
    ),
)


def _same(it: Played, branch: str) -> bool:
    """Whether nothing of the two evaluations differs but how many events there are, and so their version."""
    of = [
        it[branch, who].evaluation.model_dump_json(exclude={"version", "events", "lines"})
        + "".join(f"{line.touchpoint} {line.ratio} {line.contribution}" for line in it[branch, who].evaluation.lines)
        for who in ("first", "second")
    ]
    return of[0] == of[1]


SHOPPER = Story(
    name="shopper",
    title="The customer who was none",
    concept="hardware-shop",
    store="tallinn-1",
    until="+2 12:00",
    branches=(
        Branch(
            name="a",
            words="The system at the door is believed.",
            steps=(
                _published(),
                *_visits,
                Look("+2 10:00", "The manager looks at the store.", "store", "/stores/tallinn-1-a"),
            ),
        ),
        Branch(
            name="b",
            words="The same, and the manager has argued: what the door says counts a quarter.",
            steps=(_published(observers={"greeting": 0.25}), *_visits),
        ),
    ),
    expected=(
        Expected(
            "nothing tells the shopper's journey from the other one: it stands as that does to the last digit",
            lambda it: _same(it, "a") and _same(it, "b"),
        ),
        Expected(
            "before the report nothing is said of the store, and the page shows both visits alike",
            lambda it: (
                "tallinn-1-a" not in it.page("a", "store before")
                and it.page("a", "page").count("shopper-a-first") == it.page("a", "page").count("shopper-a-second")
            ),
        ),
        Expected(
            "afterwards the disagreement is shown for the touchpoint and the store",
            lambda it: (
                [
                    (each.touchpoint, each.observer, each.reported, each.shoppers, each.visits)
                    for each in it.store("a").disagreements
                ]
                == [("checkout", "colleague", 4, 4, 1), ("greeting", "greeting", 5, 1, 1)]
                and "what shoppers found" in it.page("a", "store")
            ),
        ),
        Expected(
            "what the door says deserves less weight: proposed, and not taken away",
            # One visit off by 4 beside three in agreement that everybody is given: 1 / (1 + 16 / 4).
            lambda it: (
                [(each.weight, each.proposed_weight) for each in it.store("a").disagreements] == [(1, 1), (1, 0.2)]
            ),
        ),
        Expected(
            "a weight that the manager has argued moves the evaluation nearer to as expected",
            lambda it: (
                1 < it["b", "first"].kv < it["a", "first"].kv
                and [each.weight for each in it.store("b").disagreements] == [1, 0.25]
            ),
        ),
        Expected(
            "the report calls nobody",
            lambda it: it.of_store["a"] == () and it.messages["a"] == () and it.messages["b"] == (),
        ),
    ),
)
