"""Figures become words that a manager understands, and an alert says the same of itself everywhere."""

import json
from datetime import timedelta

import pytest

from services.alerts.adapters.telling import webhook_body
from services.alerts.domain.account import account, reasons
from services.alerts.domain.decision import Step
from services.alerts.domain.ledger import hurting
from services.alerts.domain.wording import effect, odds, spoken
from services.alerts.ports import Told
from tests.alerts.builders import NOON, alert, case, entry, finding, standing


@pytest.mark.parametrize(
    ("contribution", "forecast", "words"),
    [
        # 1 - exp(-1.47) = 0.770; 1 - exp(-0.758) = 0.531; exp(0.027) - 1 = 0.027
        (-1.47, -1.47, "takes 77 % off"),
        (0.0, -0.758, "likely to take 53 % off"),
        (-0.2, -0.758, "likely to take 53 % off"),
        (0.027, 0.027, "adds 3 %"),
        (0.0, 0.0, "changes nothing"),
        (-0.003, -0.003, "changes nothing"),
    ],
)
def test_a_contribution_is_said_as_what_it_takes_off_or_adds(contribution, forecast, words):
    assert effect(entry(contribution=contribution, forecast_contribution=forecast)) == words


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        (0.504, (1, 2)),
        (0.735, (3, 4)),
        (0.89, (9, 10)),
        (0.0, "next_to_none"),
        (0.999, "next_to_certain"),
    ],
)
def test_a_risk_is_said_as_odds(risk, words):
    assert odds(risk) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"),
        (119.9, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (7740, "2 h 9 min"),
        (400000, "4 days"),
    ],
)
def test_a_span_is_never_said_longer_than_it_is(seconds, words):
    assert spoken(timedelta(seconds=seconds)) == words


def test_the_reasons_are_the_lines_that_hurt_the_worst_first():
    ledger = (
        entry("fine", contribution=0.0, forecast_contribution=0.0),
        entry("bad", contribution=-0.3, forecast_contribution=-0.3),
        entry("worse", contribution=-1.0, forecast_contribution=-1.0),
        entry("good", contribution=0.2, forecast_contribution=0.2),
    )

    assert [each.line for each in hurting(ledger)] == ["worse", "bad"]


def test_a_reason_names_the_expectation_who_said_so_what_came_of_it_and_what_it_does():
    ((reason, _),) = reasons(case(ledger=(entry(expected="goods by 14:00"),)))

    assert reason == "goods by 14:00 (sales): not confirmed by second_warehouse yet; likely to take 53 % off"


def test_an_account_links_to_the_page():
    one = account(case(), "https://alerts.example")

    assert one.link == f"https://alerts.example/alerts/{alert().alert_id}"


def test_a_webhook_holds_what_a_receiver_needs():
    body = json.loads(webhook_body(Told(step=Step.OPENED, case=case(), at=NOON), "https://alerts.example"))

    assert body["type"] == "alert.opened"
    assert body["timestamp"] == "2026-11-21T12:00:00Z"
    data = body["data"]
    assert (data["store"], data["journey"], data["line"]) == ("riga-1", "visit-1043", "promise/goods")
    assert (data["state"], data["severity"], data["reason"]) == ("open", "warning", "unconfirmed")
    assert data["until"] == "2026-11-21T14:00:00Z"
    assert (data["risk"], data["kv"], data["forecast"]) == (0.504, 1.0, 0.47)
    assert data["why"] == [each.text for each in reasons(case())]
    assert data["call"] == "second_warehouse"


def test_a_webhook_stays_small_however_much_there_is_to_say():
    long = "🧨" * 5000
    lines = tuple(entry(f"line {number}", expected=long, outcome=long, said_by=long) for number in range(50))
    huge = alert(finding=finding("🧨" * 500, headline=long, remedy=long, call=long))

    body = webhook_body(Told(step=Step.OPENED, case=case(alert=huge, ledger=lines), at=NOON), "https://alerts.example")

    assert len(body) < 20_000
    assert json.loads(body)["data"]["headline"].endswith("…")


def test_an_ended_journey_is_graded_by_what_is_adequate():
    assert standing(ended=False).grade == "pending"
    assert standing(ended=True, kv=0.8).grade == "saved"
    assert standing(ended=True, kv=0.79).grade == "lost"
