"""Passwords as they are kept: argon2id, with the numbers that the library recommends today.

Each call takes a good part of a tenth of a second and 64 MiB, on purpose: never in the event loop.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
"""Characters. There are no rules on which ones: they make passwords that are forgotten, and written down."""

_HASHER = PasswordHasher()


def unfit(password: str) -> str | None:
    """What is wrong with a new password, without a word of it; None: nothing."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters, this one has {len(password)}; use several words."
    return None


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(_one_spelling(password))


def matches(kept: str, password: str) -> bool:
    """Whether it is the password."""
    try:
        return _HASHER.verify(kept, _one_spelling(password))
    except (VerificationError, InvalidHashError):
        return False


def is_out_of_date(kept: str) -> bool:
    """Whether it was made with other numbers than those of today."""
    return _HASHER.check_needs_rehash(kept)


def _one_spelling(password: str) -> bytes:
    """The same letters are the same password, whichever keyboard they were written on."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
