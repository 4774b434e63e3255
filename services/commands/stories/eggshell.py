"""A perfect breakfast, and in it one piece of eggshell; then another guest's, and a third one's."""

from services.commands.stories.expected import Expected
from services.commands.stories.story import Branch, Look, Step, Story
from touchline_contracts.delivery import DeliveryCompleted
from touchline_contracts.feedback import ConductObserved
from touchline_contracts.greeting import CustomerArrived, CustomerLeft
from touchline_contracts.recovery import ProblemReported


def _breakfast(who: str, day: str = "", hour: int = 8) -> tuple[Step, ...]:
    """A guest for whom all is well, but for a piece of eggshell."""
    at = f"{day} {hour:02}".strip()
    served = DeliveryCompleted(condition="as_ordered")
    kind = ConductObserved(touchpoint="breakfast", aspect="courtesy", score=4, observer="customer")
    shell = ProblemReported(problem_id=f"eggshell-{who}", touchpoint="breakfast", kind="defect", severity="minor")
    return (
        Step(f"{at}:00", f"The {who} guest comes to breakfast.", CustomerArrived(channel="door"), who),
        Step(f"{at}:10", "Everything is as it should be, and everybody is kind.", kind, who),
        Step(f"{at}:20", "The omelette is served.", served, who),
        Step(f"{at}:25", "There is a piece of eggshell in it.", shell, who),
        Step(f"{at}:50", f"The {who} guest leaves.", CustomerLeft(outcome="served"), who),
    )


_two = (*_breakfast("first"), *_breakfast("second", hour=9))

EGGSHELL = Story(
    name="eggshell",
    title="A piece of eggshell",
    concept="restaurant",
    store="jurmala-1",
    until="+2 20:00",
    branches=(
        Branch(name="a", words="One guest finds a piece of eggshell.", steps=_breakfast("first")),
        Branch(name="b", words="Two guests do.", steps=_two),
        Branch(
            name="c",
            words="A third one does on the same morning.",
            steps=(*_two, *_breakfast("third", hour=10), Look("11:00", "The manager looks.", "page", "/")),
        ),
        Branch(
            name="d", words="The third one does two days later.", steps=(*_two, *_breakfast("third", day="+2", hour=9))
        ),
    ),
    expected=(
        Expected(
            "a: KV is a little below 1, inside the zone of tolerance",
            lambda it: it["a", "first"].adequate < it["a", "first"].kv < 1,
        ),
        Expected(
            "a and b: one piece of eggshell calls nobody, and two do not",
            lambda it: not any((*it.of_store["a"], *it.of_store["b"], *it.messages["a"], *it.messages["b"])),
        ),
        Expected(
            "c: the third of a day is an alert about the store, the moment it is reported",
            lambda it: (
                it.store_alert("c", "opened").time == it.at("10:25")
                and it.store_alert("c", "opened").data.reason == "repeated"
            ),
        ),
        Expected(
            "c: no guest's journey is alerted, however: each alone is inside the tolerance",
            lambda it: all(it["c", who].alerts == () for who in ("first", "second", "third")),
        ),
        Expected(
            "c: it says what happens again and again, where and in which store, and whom to call",
            lambda it: (
                it.store_alert("c", "opened").data.headline
                == "Again and again in jurmala-1-c: 3 times a minor defect at breakfast within 24 h"
                and it.store_alert("c", "opened").data.call == "floor"
            ),
        ),
        Expected(
            "c: the phone rings once for it, and the page shows it",
            lambda it: (
                [each["type"] for each in it.messages["c"]] == ["alert.opened", "alert.resolved"]
                and "Again and again in jurmala-1-c" in it.page("c", "page")
            ),
        ),
        Expected(
            "c: a day after the first it is over, by the clock alone",
            lambda it: it.store_alert("c", "resolved").time == it.at("+1 08:25"),
        ),
        Expected("d: three in three days are chance", lambda it: it.of_store["d"] == () and it.messages["d"] == ()),
    ),
)
