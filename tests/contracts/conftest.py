"""What the tests of the contracts share: the checkout, a validator that minds formats, and planted changes."""

import copy
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from touchline_contracts import BY_TYPE
from touchline_contracts.json_schemas import json_schema

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """An instant as RFC 3339 has it: jsonschema itself checks none unless yet another library is there."""
    if not isinstance(value, str):
        return True
    if not RFC_3339.fullmatch(value):
        return False
    datetime.fromisoformat(value)
    return True


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder contracts/ of this checkout."""
    return Path(__file__).resolve().parents[2] / "contracts"


@pytest.fixture(scope="session")
def faults() -> Callable[[dict[str, Any], Any], list[str]]:
    """What a JSON Schema has against a document, formats included."""

    def of(schema: dict[str, Any], document: Any) -> list[str]:
        validator = Draft202012Validator(schema, format_checker=formats)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]

    return of


@pytest.fixture(scope="session")
def planted() -> Callable[[str, Callable[[dict, dict], object]], tuple[dict, dict]]:
    """The schema of a kind as it is, and with a change, which gets the schema and the schema of its data."""

    def of(kind: str, change: Callable[[dict, dict], object]) -> tuple[dict, dict]:
        schema = json_schema(BY_TYPE[f"touchline.{kind}.v1"])
        current = copy.deepcopy(schema)
        data = current["properties"]["data"]["$ref"].removeprefix("#/$defs/")
        change(current, current["$defs"][data])
        return schema, current

    return of
