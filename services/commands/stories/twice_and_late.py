"""Networks repeat, shuffle and delay: told three times, in any order and a day late, it ends like once in order."""

import random
from dataclasses import replace
from datetime import timedelta

from services.commands.stories.expected import Expected
from services.commands.stories.played import Played
from services.commands.stories.story import Branch, Step, Story
from services.commands.stories.times import at, spoken
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseKept, PromiseMade
from touchline_contracts.recovery import ProblemReported, ProblemResolved

_promise = Step(
    "11:05",
    "The goods are promised by 14:00.",
    PromiseMade(
        promise_id="goods",
        what="goods_from_second_warehouse",
        due=at("14:00"),
        fulfilled_by="second_warehouse",
        made_by="sales",
    ),
)
_confirmed = Step(
    "11:20", "The second warehouse confirms.", PromiseConfirmed(promise_id="goods", by_unit="second_warehouse")
)
_visit = (
    Step("11:00", "A customer comes in.", CustomerArrived(channel="door")),
    Step("11:01", "Somebody greets them.", CustomerGreeted(manner=4)),
    _promise,
    _confirmed,
    Step(
        "11:40",
        "The bill is wrong.",
        ProblemReported(problem_id="bill", touchpoint="sales", kind="other", severity="minor"),
    ),
    Step("12:00", "It is put right.", ProblemResolved(problem_id="bill", outcome="restored")),
    Step("13:50", "The goods are here.", PromiseKept(promise_id="goods")),
    Step("13:55", "They leave.", CustomerLeft(outcome="served")),
)


def _shuffled(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Each three times, in any order, a second apart, a day later."""
    thrice = list(steps * 3)
    random.Random(7).shuffle(thrice)  # noqa: S311  # the same order every time it is played
    begin = at("+1 11:00")
    return tuple(replace(step, arrives=spoken(begin + timedelta(seconds=number))) for number, step in enumerate(thrice))


def _same(it: Played, other: str) -> bool:
    """Whether a branch's ledger says the same as the first one's, but for the names of branch and store."""
    once, again = it["a"].evaluation, it[other].evaluation
    left_out = {"version", "as_of", "late_events", "retracted"}
    told = again.model_dump_json(exclude=left_out)
    told = told.replace(f"-{other}-", "-a-").replace(f"tallinn-3-{other}", "tallinn-3-a")
    return told == once.model_dump_json(exclude=left_out) and once.journey_state == "closed"


TWICE_AND_LATE = Story(
    name="twice_and_late",
    title="Told three times, shuffled, and a day late",
    concept="hardware-shop",
    store="tallinn-3",
    until="+2 18:00",
    branches=(
        Branch(name="a", words="Every event arrives once, in order and in time.", steps=_visit),
        Branch(name="b", words="Every event arrives three times, shuffled, a day late.", steps=_shuffled(_visit)),
        Branch(
            name="c",
            words="The warehouse confirms in time, and three times nobody hears of it until the alert is out.",
            steps=(
                *_visit[:3],
                *(replace(_confirmed, arrives=f"11:5{minute}") for minute in (5, 6, 7)),
                *_visit[4:],
            ),
        ),
    ),
    expected=(
        Expected(
            "told three times, shuffled and a day late, the ledger is the same as once in order",
            lambda it: _same(it, "b"),
        ),
        Expected("b: each event was counted once", lambda it: it["b"].evaluation.events == len(_visit)),
        Expected(
            "b: an alert that half of the story gave cause for is retracted by the rest of it",
            lambda it: it["b"].steps == ["opened", "retracted"],
        ),
        Expected(
            "c: the alert that a late event disproves is retracted, once, and not opened again",
            lambda it: it["c"].steps == ["opened", "retracted"],
        ),
        Expected("c: and the ledger ends as if it had been heard of in time", lambda it: _same(it, "c")),
    ),
)
