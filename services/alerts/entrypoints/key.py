"""The key of programs, and what is said to those who have another one. A browser sends it to nobody by itself."""

import hmac

from fastapi import Request
from fastapi.security import HTTPBearer

from services.chassis.problems import Problem

BEARER = HTTPBearer(auto_error=False, description="The key that TOUCHLINE_ACTIONS_KEY_FILE holds.")
"""For the documentation."""


def check_key(request: Request, key: str | None) -> None:
    """Raise the problem of a request without the key."""
    if key is None:
        raise no_key()
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    # As long for a key that begins right as for one that does not.
    if not hmac.compare_digest(sent.encode(), key.encode()) or scheme.lower() != "bearer":
        raise wrong_key()


def no_key() -> Problem:
    """No key is set, so no program is let by."""
    detail = (
        "Programs need a key, and none is set. Set TOUCHLINE_ACTIONS_KEY_FILE to a "
        "file with one, start the alert service again, and send it as Authorization: Bearer KEY."
    )
    return Problem(403, "no-key-is-set", "Nobody may do this here", detail)


def wrong_key() -> Problem:
    """Another key than the one that is set, or none."""
    detail = "Send Authorization: Bearer KEY, with the key that TOUCHLINE_ACTIONS_KEY_FILE of the alert service holds."
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(401, "wrong-key", "The key is missing or wrong", detail, headers=headers)
