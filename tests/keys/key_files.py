"""Keys files for tests, with the tokens of the keys in them: all kinds that there are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from services.keys.document import written
from services.keys.file import change
from services.keys.key import Key, Keys

CREATED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def key(name: str = "till", *stores: str, **changes) -> Key:
    """A key of riga-1's till system, or of other stores; its secret is `secret(name)`."""
    told = {
        "id": f"touchline_{name}",
        "stores": frozenset(stores or ("riga-1",)),
        "scope": "events",
        "system": f"{name} system",
        "digest": sha256(secret(name).encode()).digest(),
        "created": CREATED,
    }
    return Key(**told | changes)


def secret(name: str) -> str:
    """What nobody may ever see."""
    return f"planted-secret-of-{name}"


def token(name: str) -> str:
    """What a system sends."""
    return f"touchline_{name}.{secret(name)}"


EVERY_KIND = {
    "right": key("right"),
    "revoked": key("revoked", revoked=CREATED),
    "other_store": key("other_store", "vilnius-1"),
    "several": key("several", "riga-1", "riga-2"),
    "central": key("central", stores=None),
    "reader": key("reader", stores=None, scope="read"),
}


@dataclass
class KeysFile:
    """A keys file of a test, with a key of every kind."""

    path: Path
    keys: Keys = field(default_factory=lambda: Keys(EVERY_KIND.values()))

    def __post_init__(self) -> None:
        self.path.write_text(written(self.keys))

    def change(self, how: Callable[[Keys], Keys]) -> None:
        change(self.path, how)


def bearer(name: str) -> dict[str, str]:
    """The header of a request with one of them."""
    return {"authorization": f"Bearer {token(name)}"}
