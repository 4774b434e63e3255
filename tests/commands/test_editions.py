"""After the loss of the evaluating database the lowest version counts, for every command that reads evaluations."""

from types import SimpleNamespace

import pytest

from services.commands.replaying.history import History, PastJourney
from services.commands.replaying.outcomes import Outcomes
from services.commands.watching import Watcher
from tests.commands.histories import MORNING, event
from touchline_contracts import AnyEvent
from touchline_contracts.evaluations import JourneyEvaluated


def told(version: int, epoch: int, events: int) -> AnyEvent:
    return event(
        JourneyEvaluated(
            version=version, epoch=epoch, as_of=MORNING, began_at=MORNING, concept="shop", concept_version=1,
            journey_state="open", events=events, late_events=0, kv=1.0, forecast=1.0, risk=0.1, threshold=0.5,
            adequate=0.8, lines=[], attention=[],
        ),
        journey="a",
    )  # fmt: skip


BEFORE, AFTER, LATE = told(9, 0, 1), told(1, 7, 2), told(10, 0, 3)


def watched() -> int:
    watcher = Watcher("127.0.0.1:9")
    for each in (BEFORE, AFTER, LATE):
        watcher._take(each)  # noqa: SLF001  # what it does with what it has read
    return watcher.evaluations["riga-1", "a"].data.events


def replayed() -> int:
    outcomes = Outcomes(history=History(journeys={b"riga-1/a": PastJourney(events=2, evaluable=True)}))
    for each in (BEFORE, AFTER, LATE):
        outcomes.take_evaluation(SimpleNamespace(key=each.key.encode(), value=each.to_json()))
    assert outcomes.contradicting == 0
    return outcomes.latest[b"riga-1/a"].events


@pytest.mark.parametrize("reader", [watched, replayed])
def test_the_evaluation_of_the_later_epoch_holds(reader):
    assert reader() == AFTER.data.events
