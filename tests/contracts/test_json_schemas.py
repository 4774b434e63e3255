"""The JSON Schemas: what they allow is what the models read, and what they forbid is what the models refuse."""

import copy
import json

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from touchline_contracts import BY_TYPE, KINDS, Kind, parse_event
from touchline_contracts.examples import golden_examples
from touchline_contracts.json_schemas import DIALECT, json_schema


def changed(type_: str, **parts: object) -> dict:
    """The plain example of a type with some of its parts replaced, or taken out when they are `...`."""
    event = copy.deepcopy(golden_examples(BY_TYPE[type_])["plain"])
    for path, value in parts.items():
        *above, last = path.split("__")
        place = event
        for step in above:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return event


REFUSED = {
    "no subject on an event about one journey": changed("touchline.promise.made.v1", subject=...),
    "a subject on an event about a store": changed("touchline.concept.acknowledged.v1", subject="visit-1"),
    "every store at once": changed("touchline.promise.kept.v1", store="*"),
    "a blank in the store": changed("touchline.promise.kept.v1", store="riga 1"),
    "a time without a zone": changed("touchline.promise.kept.v1", time="2026-11-21T14:00:00"),
    "a date alone": changed("touchline.promise.kept.v1", time="2026-11-21"),
    "seconds since 1970": changed("touchline.promise.kept.v1", time=1763726400),
    "seconds since 1970 in quotes": changed("touchline.promise.kept.v1", time="1763726400"),
    "a due time without a zone": changed("touchline.promise.made.v1", data__due="2026-11-21T14:00:00"),
    "another version of CloudEvents": changed("touchline.promise.kept.v1", specversion="0.3"),
    "data that is no object": changed("touchline.promise.kept.v1", data="goods-1"),
    "a missing field": changed("touchline.promise.made.v1", data__due=...),
    "a value that is not in the list": changed("touchline.customer.arrived.v1", data__channel="window"),
    "a rating of six": changed("touchline.conduct.observed.v1", data__score=6),
    "a rating in quotes": changed("touchline.conduct.observed.v1", data__score="5"),
    "a yes for a rating": changed("touchline.conduct.observed.v1", data__score=True),
    "an amount in quotes": changed(
        "touchline.problem.reported.v1", data__cost={"amount": "8.90", "currency": "EUR", "class": "appraisal"}
    ),
    "a score in quotes": changed("touchline.feedback.given.v1", data__score="5"),
    "half a person": changed("touchline.customer.arrived.v1", data__party_size=2.5),
    "a yes in quotes": changed("touchline.promise.rescheduled.v1", data__customer_agreed="yes"),
    "a line break in a name": changed("touchline.cleanliness.checked.v1", data__area="toi\nlet"),
    "a name of 81 characters": changed("touchline.cleanliness.checked.v1", data__area="ā" * 81),
    "a customer's id that is no hash": changed("touchline.promise.kept.v1", customer="customer-7"),
    "no ratings at all": changed("touchline.mystery_visit.reported.v1", data__scores={}),
    "a currency in words": changed(
        "touchline.problem.reported.v1", data__cost={"amount": 1, "currency": "euro", "class": "appraisal"}
    ),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_schema_of_every_kind_is_one_of_its_dialect(kind: Kind):
    schema = json_schema(kind)

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["properties"]["type"]["const"] == kind.type
    assert schema["description"] == kind.description


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_part_of_the_envelope_is_described(kind: Kind):
    schema = json_schema(kind)

    undescribed = [name for name, part in schema["properties"].items() if "description" not in part and name != "data"]
    assert undescribed == []


@pytest.mark.parametrize("event", REFUSED.values(), ids=REFUSED.keys())
def test_model_and_schema_refuse_the_same(event: dict, faults):
    assert faults(json_schema(BY_TYPE[event["type"]]), event) != []
    with pytest.raises(ValidationError):
        parse_event(json.dumps(event))


@pytest.mark.parametrize("null", ["partitionkey", "traceparent", "receivedtime", "customer"])
def test_an_optional_part_may_be_null(null: str, faults):
    event = changed("touchline.promise.kept.v1", **{null: None})

    assert faults(json_schema(BY_TYPE[event["type"]]), event) == []
    assert getattr(parse_event(json.dumps(event)), null) is None


def test_a_service_concept_may_hold_in_every_store(faults):
    event = changed("touchline.concept.published.v1", store="*")

    assert faults(json_schema(BY_TYPE[event["type"]]), event) == []
    assert parse_event(json.dumps(event)).key == "*"


def test_a_field_is_called_in_the_schema_as_in_the_event():
    cost = json_schema(BY_TYPE["touchline.problem.reported.v1"])["$defs"]["Cost"]

    assert sorted(cost["properties"]) == ["amount", "class", "currency"]
