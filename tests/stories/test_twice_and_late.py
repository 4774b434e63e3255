"""Twice and late: networks repeat, shuffle and delay; the end is the same, and a wrong alert is taken back."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.commands.whole import Whole
from touchline_contracts import AnyEvent, new_event
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.fields import Fields
from touchline_contracts.greeting import CustomerArrived, CustomerGreeted, CustomerLeft
from touchline_contracts.promises import PromiseConfirmed, PromiseKept, PromiseMade
from touchline_contracts.recovery import ProblemReported, ProblemResolved

pytestmark = [pytest.mark.anyio, pytest.mark.live]

ELEVEN = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
DUE = ELEVEN + timedelta(hours=3)
PROMISE = PromiseMade(
    promise_id="goods", what="goods_from_second_warehouse", due=DUE, fulfilled_by="second_warehouse", made_by="sales"
)
CONFIRMED = PromiseConfirmed(promise_id="goods", by_unit="second_warehouse")


def event(journey: str, number: int, data: Fields, minutes: float, *, replay: bool = False) -> AnyEvent:
    time = ELEVEN + timedelta(minutes=minutes)
    return new_event(
        data, id=f"{journey}-{number}", source="/till", store="riga-1", subject=journey, time=time, replay=replay
    )


def visit(journey: str) -> list[AnyEvent]:
    return [
        event(journey, 1, CustomerArrived(channel="door"), 0),
        event(journey, 2, CustomerGreeted(manner=4), 1),
        event(journey, 3, PROMISE, 5),
        event(journey, 4, CONFIRMED, 20),
        event(journey, 5, ProblemReported(problem_id="p", touchpoint="sales", kind="other", severity="minor"), 40),
        event(journey, 6, ProblemResolved(problem_id="p", outcome="restored"), 60),
        event(journey, 7, PromiseKept(promise_id="goods"), 170),
        event(journey, 8, CustomerLeft(outcome="served"), 175),
    ]


def steps(services: Whole, journey: str) -> list[str]:
    return [each.type.split(".")[2] for each in services.watcher.alerts if each.subject == journey]


def ledger(services: Whole, journey: str) -> dict[str, Any]:
    data: JourneyEvaluated = services.watcher.evaluations["riga-1", journey].data
    return data.model_dump(exclude={"version", "as_of", "late_events", "retracted"})


async def test_three_times_shuffled_and_a_day_late_ends_like_once_in_order(services: Whole) -> None:
    for each in visit("in-order"):
        await services.turn_to(each.time)
        await services.post(each)
    await services.turn_to(ELEVEN + timedelta(hours=24))
    shuffled = visit("shuffled") * 3
    random.Random(7).shuffle(shuffled)  # noqa: S311
    for each in shuffled:
        await services.post(each)
    await services.turn_to(ELEVEN + timedelta(hours=26))

    once, again = ledger(services, "in-order"), ledger(services, "shuffled")

    assert (once["journey_state"], once["events"]) == ("closed", 8)
    assert _without_ids(again, "shuffled") == _without_ids(once, "in-order")


async def test_a_late_event_that_disproves_an_alert_takes_it_back_once(services: Whole) -> None:
    begin = services.clock.now()
    offset = (begin - ELEVEN).total_seconds() / 60
    promise = PROMISE.model_copy(update={"due": begin + timedelta(hours=3)})
    await services.post(event("disproved", 1, promise, offset))
    await services.turn_to(begin + timedelta(minutes=45))
    assert steps(services, "disproved") == ["opened"]

    await services.turn_to(begin + timedelta(minutes=50))
    confirmed = event("disproved", 2, CONFIRMED, offset + 20)
    for _ in range(3):
        await services.post(confirmed)

    assert steps(services, "disproved") == ["opened", "retracted"]


async def test_last_years_journeys_are_evaluated_and_page_nobody(services: Whole) -> None:
    year = 365 * 24 * 60
    promise = PROMISE.model_copy(update={"due": DUE - timedelta(minutes=year)})
    messages = len(services.phone.messages)

    await services.post(event("last-year", 1, promise, -year, replay=True))
    await services.turn_to(services.clock.now() + timedelta(hours=1))

    assert ledger(services, "last-year")["lines"][0]["state"] == "broken"
    assert steps(services, "last-year") == []
    assert len(services.phone.messages) == messages


async def test_the_page_shows_what_is_open_and_nothing_else(services: Whole) -> None:
    begin = services.clock.now()
    offset = (begin - ELEVEN).total_seconds() / 60
    await services.post(event("shown", 1, PROMISE.model_copy(update={"due": begin + timedelta(hours=2)}), offset))
    assert "shown" not in (await services.page()).text

    await services.turn_to(begin + timedelta(minutes=30))

    page = (await services.page()).text
    assert "Nobody has confirmed: goods from the second warehouse" in page
    assert "Call the second warehouse" in page
    assert "last-year" not in page


def _without_ids(ledger: dict[str, Any], journey: str) -> str:
    return str(ledger).replace(journey, "journey")
