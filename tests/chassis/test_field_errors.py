"""What is wrong with a field is told in plain words, with its place, its value and what would be right."""

from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from services.chassis.field_errors import FieldError, closest, field_errors, shortened


class Table(BaseModel, strict=True):
    seats: int = Field(ge=1)
    place: Literal["window", "door"]
    guests: dict[str, int] = {}

    @model_validator(mode="after")
    def _enough_seats(self):
        if len(self.guests) > self.seats:
            raise ValueError("seats: more guests than seats")
        return self


def errors_of(document):
    with pytest.raises(ValidationError) as caught:
        Table.model_validate(document)
    return field_errors(caught.value.errors(), document)


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ({"place": "door"}, "seats is missing"),
        ({"seets": 2, "place": "door"}, "seats is missing; did you write it as seets?"),
        ({"seats": "2", "place": "door"}, "seats must be a whole number, not a text"),
        ({"seats": None, "place": "door"}, "seats must be a whole number, not null"),
        ({"seats": 0, "place": "door"}, "seats must be greater than or equal to 1"),
        ({"seats": 2, "place": "windw"}, "place is none of the values it may have; did you mean window?"),
        ({"seats": 2, "place": "roof"}, "place is none of the values it may have"),
        ({"seats": 2, "place": "door", "guests": []}, "guests must be an object, not a list"),
        ({"seats": 1, "place": "door", "guests": {"a": 1, "b": 2}}, "seats: more guests than seats"),
    ],
)
def test_an_error_is_told_in_plain_words(document, detail):
    (error,) = errors_of(document)

    assert error.detail == detail


def test_a_name_that_is_right_in_its_place_is_not_taken_for_another():
    document = {"scale_max": 5}
    missing = [{"type": "missing", "loc": ("scale_min",), "msg": "Field required", "input": document}]

    (error,) = field_errors(missing, document, expected_at=lambda _: "a number")

    assert error.detail == "scale_min is missing"


def test_a_place_is_a_json_pointer():
    (error,) = errors_of({"seats": 2, "place": "door", "guests": {"a/b~c": "x"}})

    assert error.pointer == "/guests/a~1b~0c"
    assert error.field == "guests.a/b~c"


def test_an_error_as_json_has_the_value_and_what_is_right():
    error = FieldError(location=("seats",), detail="seats is wrong", expected="a number", got=None)

    assert error.body() == {
        "pointer": "/seats",
        "field": "seats",
        "got": None,
        "detail": "seats is wrong",
        "expected": "a number",
    }


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (7, 7),
        (float("inf"), "Infinity"),
        ("x" * 101, "x" * 100 + "…"),
        ({"a": [1]}, '{"a": [1]}'),
        (list(range(100)), str(list(range(100)))[:100] + "…"),
    ],
)
def test_a_value_is_given_back_short(value, short):
    assert shortened(value) == short


def test_a_number_of_thousands_of_digits_is_not_given_back():
    assert shortened(10**5_000) == "a number too long to repeat"


def test_what_was_meant_is_guessed_only_when_it_is_near():
    assert closest("dor", ["door", "desk"]) == "door"
    assert closest("roof", ["window"]) is None
    assert closest(7, ["door"]) is None
    assert closest("door" * 1_000, ["door"]) is None
