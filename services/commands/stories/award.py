"""A prize hangs at the entrance, and the toilet is filthy: everybody who is there pays for it."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import STORE, Branch, Step, Story
from touchline_contracts.cleanliness import CleanlinessChecked, CleanlinessRepaired
from touchline_contracts.feedback import ConductObserved
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerLeft


def _guest(who: str, comes: str, served: str, leaves: str) -> tuple[Step, ...]:
    """A guest who is served as one is in a place that wins prizes."""
    return (
        Step(comes, f"The {who} guest comes in.", CustomerArrived(channel="door"), who),
        Step(served, f"The {who} guest is served by the best.", _conduct("table", 5), who),
        Step(leaves, f"The {who} guest leaves.", CustomerLeft(outcome="served"), who),
    )


def _conduct(touchpoint: str, score: int) -> Fields:
    return ConductObserved(touchpoint=touchpoint, aspect="courtesy", score=score, observer="customer")


_evening = (
    *_guest("early", "18:00", "18:20", "19:00"),
    *_guest("first", "19:00", "19:20", "20:40"),
    *_guest("second", "19:10", "19:40", "20:50"),
    *_guest("late", "20:30", "20:50", "21:50"),
)

AWARD = Story(
    name="award",
    title="A prize at the door, and a filthy toilet",
    concept="restaurant",
    store="jurmala-2",
    until="23:30",
    branches=(
        Branch(name="a", words="A clean house.", steps=_evening),
        Branch(
            name="b",
            words="From 19:30 the toilet is filthy; at 20:15 it is cleaned. The guard at the door gives a look.",
            steps=(
                *_evening,
                Step("19:30", "The toilet is filthy.", CleanlinessChecked(area="toilet", score=0), STORE),
                Step("19:35", "The guard looks at the second guest as if at a thief.", _conduct("door", 1), "second"),
                Step("20:15", "It has been cleaned.", CleanlinessRepaired(area="toilet"), STORE),
            ),
        ),
    ),
    expected=(
        Expected(
            "a: in a clean house everybody is served better than expected",
            lambda it: all(it["a", who].kv > 1 for who in ("early", "first", "second", "late")),
        ),
        Expected(
            "b: KV is below 1 for everybody who was there then",
            lambda it: it["b", "first"].kv < 1 and it["b", "second"].kv < 1,
        ),
        Expected("b: a look costs as well", lambda it: it["b", "second"].kv < it["b", "first"].kv),
        Expected(
            "b: who had gone before, or comes after the repair, is not marked down",
            lambda it: all(it["b", who].kv == it["a", who].kv for who in ("early", "late")),
        ),
        Expected(
            "b: the manager is warned at once, and told what to do about it",
            lambda it: (
                it["b", "first"].opened.time == it.at("19:30") and it["b", "first"].opened.data.call == "facility"
            ),
        ),
    ),
)
