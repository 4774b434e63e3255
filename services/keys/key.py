"""What a key allows, and which keys there may be. Pure: no file, no clock, no chance."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Literal

Scope = Literal["events", "read"]
"""What a key is for: to send events, or to read what services tell."""
Refusal = Literal["no_key", "wrong_key", "revoked", "wrong_scope"]
"""Why somebody is not let by. Only whoever runs Touchline is told which of the first three it was."""

MOST_IN_USE = 2
"""Of the same system at once: the one that it has, and the one that it is given next."""
NOBODYS = bytes(32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key of one system. Of its secret only the hash is known."""

    id: str
    stores: frozenset[str] | None
    """The stores that it is for; None: all, for a central system."""
    scope: Scope
    system: str
    """What uses it, such as `till system`: never a person."""
    digest: bytes = field(repr=False)
    """The SHA-256 of its secret. That is enough for 256 bits of chance, which nobody can try out."""
    created: datetime
    revoked: datetime | None = None

    @property
    def only_store(self) -> str | None:
        """Its store, where there is just one."""
        return next(iter(self.stores)) if self.stores is not None and len(self.stores) == 1 else None

    def is_for(self, store: str) -> bool:
        """Whether it is for this store."""
        return self.stores is None or store in self.stores

    def is_like(self, other: "Key") -> bool:
        """Whether both are of the same system: one may take the place of the other."""
        return (self.stores, self.scope, self.system) == (other.stores, other.scope, other.system)


class NotPossible(ValueError):
    """What is asked for cannot be done to the keys that there are. Its text says why, and what to do."""


class Keys:
    """All keys, those that were revoked as well. Never changed: what changes them returns others."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Raises NotPossible when two have the same id."""
        self._by_id: dict[str, Key] = {}
        for key in keys:
            if self._by_id.setdefault(key.id, key) is not key:
                raise NotPossible(f"two keys have the id {key.id}: remove one of them")

    def __iter__(self) -> Iterator[Key]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keys) and self._by_id == other._by_id

    __hash__ = None  # type: ignore[assignment]  # nobody needs it

    def admit(self, token: str | None, scope: Scope) -> Key | Refusal:
        """The key that was sent as ID.SECRET, if it allows this; else why not."""
        if token is None:
            return "no_key"
        id_, _, secret = token.partition(".")
        key = self._by_id.get(id_)
        # As long for a secret that begins right as for one that does not, and for an id that nobody has.
        right = compare_digest(sha256(secret.encode()).digest(), NOBODYS if key is None else key.digest)
        if key is None or not right:
            return "wrong_key"
        if key.revoked is not None:
            return "revoked"
        return key if key.scope == scope else "wrong_scope"

    def one(self, id_: str) -> Key:
        """The key with this id. Raises NotPossible when there is none, or it was revoked."""
        key = self._by_id.get(id_)
        if key is None:
            raise NotPossible(f"no key has the id {id_!a}: `touchline keys list` names them")
        if key.revoked is not None:
            raise NotPossible(f"{id_} was revoked on {key.revoked:%Y-%m-%d}: it is of no use any more")
        return key

    def with_another(self, key: Key) -> "Keys":
        """These and one more. Raises NotPossible when its system has two in use already."""
        others = [each.id for each in self if each.revoked is None and each.is_like(key)]
        if len(others) >= MOST_IN_USE:
            raise NotPossible(
                f"{key.system} has {len(others)} keys in use for the same stores and scope, {' and '.join(others)}: "
                "revoke the one that it does not use any more with `touchline keys revoke ID`"
            )
        return Keys([*self, key])

    def without(self, id_: str, now: datetime) -> "Keys":
        """These, with one of them revoked. Raises NotPossible when there is none to revoke."""
        revoked = replace(self.one(id_), revoked=now)
        return Keys(revoked if each.id == id_ else each for each in self)
