"""Reading and writing events: instants, absent values, keys, and what is not known."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from touchline_contracts import KINDS, TOUCHPOINTS, new_event, parse_event, told_by
from touchline_contracts.evaluations import JourneyEvaluated
from touchline_contracts.examples import golden_examples
from touchline_contracts.promises import PromiseKept
from touchline_contracts.topics import ALERTS, EVALUATIONS

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def kept(**parts: object) -> str:
    """A kept promise as a store system sends it, with some parts replaced."""
    event = {
        "specversion": "1.0",
        "id": "kept-1",
        "source": "/riga-1/warehouse-terminal",
        "type": "touchline.promise.kept.v1",
        "subject": "visit-1042",
        "time": "2026-11-21T14:00:00+02:00",
        "store": "riga-1",
        "data": {"promise_id": "goods-1"},
    }
    return json.dumps(event | parts)


@pytest.mark.parametrize(
    "time", [1763726400, "1763726400", "1763726400.5", True, "", "14:00", "2026-11-21", "2026-11-21T14:00:00", "noon"]
)
def test_an_instant_without_date_time_and_zone_is_refused(time: object):
    with pytest.raises(ValidationError, match="time"):
        parse_event(kept(time=time))


@pytest.mark.parametrize("year", ["0001", "1989", "2200", "9999"])
def test_an_instant_from_a_clock_that_was_never_set_is_refused(year: str):
    with pytest.raises(ValidationError, match="the year must be from 1990 to 2199"):
        parse_event(kept(time=f"{year}-06-01T00:00:00Z"))


def test_an_instant_keeps_the_zone_it_was_told_in():
    event = parse_event(kept(time="2026-11-21T14:00:00+02:00"))

    assert event.time.utcoffset() == timedelta(hours=2)
    assert event.time == NOON
    assert b'"time":"2026-11-21T14:00:00+02:00"' in event.to_json()


def test_a_clock_that_runs_ahead_is_cut_back_to_the_receipt_and_one_that_runs_behind_is_not():
    ahead = parse_event(kept(receivedtime="2026-11-21T13:58:00+02:00"))
    behind = parse_event(kept(receivedtime="2026-11-22T09:00:00+02:00"))

    assert ahead.happened_at == NOON - timedelta(minutes=2)
    assert behind.happened_at == NOON


def test_what_is_absent_is_not_written():
    written = json.loads(parse_event(kept(customer=None)).to_json())

    assert not {"customer", "traceparent", "receivedtime", "partitionkey"} & set(written)


def test_an_evaluation_before_anything_came_out_can_be_read_again():
    # The line has neither outcome nor ratio, nor has the journey: absent values must not make it unreadable.
    line = {
        "line": "promise/goods-1",
        "touchpoint": "goods",
        "kind": "performance",
        "expectation": {"text": "goods by 14:00", "said_by": "sales", "unit": "seconds"},
        "outcome": None,
        "state": "made",
        "ratio": None,
        "contribution": 0.0,
        "forecast_contribution": 0.0,
    }
    data = golden_evaluation() | {"lines": [line], "ratio": None}
    event = new_event(
        JourneyEvaluated.model_validate_json(json.dumps(data)),
        id="visit-1042/1",
        source="/touchline/experience",
        store="riga-1",
        subject="visit-1042",
        time=NOON,
    )

    read = parse_event(event.to_json())

    assert read == event
    assert (read.data.ratio, read.data.lines[0].outcome, read.data.lines[0].ratio) == (None, None, None)


@pytest.mark.parametrize("kind", ["journey.evaluated", "store.evaluated"])
def test_evaluations_of_one_epoch_go_by_version_and_later_epochs_before_all(kind: str):
    examples = golden_examples(next(each for each in KINDS if each.name == kind))
    without, after = (parse_event(json.dumps(examples[name])) for name in ("plain", "after-the-database-was-lost"))

    assert "epoch" not in examples["plain"]["data"]
    assert without.data.edition == (0, without.data.version)
    assert without.data.version > after.data.version
    assert without.data.edition < after.data.edition


def test_the_fields_of_an_unknown_type_are_kept_even_when_they_are_null():
    event = parse_event(
        kept(type="touchline.surprise.happened.v1", data={"encore": None, "pieces": [None, {"a": None}]})
    )

    written = json.loads(event.to_json())
    assert written["data"] == {"encore": None, "pieces": [None, {"a": None}]}
    assert parse_event(event.to_json()) == event


def test_a_field_that_this_version_does_not_know_does_not_stop_a_reader():
    event = parse_event(kept(data={"promise_id": "goods-1", "by_drone": True}, sequence="7"))

    assert event.data == PromiseKept(promise_id="goods-1")


def test_a_new_event_has_its_type_and_its_key():
    event = new_event(
        PromiseKept(promise_id="goods-1"), id="kept-1", source="/riga-1/x", store="riga-1", subject="visit-1042",
        time=datetime(2026, 11, 21, 14, tzinfo=timezone(timedelta(hours=2))),
    )  # fmt: skip

    assert (event.type, event.key, event.partitionkey) == (
        "touchline.promise.kept.v1",
        "riga-1/visit-1042",
        "riga-1/visit-1042",
    )
    assert parse_event(event.to_json()) == event


def test_what_store_systems_tell_goes_to_one_topic_and_what_touchline_answers_to_two_more():
    inside = {kind.name: kind.topic for kind in KINDS if kind.topic != TOUCHPOINTS}

    assert inside.pop("journey.evaluated") == EVALUATIONS
    assert inside.pop("store.evaluated") == EVALUATIONS
    assert set(inside) == {kind.name for kind in told_by("alerts")}
    assert set(inside.values()) == {ALERTS}


def golden_evaluation() -> dict:
    """The data of an evaluation that has everything."""
    kind = next(kind for kind in KINDS if kind.name == "journey.evaluated")
    return golden_examples(kind)["plain"]["data"]
