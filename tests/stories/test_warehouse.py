"""The promise that nobody managed: a saleswoman promises goods from the second warehouse by 14:00.

(a) no promise; (b) the warehouse confirms and keeps it; (c) nobody asks the warehouse; (d) as c, but the manager is
warned and calls; (e) as c, and at 14:00 the goods are not there. Everything on the way is real but the clock.
"""

from datetime import timedelta

import pytest

from services.commands.playing import Played, play_story
from services.commands.stories import WAREHOUSE
from services.commands.whole import Whole
from touchline_contracts import AnyEvent

pytestmark = [pytest.mark.anyio, pytest.mark.live]

DUE = WAREHOUSE.at("14:00")
WARNED = WAREHOUSE.at("11:45")
"""A quarter of the promise's three hours without a word from the warehouse: what the concept allows."""


@pytest.fixture(scope="module")
async def played(services: Whole) -> Played:
    return await play_story(WAREHOUSE, services)


def alert(played: Played, branch: str, step: str) -> AnyEvent:
    (event,) = (each for each in played.alerts[branch] if each.type == f"touchline.alert.{step}.v1")
    return event


async def test_a_broken_promise_is_worse_than_none_and_a_kept_one_is_not(played: Played) -> None:
    kv = {branch: evaluation.kv for branch, evaluation in played.evaluations.items()}

    assert kv["e"] < kv["a"] <= kv["b"]
    assert kv["e"] < played.evaluations["e"].adequate


async def test_without_a_promise_or_with_a_managed_one_nobody_is_warned(played: Played) -> None:
    assert played.alerts["a"] == []
    assert played.alerts["b"] == []


async def test_when_nobody_asks_the_warehouse_the_manager_is_warned_long_before_it_is_due(played: Played) -> None:
    opened = alert(played, "c", "opened")

    assert opened.time == WARNED
    assert DUE - opened.time > timedelta(hours=2)
    assert (opened.data.severity, opened.data.reason) == ("warning", "unconfirmed")


async def test_the_warning_says_what_is_wrong_whom_to_call_what_to_do_and_until_when(played: Played) -> None:
    opened = alert(played, "c", "opened").data

    assert opened.headline == "Nobody has confirmed: goods from the second warehouse by 14:00"
    assert opened.call == "second_warehouse"
    assert "Call the second warehouse" in opened.remedy
    assert opened.until == DUE


async def test_when_the_manager_calls_and_the_promise_is_kept_the_alert_resolves_and_counts_as_a_save(
    played: Played,
) -> None:
    assert played.steps("d") == ["opened", "resolved", "resolved"]
    assert [event.data.grade for event in played.alerts["d"][1:]] == ["pending", "saved"]
    assert played.alerts["d"][1].time == WAREHOUSE.at("12:00")


async def test_at_fourteen_o_clock_the_alert_escalates_although_nothing_has_happened(played: Played) -> None:
    escalated = alert(played, "e", "escalated")

    assert DUE <= escalated.time <= DUE + timedelta(seconds=1)
    assert escalated.data.severity == "critical"
    assert played.grade("e") == "lost"


async def test_it_is_one_alert_from_its_opening_to_its_end(played: Played) -> None:
    assert len({event.data.alert_id for event in played.alerts["e"]}) == 1
    assert played.steps("e") == ["opened", "escalated", "resolved"]


async def test_each_step_reached_the_managers_phone_once_and_signed(played: Played) -> None:
    told = [event for branch in played.alerts.values() for event in branch]

    # The phone takes nothing that is not signed with the right secret.
    assert len(played.messages) == len(told)
    assert {message["type"] for message in played.messages} == {"alert.opened", "alert.escalated", "alert.resolved"}


async def test_the_ledger_says_what_was_expected_who_said_so_and_what_came_of_it(played: Played) -> None:
    (line,) = (each for each in played.evaluations["e"].lines if each.line == "promise/goods")

    assert (line.expectation.said_by, line.expectation.due) == ("sales", DUE)
    assert (line.state, line.gap) == ("broken", "communication")
    assert line.contribution == pytest.approx(0.7 * (-1.5 - 0.6))  # (w + b + c) times floor and jump
    assert played.evaluations["e"].to_restore == ["promise/goods"]
