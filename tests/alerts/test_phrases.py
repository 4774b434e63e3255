"""Phrases go with an alert from the evaluation to whatever is told of it."""

from dataclasses import replace

from services.alerts.adapters.telling import alert_message
from services.alerts.domain.account import LONGEST_TEXT, account
from services.alerts.domain.decision import Step
from services.alerts.entrypoints.reading import read
from tests.alerts.builders import GOODS, JOURNEY, NOON, alert, case, evaluation, finding, record, told
from touchline_contracts import parse_event
from touchline_contracts.evaluations import Attention, Expectation, LedgerLine, Outcome
from touchline_contracts.phrases import Phrase

BY_TWO = {"code": "expected.by_time", "arguments": {"what": "goods", "due": "2026-11-21T14:00:00+00:00"}}
UNCONFIRMED = {"code": "attention.unconfirmed", "arguments": {"expected": BY_TWO}}
NOT_YET = {"code": "promise.unconfirmed", "arguments": {"unit": "second_warehouse"}}
SAID = finding(phrase=UNCONFIRMED)


def test_a_phrase_alone_is_nothing_new():
    assert finding(phrase=UNCONFIRMED) == finding()


def test_an_evaluation_hands_on_its_phrases_and_so_do_the_events():
    attention = Attention(
        line=GOODS,
        severity="warning",
        reason="unconfirmed",
        since=NOON,
        headline=SAID.headline,
        phrase=Phrase.model_validate(UNCONFIRMED),
        remedy="Call them.",
    )
    line = LedgerLine(
        line=GOODS,
        touchpoint="goods",
        kind="performance",
        expectation=Expectation(text="goods", phrase=Phrase.model_validate(BY_TWO), said_by="sales", unit="seconds"),
        outcome=Outcome(text="not yet", phrase=Phrase.model_validate(NOT_YET)),
        state="made",
        contribution=0.0,
        forecast_contribution=-0.758,
    )

    (evaluated,), _ = read([record(evaluation(JOURNEY, 1, attention=[attention], lines=[line]))], NOON)

    found = evaluated.findings[GOODS]
    assert found.phrase == UNCONFIRMED
    assert (evaluated.ledger[0].expected_phrase, evaluated.ledger[0].outcome_phrase) == (BY_TWO, NOT_YET)
    for step in (Step.OPENED, Step.ESCALATED, Step.REPEATED):
        event = parse_event(alert_message(told(step, finding=found)).value)
        assert event.data.phrase == Phrase.model_validate(UNCONFIRMED)


def test_of_a_text_that_has_to_be_cut_there_is_no_phrase():
    told_of = account(
        case(alert=alert(finding=replace(SAID, headline="x" * (LONGEST_TEXT + 1)))), "https://alerts.example"
    )

    assert told_of.phrase is None
