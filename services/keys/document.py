"""Keys as they are written down in JSON, for people to read. Pure. What is wrong is said by its place, never quoted."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from services.keys.key import Key, Keys, NotPossible, Scope

VERSION = 1
ALL = "all"
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST_SYSTEM = 60
NAMES = ("id", "for", "stores", "scope", "sha256", "created", "revoked")


class Broken(ValueError):
    """It is no document of keys. Its text says where, and what would be right; it quotes nothing that is a secret."""


def written(keys: Keys) -> str:
    """The document of these keys."""
    return json.dumps({"version": VERSION, "keys": [_entry(key) for key in keys]}, indent=2, ensure_ascii=False) + "\n"


def read(text: bytes) -> Keys:
    """The keys in a document. Raises Broken. A name that it does not know is a mistake: `revokd` must let nobody in."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise Broken(f"line {error.lineno}, column {error.colno}: this is not JSON") from None
    except (ValueError, RecursionError):
        raise Broken("this is not JSON in UTF-8") from None
    if not isinstance(document, dict) or document.keys() != {"version", "keys"}:
        raise Broken("it has to be an object with `version` and `keys`, and nothing else")
    if document["version"] != VERSION:
        raise Broken(f"`version` has to be {VERSION}: it was written by another version of Touchline")
    if not isinstance(document["keys"], list):
        raise Broken("`keys` has to be a list")
    try:
        return Keys(_key(entry, number) for number, entry in enumerate(document["keys"], start=1))
    except NotPossible as error:
        raise Broken(str(error)) from None


def _entry(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "for": key.system,
        "stores": ALL if key.stores is None else sorted(key.stores),
        "scope": key.scope,
        "sha256": key.digest.hex(),
        "created": _instant(key.created),
        "revoked": None if key.revoked is None else _instant(key.revoked),
    }


def _key(entry: object, number: int) -> Key:
    if not isinstance(entry, dict) or entry.keys() != set(NAMES):
        raise Broken(f"key {number} has to be an object with {', '.join(NAMES)}, and nothing else")
    return Key(
        id=_text(entry, "id", number, ID, "1 to 64 letters, digits, - and _"),
        system=_text(entry, "for", number, re.compile(rf"[^\x00-\x1f\x7f]{{1,{LONGEST_SYSTEM}}}"), "a short text"),
        stores=_stores(entry["stores"], number),
        scope=_scope(entry["scope"], number),
        digest=bytes.fromhex(_text(entry, "sha256", number, DIGEST, "64 hexadecimal digits in small letters")),
        created=_time(entry["created"], "created", number),
        revoked=None if entry["revoked"] is None else _time(entry["revoked"], "revoked", number),
    )


def _text(entry: Mapping[str, object], name: str, number: int, pattern: re.Pattern[str], right: str) -> str:
    value = entry[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Broken(f"`{name}` of key {number} has to be {right}")
    return value


def _scope(value: object, number: int) -> Scope:
    for scope in get_args(Scope):
        if value == scope:
            return scope  # type: ignore[no-any-return]  # one of them
    raise Broken(f"`scope` of key {number} has to be one of {', '.join(get_args(Scope))}")


def _stores(value: object, number: int) -> frozenset[str] | None:
    if value == ALL:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        raise Broken(f'`stores` of key {number} has to be a list of stores, one at least, or "{ALL}"')
    return frozenset(value)


def _time(value: object, name: str, number: int) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Broken(f"`{name}` of key {number} has to be a date and time with a zone, such as 2026-11-21T14:00:00Z")
    return instant


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
