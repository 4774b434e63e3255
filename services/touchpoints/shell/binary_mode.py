"""CloudEvents in binary mode: the attributes are headers, the body is the data.

Source: CloudEvents 1.0.2, HTTP protocol binding, section 3.1.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from services.chassis.problems import Problem

PREFIX = "ce-"


def is_binary(headers: Mapping[str, str]) -> bool:
    """Whether a request is in binary mode: any of the attributes that every event has is a header."""
    return any(f"{PREFIX}{name}" in headers for name in ("specversion", "id", "source", "type"))


def read_binary(headers: Mapping[str, str], data: Any) -> dict[str, Any]:
    """The event whose attributes are in `headers`, as it would be in structured mode. Raises Problem."""
    event: dict[str, Any] = {
        name.removeprefix(PREFIX): _value(name, value)
        for name, value in headers.items()
        if name.startswith(PREFIX) and name not in {PREFIX, f"{PREFIX}data", f"{PREFIX}datacontenttype"}
    }
    if event.get("replay") in {"true", "false"}:  # the one attribute that is not a text
        event["replay"] = event["replay"] == "true"
    return event | {"data": data}


def _value(name: str, value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        detail = f"The header {name} is not percent-encoded UTF-8: {error.reason} at byte {error.start}."
        raise Problem(400, "malformed", "A header cannot be read", detail) from error
